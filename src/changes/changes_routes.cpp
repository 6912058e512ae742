#include "changes/changes_routes.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>

#include "base/json_writer.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"

namespace changes::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Result;

/// Changes that a stream reads at a time: what a client that does not read costs.
constexpr std::int64_t kStreamPage = 500;
/// How long a stream goes without looking: a writer that died between its commit and its announcement is the
/// only change that nobody tells of.
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kPatienceUntold{4};  ///< while announcements are not heard
constexpr std::chrono::seconds kPatienceAfterError{1};

void write_head(JsonWriter& json, const Change& change) {
    json.begin_object().member("version", change.version).member("type", change.type);
    json.member("op", change.is_deleted ? "delete" : "upsert")
        .member("id", change.id)
        .member("at", change.at);
}

std::string bounds_of(const Page& page) {
    return "\"oldestVersion\":" + std::to_string(page.oldest_version) +
           ",\"libraryVersion\":" + std::to_string(page.library_version);
}

/// The changes of one library, as events.
class ChangeEvents final : public http::Events {
public:
    ChangeEvents(Feed& feed, const Live& live, base::UserId user, std::int64_t since,
                 const std::shared_ptr<http::Bell>& bell)
        : feed_(feed),
          versions_(live.versions),
          user_(user),
          since_(since),
          watch_(live.watches, user.uuid, [this, bell](std::int64_t version) {
              if (version > told_.load()) bell->ring();
          }) {}

    Task<Result<std::string>> take() override {
        const auto page =
            co_await feed_.read(user_, {.since = since_, .limit = kStreamPage, .with_data = false});
        has_failed_ = !page;
        if (!page) {
            // Without an account there is nothing to wait for.
            has_ended_ = page.error().code == Errc::user_not_found;
            co_return std::unexpected(page.error());
        }
        std::string frames;
        if (page->has_expired) {
            since_ = page->library_version;
            frames = http::event_frame(since_, "reset", "{" + bounds_of(*page) + "}");
        } else {
            since_ = page->next;
            for (const Change& change : page->changes)
                frames += frame_of(change);
        }
        told_ = page->has_more ? 0 : page->library_version;
        co_return frames;
    }

    [[nodiscard]] bool ended() const override { return has_ended_; }

    [[nodiscard]] std::chrono::milliseconds patience() const override {
        if (has_failed_) return kPatienceAfterError;
        return versions_.listening() ? kPatience : kPatienceUntold;
    }

private:
    static std::string frame_of(const Change& change) {
        std::string data;
        JsonWriter json(data);
        write_head(json, change);
        json.end_object();
        return http::event_frame(change.version, "change", data);
    }

    Feed& feed_;
    const cache::Versions& versions_;
    base::UserId user_;
    std::int64_t since_;
    std::atomic<std::int64_t> told_{0};  ///< the stream has told everything up to it
    bool has_failed_ = false;
    bool has_ended_ = false;
    cache::Watches::Watch watch_;  ///< last: its calls use the members before
};

/// Where the stream begins: Last-Event-ID, else `since`. A position that is no number of ours is one that
/// nobody can go on from.
std::int64_t start_of(const Call& call, http::Faults& faults) {
    const auto since = http::query_integer(call.query, "since", 0, INT64_MAX, faults);
    const auto last = http::last_event_id(call);
    if (!last || last->empty()) return since.value_or(0);
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), version);
    const bool is_number = error == std::errc{} && end == last->data() + last->size() && version >= 0;
    return is_number ? version : INT64_MAX;
}

Response unchanged(const Call& call, std::int64_t version) {
    Response response = http::json("", http::Caching::private_no_cache);
    response.etag = http::list_etag(*call.principal, version);
    return response;
}

}  // namespace

Task<Response> list(Feed& feed, Call& call) {
    http::Faults faults;
    Wanted wanted;
    wanted.since = http::query_integer(call.query, "since", 0, INT64_MAX, faults).value_or(0);
    wanted.limit = http::query_integer(call.query, "limit", 1, 1000, faults).value_or(wanted.limit);
    constexpr std::array<std::string_view, 2> kInclude{"data", "ids"};
    const auto include = call.query.get("include");
    if (include && std::ranges::find(kInclude, *include) == kInclude.end())
        faults.invalid_enum("include", *include, kInclude);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    wanted.with_data = include != "ids";
    // The changes are not read for somebody who has them.
    if (call.request.header("if-none-match")) {
        call.library_version.reset();
        if (const auto version = co_await feed.version(call.principal->user)) call.library_version = *version;
        if (http::unchanged_list(call)) co_return unchanged(call, *call.library_version);
    }
    const auto page = co_await feed.read(call.principal->user, wanted);
    if (!page) co_return http::problem(call, page.error());
    if (page->has_expired)
        co_return http::problem(call, {Errc::changes_expired,
                                       "Changes since this version are not known: read again from 0",
                                       {},
                                       bounds_of(*page)});
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("changes").begin_array();
    for (const Change& change : page->changes) {
        write_head(json, change);
        if (!change.data.empty()) json.key("data").raw(change.data);
        json.end_object();
    }
    json.end_array().member("since", wanted.since).member("version", page->next);
    json.member("libraryVersion", page->library_version).member("hasMore", page->has_more);
    json.end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::private_no_cache);
    response.etag = http::list_etag(*call.principal, page->library_version);
    co_return response;
}

Task<Response> stream(Feed& feed, const Live& live, Call& call, std::unique_ptr<http::Lease> lease) {
    http::Faults faults;
    const std::int64_t since = start_of(call, faults);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_query_params);
    auto bell = live.streams.make_bell();
    auto events = std::make_unique<ChangeEvents>(feed, live, call.principal->user, since, bell);
    co_return live.streams.open(call, std::move(events), std::move(bell), std::move(lease));
}

}  // namespace changes::routes
