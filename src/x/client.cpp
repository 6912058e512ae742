#include "x/client.hpp"

#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "fetch/client.hpp"
#include "posts/json_fields.hpp"
#include "x/rate_limit.hpp"

namespace x {
namespace {

namespace json = boost::json;
using posts::at_path;
using posts::text_of;

/// A page of 100 posts with everything in it is some hundred KiB.
constexpr std::size_t kAnswerBytesMax = 32UL * 1024 * 1024;
constexpr std::size_t kIdsMax = 100;

constexpr std::string_view kUserFields =
    "id,name,username,profile_image_url,verified,verified_type,protected";
constexpr std::string_view kMediaFields =
    "media_key,type,url,preview_image_url,width,height,duration_ms,alt_text,variants";

struct Outcome {
    int status = 0;
    RateLimit rate_limit;
    Verdict verdict;
    std::string problem;
    std::string body;
};

/// What is known without reading the body of a 200.
Outcome outcome_of(std::expected<fetch::Answer, fetch::Failure> answer, base::Time now) {
    Outcome outcome;
    if (answer) {
        outcome.status = answer->status;
        outcome.rate_limit = rate_limit_of(*answer, now);
        outcome.body = std::move(answer->body);
        return outcome;
    }
    const fetch::Failure& failure = answer.error();
    outcome.problem = "X could not be asked: " + std::string(fetch::to_string(failure.kind));
    if (failure.kind == fetch::Failure::Kind::refused)
        outcome.verdict = {Decision::breaker, now + failure.retry_after};
    return outcome;
}

void judge(Outcome& outcome, bool is_well_formed, bool has_cursor, bool may_switch) {
    if (outcome.status == 0) return;
    outcome.verdict = x::judge({.status = outcome.status,
                                .body = outcome.body,
                                .rate_limit = outcome.rate_limit,
                                .has_cursor = has_cursor,
                                .is_well_formed = is_well_formed,
                                .may_switch = may_switch});
    if (outcome.verdict.decision == Decision::ok) return;
    outcome.problem = describe(outcome.body);
    if (outcome.problem.empty()) outcome.problem = "X answered " + std::to_string(outcome.status);
    if (!is_well_formed) outcome.problem = "X answered something that cannot be read";
}

fetch::Request request(std::string url, std::string_view access_token, const ClientOptions& options,
                       std::string trace_id) {
    return {
        .url = std::move(url),
        .headers = {{"Authorization", "Bearer " + std::string(access_token)}, {"Accept", "application/json"}},
        .timeout = options.timeout,
        .answer_bytes_max = kAnswerBytesMax,
        .trace_id = std::move(trace_id),
        .may_leave = true};
}

std::optional<User> read_user(std::string_view body) {
    boost::system::error_code error;
    const json::value root = json::parse(body, error);
    if (error) return {};
    const json::value* data = at_path(&root, {"data"});
    User user{.id = text_of(at_path(data, {"id"})),
              .username = text_of(at_path(data, {"username"})),
              .name = text_of(at_path(data, {"name"})),
              .profile_image_url = posts::maybe(text_of(at_path(data, {"profile_image_url"})))};
    if (user.id.empty() || user.username.empty()) return {};
    return user;
}

}  // namespace

std::string_view to_string(Dialect dialect) {
    return dialect == Dialect::tweet ? "tweet" : "post";
}

std::optional<Dialect> parse_dialect(std::string_view word) {
    if (word == "tweet") return Dialect::tweet;
    if (word == "post") return Dialect::post;
    return {};
}

std::string field_parameters(Dialect dialect) {
    const bool tweet = dialect == Dialect::tweet;
    std::string out = tweet ? "tweet.fields=" : "post.fields=";
    out +=
        "article,attachments,author_id,conversation_id,created_at,display_text_range,edit_controls,entities,"
        "in_reply_to_user_id,lang,";
    out += tweet ? "note_tweet" : "note_post";
    out += ",possibly_sensitive,public_metrics,";
    out += tweet ? "referenced_tweets" : "referenced_posts";
    out +=
        ",withheld&expansions=author_id,attachments.media_keys,attachments.poll_ids,article.cover_media,"
        "article.media_entities,";
    out += tweet ? "referenced_tweets.id" : "referenced_posts";
    out.append("&user.fields=").append(kUserFields).append("&media.fields=").append(kMediaFields);
    return out;
}

void Client::count(std::string_view endpoint, int status, const RateLimit& limit) const {
    count_request(options_.counters, endpoint, status);
    if (options_.counters != nullptr && limit.remaining)
        options_.counters->set(observe::Family::x_rate_remaining, {endpoint},
                               static_cast<double>(*limit.remaining));
}

base::Task<Answer> Client::page(Credentials credentials, std::string path, Question question,
                                std::string trace_id) {
    const Dialect dialect = options_.dialect.value_or(credentials.dialect);
    std::string url = options_.base_url + path + field_parameters(dialect);
    Outcome outcome = outcome_of(
        co_await http_.send(request(std::move(url), credentials.access_token, options_, std::move(trace_id))),
        clock_.now());
    count(question.asked == Asked::list ? "bookmarks" : "posts", outcome.status, outcome.rate_limit);
    std::optional<Page> page;
    if (outcome.status >= 200 && outcome.status < 300)
        page = read_page(outcome.body, question.asked, clock_.now());
    judge(outcome, page.has_value() || outcome.status >= 300, question.has_cursor, !options_.dialect);
    Answer answer{.status = outcome.status,
                  .rate_limit = outcome.rate_limit,
                  .verdict = outcome.verdict,
                  .page = {},
                  .problem = std::move(outcome.problem)};
    if (page) answer.page = *std::move(page);
    co_return answer;
}

base::Task<Answer> Client::bookmarks(Credentials credentials, PageRequest request) {
    std::string path = "/2/users/" + base::percent_encode(credentials.x_user_id) +
                       "/bookmarks?max_results=" + std::to_string(request.max_results) + '&';
    if (request.pagination_token)
        path += "pagination_token=" + base::percent_encode(*request.pagination_token) + '&';
    const Question question{.asked = Asked::list, .has_cursor = request.pagination_token.has_value()};
    co_return co_await page(std::move(credentials), std::move(path), question, std::move(request.trace_id));
}

base::Task<Answer> Client::posts(Credentials credentials, std::vector<std::string> ids,
                                 std::string trace_id) {
    std::string path = "/2/tweets?ids=";
    for (std::size_t i = 0; i < std::min(ids.size(), kIdsMax); ++i) {
        if (i > 0) path += ',';
        path += base::percent_encode(ids[i]);
    }
    path += '&';
    co_return co_await page(std::move(credentials), std::move(path), {.asked = Asked::posts},
                            std::move(trace_id));
}

base::Task<UserAnswer> Client::me(std::string access_token, std::string trace_id) {
    std::string url = options_.base_url + "/2/users/me?user.fields=" + std::string(kUserFields);
    Outcome outcome =
        outcome_of(co_await http_.send(request(std::move(url), access_token, options_, std::move(trace_id))),
                   clock_.now());
    count("me", outcome.status, outcome.rate_limit);
    std::optional<User> user;
    if (outcome.status >= 200 && outcome.status < 300) user = read_user(outcome.body);
    judge(outcome, user.has_value() || outcome.status >= 300, false, false);
    UserAnswer answer{.status = outcome.status,
                      .rate_limit = outcome.rate_limit,
                      .verdict = outcome.verdict,
                      .user = {},
                      .problem = std::move(outcome.problem)};
    if (user) answer.user = *std::move(user);
    co_return answer;
}

}  // namespace x
