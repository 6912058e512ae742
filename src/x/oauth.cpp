#include "x/oauth.hpp"

#include <boost/json.hpp>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "fetch/client.hpp"
#include "posts/json_fields.hpp"
#include "x/rate_limit.hpp"
#include "x/verdict.hpp"

namespace x {
namespace {

namespace json = boost::json;
using posts::at_path;
using posts::text_of;

constexpr std::size_t kVerifierBytes = 64;
constexpr std::size_t kAnswerBytesMax = 64UL * 1024;
constexpr std::chrono::seconds kUsualLife{7200};
/// A token that lives longer is asked for again after that.
constexpr std::int64_t kLifeSecondsMax = 366LL * 24 * 3600;

std::vector<std::string> split_scopes(std::string_view text) {
    std::vector<std::string> scopes;
    while (!text.empty()) {
        const auto blank = text.find(' ');
        if (blank != 0) scopes.emplace_back(text.substr(0, blank));
        text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
    }
    return scopes;
}

fetch::Request form_request(const App& app, std::string url,
                            std::vector<std::pair<std::string_view, std::string>> form,
                            std::chrono::milliseconds timeout) {
    fetch::Request request{
        .method = "POST",
        .url = std::move(url),
        .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "application/json"}},
        .timeout = timeout,
        .answer_bytes_max = kAnswerBytesMax};
    if (app.client_secret.empty()) {
        form.emplace_back("client_id", app.client_id);
    } else {
        request.login = fetch::Login{.name = app.client_id, .password = app.client_secret};
    }
    for (const auto& [name, value] : form) {
        if (!request.body.empty()) request.body += '&';
        request.body.append(name).append("=").append(base::percent_encode(value));
    }
    return request;
}

TokenFailure failure_of(const fetch::Failure& failure, base::Time now) {
    if (failure.kind == fetch::Failure::Kind::refused)
        return {.kind = TokenFailure::Kind::breaker, .until = now + failure.retry_after};
    return {.problem = "X could not be asked: " + std::string(fetch::to_string(failure.kind))};
}

TokenFailure failure_of(const fetch::Answer& answer, base::Time now) {
    TokenFailure failure{.problem = describe(answer.body)};
    if (failure.problem.empty()) failure.problem = "X answered " + std::to_string(answer.status);
    if (answer.status == 429) {
        failure.kind = TokenFailure::Kind::rate_limited;
        failure.until = rate_limit_of(answer, now).reset;
    } else if (answer.status >= 400 && answer.status < 500 && answer.status != 408) {
        failure.kind = TokenFailure::Kind::denied;
    }
    return failure;
}

}  // namespace

std::string make_verifier() {
    return base::random_base64url(kVerifierBytes);
}

std::string challenge_of(std::string_view verifier) {
    return base::to_base64url(base::as_chars(base::sha256(verifier)));
}

std::optional<Tokens> read_tokens(std::string_view body) {
    boost::system::error_code error;
    const json::value root = json::parse(body, error);
    if (error) return {};
    std::string type = text_of(at_path(&root, {"token_type"}));
    for (char& c : type)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    Tokens tokens{.access_token = text_of(at_path(&root, {"access_token"})),
                  .refresh_token = posts::maybe(text_of(at_path(&root, {"refresh_token"}))),
                  .expires_in = kUsualLife,
                  .scopes = split_scopes(text_of(at_path(&root, {"scope"})))};
    if (type != "bearer" || tokens.access_token.empty()) return {};
    if (const auto life = posts::integer_of(at_path(&root, {"expires_in"})); life && *life > 0)
        tokens.expires_in = std::chrono::seconds(std::min(*life, kLifeSecondsMax));
    return tokens;
}

std::string OAuth::authorize_url(const App& app, std::string_view state, std::string_view verifier) const {
    std::string url = options_.authorize_url;
    char sign = url.contains('?') ? '&' : '?';
    const std::pair<std::string_view, std::string_view> parameters[] = {{"response_type", "code"},
                                                                        {"client_id", app.client_id},
                                                                        {"redirect_uri", app.redirect_uri},
                                                                        {"scope", options_.scopes},
                                                                        {"state", state},
                                                                        {"code_challenge_method", "S256"}};
    for (const auto& [name, value] : parameters) {
        url += sign;
        url.append(name).append("=").append(base::percent_encode(value));
        sign = '&';
    }
    return url.append("&code_challenge=").append(challenge_of(verifier));
}

base::Task<std::expected<Tokens, TokenFailure>> OAuth::ask(const App& app, Form form) {
    const auto answer =
        co_await http_.send(form_request(app, options_.token_url, std::move(form), options_.timeout));
    count_request(options_.counters, "token", answer ? answer->status : 0);
    if (!answer) co_return std::unexpected(failure_of(answer.error(), clock_.now()));
    if (answer->status < 200 || answer->status >= 300)
        co_return std::unexpected(failure_of(*answer, clock_.now()));
    auto tokens = read_tokens(answer->body);
    if (!tokens)
        co_return std::unexpected(TokenFailure{.problem = "X answered something that cannot be read"});
    co_return *std::move(tokens);
}

base::Task<std::expected<Tokens, TokenFailure>> OAuth::exchange(App app, std::string code,
                                                                std::string verifier) {
    Form form{{"grant_type", "authorization_code"},
              {"code", std::move(code)},
              {"redirect_uri", app.redirect_uri},
              {"code_verifier", std::move(verifier)}};
    co_return co_await ask(app, std::move(form));
}

base::Task<std::expected<Tokens, TokenFailure>> OAuth::refresh(App app, std::string refresh_token) {
    Form form{{"grant_type", "refresh_token"}, {"refresh_token", std::move(refresh_token)}};
    co_return co_await ask(app, std::move(form));
}

base::Task<bool> OAuth::revoke(App app, std::string token) {
    Form form{{"token", std::move(token)}};
    const auto answer =
        co_await http_.send(form_request(app, options_.revoke_url, std::move(form), options_.timeout));
    count_request(options_.counters, "revoke", answer ? answer->status : 0);
    const bool done = answer && answer->status >= 200 && answer->status < 300;
    if (!done) base::log::warn("a token could not be revoked at X");
    co_return done;
}

}  // namespace x
