#include "worker.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <future>

#include <fmt/format.h>

#include "base/log.hpp"
#include "postgres/explain.hpp"
#include "trace.hpp"

namespace app {
namespace {

namespace asio = base::asio;
using http::Call;
using http::Response;

constexpr std::chrono::milliseconds kRetry{500};
constexpr std::chrono::milliseconds kBeat{1000};
constexpr std::chrono::milliseconds kSlowRequest{1000};
constexpr std::chrono::milliseconds kSweepInterval = std::chrono::hours{1};
// After the connections to the stores were ended only work on the thread pool (a password hash) can still be
// waited for.
constexpr std::chrono::seconds kStopPatience{2};

// Of one worker. Nobody is refused while 66 at a time or fewer want an answer, however slow the machine. Few
// at a time are worked on: more statements than processors only wait for each other, and keep the workers
// waiting.
constexpr GateOptions kUsual{.limit = {.min = 2, .max = 256, .initial = 8},
                             .queue = {.max = 512,
                                       .interval = std::chrono::milliseconds{250},
                                       .target = std::chrono::milliseconds{5},
                                       .tolerated = 64,
                                       .longest = std::chrono::milliseconds{5'000}}};
// A password hash takes a core for some 30 ms and 19 MiB, and the pool that computes it has a thread per
// core.
constexpr GateOptions kHeavy{.limit = {.min = 8, .max = 8, .initial = 8},
                             .queue = {.max = 64,
                                       .interval = std::chrono::milliseconds{5'000},
                                       .target = std::chrono::milliseconds{5'000},
                                       .longest = std::chrono::milliseconds{5'000}}};

std::vector<performance::RouteName> names_of(std::span<const http::Route> routes) {
    std::vector<performance::RouteName> out;
    for (const http::Route& route : routes)
        out.push_back({http::to_string(route.method), route.pattern, route.streams});
    return out;
}

performance::Refused refused_by(RateLimits& limits) {
    performance::Refused out;
    for (const RateLimits::Limiter& limiter : limits.all())
        out.emplace_back(limiter.policy.name, limiter.refused.load());
    return out;
}

}  // namespace

Worker::Worker(const Shared& shared, WorkerOptions options)
    : shared_(shared),
      work_(asio::make_work_guard(io_)),
      database_(io_, std::move(options.database), shared.clock),
      cache_(io_, std::move(options.cache)),
      announcer_(shared.cache.versions, cache_, std::move(options.announcements), shared.clock),
      accounts_(database_, announcer_, shared.cpu, std::move(options.accounts), shared.clock),
      categories_(database_, announcer_, shared.clock),
      lists_(io_, database_, shared.residents, shared.cpu, shared.cache.versions, shared.clock),
      bookmarks_(database_, announcer_, shared.clock, &lists_),
      tags_(database_, announcer_, shared.clock),
      history_(io_, database_, options.search_history_max, shared.clock),
      saved_searches_(database_, announcer_, shared.clock),
      suggest_(database_, shared.clock),
      stats_(database_, shared.cpu, options.storage, shared.clock),
      keys_(database_, shared.cpu, shared.clock),
      answers_(
          shared.cache, cache_, [this](base::UserId user) { return bookmarks_.version(user); },
          std::move(options.answers), shared.clock),
      journal_(cache_, options.redis_prefix, shared.job_watches),
      jobs_(database_, journal_, shared.clock),
      imports_(database_, jobs_, shared.cpu, shared.links, shared.clock, options.storage,
               std::move(options.place)),
      exports_(database_, jobs_, shared.links, shared.clock),
      files_(shared.store, shared.links, shared.disk, shared.clock),
      changes_(database_, shared.clock, options.changes_retention_days),
      streams_(io_.get_executor(), shared.streams, shared.clock),
      x_(io_, database_, shared.vault, shared.breakers, std::move(options.x), shared.clock),
      x_sign_in_(x_, accounts_, cache_, shared.vault, std::move(options.x_sign_in)),
      x_door_{x_sign_in_, x_, accounts_, std::move(options.public_url), std::move(options.frontend_url)},
      account_removal_({.accounts = accounts_,
                        .x = x_.accounts,
                        .jobs = jobs_,
                        .answers = answers_,
                        .residents = shared.residents,
                        .store = shared.store,
                        .disk = shared.disk},
                       options.storage),
      syncs_(io_, database_, jobs_, x_.accounts, shared.clock, options.sync),
      performance_({shared.hub, names_of(shared.router.routes()), database_, cache_, shared.cache,
                    shared.breakers, [&streams = shared.streams] { return streams.total(); },
                    [&limits = shared.rate_limits] { return refused_by(limits); }},
                   {.version = std::string(options.identity.version),
                    .environment = options.identity.environment,
                    .redis_prefix = options.redis_prefix,
                    .x_origin = options.monitor.x_origin,
                    .started = options.identity.started},
                   shared.clock),
      backups_(database_, shared.disk, shared.backup, shared.backup_options, shared.draining, shared.clock),
      health_(io_, database_, cache_, std::move(options.identity), shared.draining, shared.clock),
      exchange_(io_, shared.rate_limits, cache_, std::move(options.redis_prefix), shared.clock),
      admission_(shared.router, shared.cors, accounts_, std::move(options.admission), shared.clock),
      services_{answers_,
                health_,
                accounts_,
                account_removal_,
                categories_,
                bookmarks_,
                tags_,
                history_,
                saved_searches_,
                suggest_,
                stats_,
                jobs_,
                {jobs_, journal_, streams_},
                imports_,
                exports_,
                files_,
                announcer_,
                changes_,
                {shared.cache.watches, shared.cache.versions, streams_},
                admission_,
                shared.rate_limits,
                x_door_,
                syncs_,
                performance_,
                backups_},
      server_(io_, std::move(options.server), *this, shared.clock),
      requests_(shared.hub.make_requests()),
      loop_(shared.hub.make_loop(fmt::format("worker {}", options.number + 1))),
      beat_timer_(io_),
      sweeps_(options.sweeps),
      sweep_timer_(io_) {
    server_.share(shared.servers);
    if (sweeps_)
        monitor_.emplace(io_, shared.hub, database_, cache_, shared.breakers, std::move(options.monitor),
                         shared.clock);
    if (options.overload_limit) {
        const std::size_t kinds = shared.router.routes().size() + 1;
        gate_.emplace(io_, kUsual, kinds, shared.clock);
        heavy_gate_.emplace(io_, kHeavy, kinds, shared.clock);
    }
    for (const http::Route& route : shared.router.routes()) {
        if (route.cache != http::CacheKind::none && !route.pattern.contains(':'))
            finished_routes_.emplace(route.pattern, &route);
    }
}

Worker::~Worker() {
    stop();
}

void Worker::start() {
    thread_ = std::thread([this] { run(); });
}

std::expected<void, std::string> Worker::listen() {
    std::promise<std::expected<void, std::string>> listening;
    asio::post(io_, [&] { listening.set_value(server_.listen()); });
    return listening.get_future().get();
}

void Worker::run() {
    cache_.start();
    if (shared_.rate_limits.claim_exchange()) exchange_.start();
    asio::co_spawn(io_, open_database(), asio::detached);
    asio::co_spawn(io_, beat(), asio::detached);
    if (sweeps_) asio::co_spawn(io_, sweep(), asio::detached);
    if (monitor_) monitor_->start();
    io_.run();
    io_.restart();
    io_.run_for(kStopPatience);
}

// The pool opens connections on demand as well; this one keeps the minimum and starts its monitor.
base::Task<void> Worker::open_database() {
    asio::steady_timer timer(io_);
    while (!stopping_) {
        if (co_await database_.start()) co_return;
        timer.expires_after(kRetry);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

base::Task<void> Worker::sweep() {
    while (!stopping_) {
        const auto removed = co_await changes_.sweep();
        if (removed && *removed > 0) base::log::info("old tombstones removed", {{"tombstones", *removed}});
        if (stopping_) co_return;
        sweep_timer_.expires_after(removed ? kSweepInterval : kRetry);
        co_await sweep_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

void Worker::stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        stopping_ = true;
        server_.stop();
        for (auto* const gate : {&gate_, &heavy_gate_}) {
            if (*gate) (*gate)->stop();
        }
        exchange_.stop();
        if (monitor_) monitor_->stop();
        x_.stop();
        database_.stop();
        cache_.stop();
        sweep_timer_.cancel();
        beat_timer_.cancel();
        work_.reset();
        io_.stop();
    });
    thread_.join();
}

std::optional<bool> Worker::is_first_run() {
    const auto answer = asio::co_spawn(io_, accounts_.is_first_run(), asio::use_future).get();
    return answer ? std::optional(*answer) : std::nullopt;
}

// The whole way of a request that needs nothing but memory: a known path as clients write it, a credential
// that was checked within the second, an answer that is finished and known to be current.
std::optional<Response> Worker::find_finished(Call& call) {
    const http::Method method = call.request.method;
    if (method != http::Method::get && method != http::Method::head) return std::nullopt;
    const auto found = finished_routes_.find(call.request.raw_path);
    if (found == finished_routes_.end()) return std::nullopt;
    const base::Principal* principal = admission_.recall(call);
    if (principal == nullptr || !check_right(found->second->auth, method, *principal)) return std::nullopt;
    const auto answer = answers_.find(principal->user, *found->second, call.request.raw_query);
    if (!answer) return std::nullopt;
    call.route = found->second;
    call.principal = *principal;
    call.cache = http::CacheUse::hit;
    if (auto refused = shared_.rate_limits.count_address(call)) return refused;
    if (auto refused = shared_.rate_limits.count_user(call)) return refused;
    return answer->to_response();
}

// Under overload most requests end here, so this costs as little as can be. Of what may be in memory nothing
// is refused.
std::optional<Response> Worker::refuse(Call& call) {
    const auto match = shared_.router.find(call.request.method, call.request.raw_path);
    if (match.route == nullptr || match.route->load == http::Load::none) return std::nullopt;
    if (answers_.enabled() && match.route->cache != http::CacheKind::none) return std::nullopt;
    call.route = match.route;
    return overloaded(call);
}

std::optional<Response> Worker::try_answer(Call& call) {
    begin(call);
    auto answer = find_finished(call);
    if (!answer) answer = admission_.receive(call);
    if (!answer && gate_ && gate_->is_full()) answer = refuse(call);
    if (!answer) answer = shared_.page.find(call);
    if (answer) admission_.decorate(call, *answer);
    return answer;
}

base::Task<std::optional<Response>> Worker::admit(Call& call) {
    // Requests with a body did not come through `try_answer`.
    begin(call);
    std::optional<Response> answer;
    if (call.trace_id.empty()) answer = admission_.receive(call);
    if (shared_.hub.is_enabled() || admission_.is_timed(call)) call.usage = std::make_shared<base::Usage>();
    base::current_usage() = call.usage;
    if (!answer) answer = co_await admission_.admit(call, gate_ ? &*gate_ : nullptr);
    if (call.usage) call.authenticated = shared_.clock.steady() - call.started;
    if (!answer && call.route == nullptr) {
        answer = shared_.page.index(call);
        if (!answer) answer = http::endpoint_not_found(call);
    }
    if (answer) admission_.decorate(call, *answer);
    co_return answer;
}

Gate* Worker::gate_of(const http::Route& route) {
    if (!gate_ || route.load == http::Load::none) return nullptr;
    return route.load == http::Load::heavy ? &*heavy_gate_ : &*gate_;
}

base::Task<Response> Worker::work(Call& call) {
    return idempotency::Keys::applies(call) ? keys_.serve(call, services_)
                                            : call.route->handler(services_, call);
}

// What the route's handler answers, when it is its turn. Answers from the cache do not come here.
base::Task<Response> Worker::make(Call& call) {
    Gate* const gate = gate_of(*call.route);
    if (gate == nullptr) co_return co_await work(call);
    // The first kind is authentication.
    const auto kind = static_cast<std::size_t>(call.route - shared_.router.routes().data()) + 1;
    auto pass = co_await gate->enter(kind);
    if (!pass) co_return overloaded(call);
    base::current_usage() = call.usage;  // others had their turn while this one waited
    Response response = co_await work(call);
    if (response.status >= 400) pass->discount();
    co_return response;
}

base::Task<Response> Worker::handle(Call& call) {
    const bool kept = answers_.enabled() && call.route->cache != http::CacheKind::none && call.principal;
    base::current_usage() = call.usage;
    const auto make_it = [this](Call& which) { return make(which); };
    Response response = kept ? co_await answers_.serve(call, make_it) : co_await make(call);
    if (response.written && answers_.enabled()) {
        const auto match = shared_.router.find(http::Method::get, response.written->path);
        if (match.route != nullptr)
            answers_.put(call, *match.route, match.parameters, response.written->answer);
    }
    admission_.decorate(call, response);
    co_return response;
}

void Worker::begin(Call& call) {
    if (std::exchange(call.is_counted, true)) return;
    loop_.in_flight.store(loop_.in_flight.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

void Worker::finished(const Call& call, const http::Sent& sent) {
    if (call.is_counted)
        loop_.in_flight.store(loop_.in_flight.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    const auto duration =
        std::chrono::duration_cast<std::chrono::microseconds>(shared_.clock.steady() - call.started);
    if (shared_.hub.is_enabled()) observe(call, sent, duration);
    if (base::log::enabled(base::log::Level::info)) log_request(call, sent, duration);
}

void Worker::observe(const Call& call, const http::Sent& sent, std::chrono::microseconds duration) {
    const auto routes = shared_.router.routes();
    const base::Usage usage = call.usage ? *call.usage : base::Usage{};
    const auto database = std::chrono::duration_cast<std::chrono::microseconds>(usage.database);
    const bool cacheable = call.route != nullptr && call.route->cache != http::CacheKind::none;
    // A stream lasts as long as its client likes.
    const bool slow = duration > kSlowRequest && (call.route == nullptr || !call.route->streams);
    if (call.was_overload) loop_.refused.add();
    requests_.add({
        .route = call.route != nullptr ? static_cast<std::size_t>(call.route - routes.data()) : routes.size(),
        .status = sent.status,
        .bytes = sent.bytes,
        .coding = static_cast<std::size_t>(sent.coding),
        .duration = duration,
        .database = database,
        .statements = usage.statements,
        .cacheable = cacheable,
        .hit = call.cache == http::CacheUse::hit,
        .encodable = sent.is_encodable,
        .encoded = sent.is_encodable && sent.coding != http::Coding::identity,
        .slow = slow,
    });
    if (slow) {
        const std::string_view route = call.route != nullptr ? call.route->pattern : std::string_view();
        const std::string_view cache = http::to_string(call.cache);
        base::log::warn("slow request", {{"request_id", call.request_id},
                                         {"method", http::to_string(call.request.method)},
                                         {"route", route},
                                         {"status", sent.status},
                                         {"duration_ms", duration},
                                         {"database_ms", database},
                                         {"statements", usage.statements},
                                         {"cache", cache}});
        shared_.hub.slow_requests().add({.request_id = call.request_id,
                                         .method = std::string(http::to_string(call.request.method)),
                                         .route = route,
                                         .status = sent.status,
                                         .duration = duration,
                                         .database = database,
                                         .statements = usage.statements,
                                         .cache = cache,
                                         .at = shared_.clock.now()});
    }
    if (shared_.hub.exports())
        shared_.hub.add_span(make_span(call, sent.status, duration, shared_.clock.now()));
}

void Worker::log_request(const Call& call, const http::Sent& sent, std::chrono::microseconds duration) const {
    using base::log::Field;
    const Field id("request_id", call.request_id);
    const std::string made = call.trace_id.empty() ? trace_id(call.request, call.request_id) : std::string();
    const Field trace("trace_id", call.trace_id.empty() ? made : call.trace_id);
    const Field method("method", http::to_string(call.request.method));
    const Field route("route", call.route != nullptr ? call.route->pattern : std::string_view());
    const Field code("status", sent.status);
    const Field time("duration_ms", duration);
    const Field size("bytes", sent.bytes);
    if (!call.principal) return base::log::info("request", {id, trace, method, route, code, time, size});
    const std::string user = base::to_string(call.principal->user.uuid);
    base::log::info("request", {id, trace, Field("user_id", user), method, route, code, time, size});
}

// How late the loop comes to it says how long others had to wait for the loop.
base::Task<void> Worker::beat() {
    publish_state();
    while (!stopping_) {
        const base::SteadyTime due = shared_.clock.steady() + kBeat;
        beat_timer_.expires_at(due);
        co_await beat_timer_.async_wait(asio::as_tuple(asio::use_awaitable));
        if (stopping_) co_return;
        loop_.turn(due, shared_.clock.steady());
        publish_state();
        if (sweeps_) co_await explain_slow();
    }
}

void Worker::publish_state() {
    const auto as_number = [](std::size_t count) { return static_cast<std::int64_t>(count); };
    postgres::publish(database_, loop_);
    loop_.connections = as_number(server_.connections());
    loop_.working = as_number(gate_ ? gate_->in_progress() + heavy_gate_->in_progress() : 0);
    loop_.queued = as_number(gate_ ? gate_->waiting() + heavy_gate_->waiting() : 0);
    loop_.redis_breaker = static_cast<std::int64_t>(answers_.redis_state());
}

// The plans of statements that were slow, of any worker and of jobs, made where they do no harm.
base::Task<void> Worker::explain_slow() {
    for (const observe::SlowQuery& query : shared_.hub.queries().take_unplanned()) {
        base::log::warn("slow query", {{"statement", query.name},
                                       {"duration_ms", query.duration},
                                       {"rows", query.rows},
                                       {"success", query.success}});
        const auto plan = co_await postgres::explain_generic(database_, query.sql, query.types);
        if (plan) shared_.hub.queries().set_plan(query.id, *plan);
    }
}

}  // namespace app
