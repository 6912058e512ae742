#include "cache/answers.hpp"

#include <boost/asio/this_coro.hpp>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "base/usage.hpp"
#include "http/version_tag.hpp"
#include "redis/scan.hpp"

namespace cache {
namespace {

using base::Result;
using base::Task;
using http::Response;

// A second without the second tier costs little, waiting for it costs every miss.
constexpr guard::CircuitBreakerOptions kBreaker{
    .failures = 5, .successes = 1, .open_time = std::chrono::milliseconds{1'000}};

/// By http::CacheKind.
constexpr std::array<std::string_view, http::kCacheKinds> kKinds{
    "none", "list", "search", "suggestions", "categories", "analytics", "standard"};

constexpr std::size_t kAliasBytesMax = 2048;

/// What is kept is a body with its tag: an answer with headers or cookies of its own is for one caller.
bool may_be_kept(const Response& response) {
    return response.status == 200 && response.body && response.library_version && response.headers.empty() &&
           response.cookies.empty();
}

/// The client of this request has left, which is no news for others.
Task<bool> is_cancelled() {
    const auto state = co_await base::asio::this_coro::cancellation_state;
    co_return state.cancelled() != base::asio::cancellation_type::none;
}

}  // namespace

/// One request for an answer.
struct Answers::Request {
    base::UserId user;
    const http::Route& route;
    std::int64_t version = 0;  ///< the answer must show at least this one
    std::string text;          ///< normal form
    [[nodiscard]] std::string key(std::int64_t at) const { return make_key(user, at, route.name, text); }
};

Answers::Answers(Shared& shared, redis::Connection& redis, ReadVersion read_version, AnswersOptions options,
                 const base::Clock& clock)
    : shared_(shared),
      redis_(redis),
      read_version_(std::move(read_version)),
      options_(std::move(options)),
      clock_(clock),
      breaker_(kBreaker) {}

AnswerPointer Answers::find(base::UserId user, const http::Route& route, std::string_view raw_query) {
    if (!options_.enabled) return nullptr;
    const auto version = shared_.versions.find(user, clock_.steady());
    if (!version) return nullptr;
    make_key(key_, user, *version, route.name, raw_query);
    auto answer = shared_.memory.find(key_, clock_.now());
    if (answer) counts(route).memory.fetch_add(1, std::memory_order_relaxed);
    return answer;
}

// What somebody else has just read may be used only while announcements are heard (`Versions::find` says so);
// else each request must ask for itself.
Task<Result<std::int64_t>> Answers::current_version(base::UserId user) {
    if (const auto known = shared_.versions.find(user, clock_.steady())) co_return *known;
    std::optional<base::SingleFlight::Lead> lead;
    if (shared_.versions.listening()) {
        auto joined = co_await version_reads_.join(base::to_string(user.uuid));
        if (joined.failed) co_return std::unexpected(*joined.failed);
        if (const auto known = shared_.versions.find(user, clock_.steady())) co_return *known;
        if (joined.lead) lead.emplace(std::move(*joined.lead));
    }
    const auto asked = shared_.versions.ask(user, clock_.steady());
    auto version = co_await read_version_(user);
    if (version)
        shared_.versions.learn(user, *version, asked);
    else if (lead && !co_await is_cancelled())
        lead->fail(version.error());
    co_return version;
}

Task<Response> Answers::serve(http::Call& call, const Make& make_response) {
    const base::UserId user = call.principal->user;
    const auto version = co_await current_version(user);
    if (!version) co_return http::problem(call, version.error());
    call.library_version = *version;
    Request request{user, *call.route, *version, normal_form(call.parameters, call.query)};
    const std::string key = request.key(*version);
    if (auto known = shared_.memory.find(key, clock_.now())) {
        counts(request.route).memory.fetch_add(1, std::memory_order_relaxed);
        keep_alias(call, request, known);
        call.cache = http::CacheUse::hit;
        co_return known->to_response();
    }
    // The version alone answers it: no rows to load, and nothing to share.
    if (http::unchanged_list(call)) co_return co_await make(call, make_response, request, nullptr);
    auto joined = co_await shared_.flights.join(key, options_.flight_patience);
    if (joined.answer) {
        counts(request.route).shared.fetch_add(1, std::memory_order_relaxed);
        call.cache = http::CacheUse::hit;
        co_return joined.answer->to_response();
    }
    Flights::Lead* lead = joined.lead ? &*joined.lead : nullptr;
    // The flight before this one may have ended since memory was asked.
    if (auto known = shared_.memory.find(key, clock_.now())) {
        counts(request.route).shared.fetch_add(1, std::memory_order_relaxed);
        call.cache = http::CacheUse::hit;
        if (lead != nullptr) lead->finish(known);
        co_return known->to_response();
    }
    if (auto fetched = co_await fetch(key, request)) {
        counts(request.route).redis.fetch_add(1, std::memory_order_relaxed);
        call.cache = http::CacheUse::hit;
        shared_.memory.insert(key, fetched);
        keep_alias(call, request, fetched);
        if (lead != nullptr) lead->finish(fetched);
        co_return fetched->to_response();
    }
    co_return co_await make(call, make_response, request, lead);
}

// The version that the answer shows was read no later than its rows: it can be newer than the one that was
// asked for, and is stored under what it shows, never under what was known when it was asked for.
Task<Response> Answers::make(http::Call& call, const Make& make_response, const Request& request,
                             Flights::Lead* lead) {
    const auto asked = shared_.versions.ask(request.user, clock_.steady());
    base::current_usage() = call.usage;  // others had their turn while this one waited for a tier
    Response response = co_await make_response(call);
    if (response.status == 404) {
        // That something is gone is shown without a version. Lists that still have it must not follow.
        const auto again = shared_.versions.ask(request.user, clock_.steady());
        if (const auto version = co_await read_version_(request.user))
            shared_.versions.learn(request.user, *version, again);
    }
    if (!may_be_kept(response)) co_return response;
    counts(request.route).made.fetch_add(1, std::memory_order_relaxed);
    call.cache = http::CacheUse::miss;
    const std::int64_t shown = *response.library_version;
    shared_.versions.learn(request.user, shown, asked);
    if (shown < request.version) co_return response;
    const auto answer = finish(call, response, request.route);
    response.etag = answer->etag;
    response.variants = answer->variants;
    store(request.key(shown), request, shown, answer);
    keep_alias(call, {request.user, request.route, shown, request.text}, answer);
    if (lead != nullptr) lead->finish(answer);
    co_return response;
}

// With the coding that its first reader wants, so that the second tier gets it too.
AnswerPointer Answers::finish(const http::Call& call, const Response& response,
                              const http::Route& route) const {
    auto answer = make_answer(response, clock_.now() + options_.ttl[static_cast<std::size_t>(route.cache)]);
    const auto coding = answer->body->size() < options_.compression_min_bytes
                            ? http::Coding::identity
                            : http::choose_coding(call.request.header("accept-encoding"), options_.codings);
    if (coding != http::Coding::identity && !http::Variants::get(answer->variants, coding)) {
        if (auto coded = http::compress(*answer->body, coding, options_.gzip_level))
            http::Variants::keep(answer->variants, coding, std::move(*coded));
    }
    return answer;
}

void Answers::put(const http::Call& call, const http::Route& route,
                  const std::vector<std::string>& parameters, const Response& response) {
    if (!options_.enabled || route.cache == http::CacheKind::none || !may_be_kept(response)) return;
    const Request request{call.principal->user, route, *response.library_version,
                          normal_form(parameters, {})};
    store(request.key(request.version), request, request.version, finish(call, response, route));
}

void Answers::store(const std::string& key, const Request& request, std::int64_t version,
                    const AnswerPointer& answer) {
    shared_.memory.insert(key, answer);
    if (!redis_.ready() || breaker_.state() != guard::CircuitBreaker::State::closed) return;
    const auto ttl =
        std::chrono::duration_cast<std::chrono::milliseconds>(answer->expires_at - clock_.now()).count();
    if (ttl > 0)
        redis_.send({"SET", place_of(request, version), pack(key, *answer), "PX", std::to_string(ttl)});
}

// Under the text as received, the next one like it is found without being read.
void Answers::keep_alias(const http::Call& call, const Request& request, const AnswerPointer& answer) {
    if (!call.parameters.empty() || call.request.raw_query == request.text) return;
    if (call.request.raw_query.size() > kAliasBytesMax) return;
    shared_.memory.insert(make_key(request.user, request.version, request.route.name, call.request.raw_query),
                          answer);
}

Task<AnswerPointer> Answers::fetch(const std::string& key, const Request& request) {
    if (!redis_.ready()) co_return nullptr;
    const auto pass = breaker_.try_pass(clock_.steady());
    if (!pass) co_return nullptr;
    std::vector<std::string> words{"GET", place_of(request, request.version)};
    const auto reply = co_await redis_.run(std::move(words), options_.redis_patience);
    if (!reply) {
        breaker_.fail(*pass, clock_.steady());
        co_return nullptr;
    }
    breaker_.succeed(*pass);
    if (reply->kind != redis::Reply::Kind::bulk) co_return nullptr;
    auto answer = unpack(key, reply->text);
    co_return answer && answer->expires_at > clock_.now() ? answer : nullptr;
}

// An account is erased rarely: this may take long.
Task<void> Answers::forget(base::UserId user) {
    shared_.memory.drop(key_prefix(user));
    co_await redis::scan(redis_, fmt::format("{}cache:{{{}}}:", options_.prefix, base::to_string(user.uuid)),
                         clock_.steady() + kForgetPatience, clock_,
                         [this](const std::vector<redis::Reply>& keys) {
                             std::vector<std::string> words{"UNLINK"};
                             for (const redis::Reply& key : keys)
                                 words.push_back(key.text);
                             return words.size() == 1 || redis_.send(words);
                         });
}

std::string Answers::place_of(const Request& request, std::int64_t version) const {
    const auto hash = XXH3_128bits(request.text.data(), request.text.size());
    return fmt::format("{}cache:{{{}}}:{}:{}:{:016x}{:016x}", options_.prefix,
                       base::to_string(request.user.uuid), version, request.route.name, hash.high64,
                       hash.low64);
}

void log_counts(const Shared& shared) {
    using base::log::Field;
    for (std::size_t kind = 0; kind < shared.counts.size(); ++kind) {
        const Counts& counts = shared.counts[kind];
        const std::uint64_t hits = counts.memory + counts.redis + counts.shared;
        const std::uint64_t all = hits + counts.made;
        if (all == 0) continue;
        base::log::info("cache", {Field("kind", kKinds[kind]), Field("memory", counts.memory.load()),
                                  Field("redis", counts.redis.load()), Field("shared", counts.shared.load()),
                                  Field("made", counts.made.load()),
                                  Field("hit_rate", static_cast<double>(hits) / static_cast<double>(all))});
    }
    const MemoryState memory = shared.memory.state();
    base::log::info("cache memory", {Field("entries", memory.entries), Field("bytes", memory.bytes),
                                     Field("evicted", memory.evicted)});
}

Counts& Answers::counts(const http::Route& route) {
    return shared_.counts[static_cast<std::size_t>(route.cache)];
}

}  // namespace cache
