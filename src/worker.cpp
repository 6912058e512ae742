#include "worker.hpp"

#include <array>
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
#include "trace.hpp"

namespace app {
namespace {

namespace asio = base::asio;
using http::Call;
using http::Response;

constexpr std::chrono::milliseconds kRetry{500};
// After the connections to the stores were ended only work on the thread pool (a password hash) can still be
// waited for.
constexpr std::chrono::seconds kStopPatience{2};

/// What Server-Timing says behind the total (contract 1.5).
std::string timing_of(const Call& call) {
    using Milliseconds = std::chrono::duration<double, std::milli>;
    constexpr std::array<std::string_view, 3> kCacheUses{"bypass", "hit", "miss"};
    const base::Usage usage = call.usage ? *call.usage : base::Usage{};
    return fmt::format("auth;dur={:.3f}, db;dur={:.3f};desc=\"{} queries\", cache;desc=\"{}\"",
                       Milliseconds(call.authenticated).count(), Milliseconds(usage.database).count(),
                       usage.statements, kCacheUses[static_cast<std::size_t>(call.cache)]);
}

}  // namespace

Worker::Worker(const Shared& shared, WorkerOptions options)
    : shared_(shared),
      work_(asio::make_work_guard(io_)),
      database_(io_, std::move(options.database), shared.clock),
      cache_(io_, std::move(options.cache)),
      announcer_(shared.cache.versions, cache_, std::move(options.announcements), shared.clock),
      accounts_(database_, shared.cpu, std::move(options.accounts), shared.clock),
      categories_(database_, announcer_, shared.clock),
      bookmarks_(database_, announcer_, shared.clock),
      tags_(database_, announcer_, shared.clock),
      history_(io_, database_, options.search_history_max, shared.clock),
      saved_searches_(database_, announcer_, shared.clock),
      suggest_(database_, shared.clock),
      stats_(database_, shared.cpu, options.storage, shared.clock),
      keys_(database_, shared.cpu, shared.clock),
      answers_(
          shared.cache, cache_, [this](base::UserId user) { return bookmarks_.version(user); },
          std::move(options.answers), shared.clock),
      imports_(io_, database_, announcer_, shared.cpu, shared.import_threads, shared.clock,
               std::move(options.storage)),
      health_(io_, database_, cache_, std::move(options.identity), shared.draining, shared.clock),
      services_{answers_, health_,         accounts_, categories_, bookmarks_, tags_,
                history_, saved_searches_, suggest_,  stats_,      imports_},
      admission_(shared.router, shared.cors, accounts_, std::move(options.admission), shared.clock),
      server_(io_, std::move(options.server), *this, shared.clock),
      server_timing_always_(options.server_timing_always) {
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

base::Result<std::size_t> Worker::resume_imports() {
    return asio::co_spawn(io_, imports_.resume(), asio::use_future).get();
}

std::expected<void, std::string> Worker::listen() {
    std::promise<std::expected<void, std::string>> listening;
    asio::post(io_, [&] { listening.set_value(server_.listen()); });
    return listening.get_future().get();
}

void Worker::run() {
    cache_.start();
    asio::co_spawn(io_, open_database(), asio::detached);
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

void Worker::stop() {
    if (!thread_.joinable()) return;
    asio::post(io_, [this] {
        stopping_ = true;
        server_.stop();
        database_.stop();
        cache_.stop();
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
    if (principal == nullptr || !check_right(found->second->auth, *principal)) return std::nullopt;
    const auto answer = answers_.find(principal->user, *found->second, call.request.raw_query);
    if (!answer) return std::nullopt;
    call.route = found->second;
    call.principal = *principal;
    Response response = answer->to_response();
    if (wants_timing(call)) {
        call.cache = http::CacheUse::hit;
        response.server_timing = timing_of(call);
    }
    return response;
}

bool Worker::wants_timing(const Call& call) const {
    return server_timing_always_ || call.request.header("x-server-timing") == "1";
}

std::optional<Response> Worker::try_answer(Call& call) {
    auto answer = find_finished(call);
    if (!answer) answer = admission_.receive(call);
    if (!answer) answer = shared_.page.find(call);
    if (answer) admission_.decorate(call, *answer);
    return answer;
}

base::Task<std::optional<Response>> Worker::admit(Call& call) {
    // Requests with a body did not come through `try_answer`.
    std::optional<Response> answer;
    if (call.trace_id.empty()) answer = admission_.receive(call);
    if (wants_timing(call)) call.usage = std::make_shared<base::Usage>();
    base::current_usage() = call.usage;
    if (!answer) answer = co_await admission_.admit(call);
    if (call.usage) call.authenticated = shared_.clock.steady() - call.started;
    if (answer && call.usage) answer->server_timing = timing_of(call);
    if (!answer && call.route == nullptr) {
        answer = shared_.page.index(call);
        if (!answer) answer = http::endpoint_not_found(call);
    }
    if (answer) admission_.decorate(call, *answer);
    co_return answer;
}

base::Task<Response> Worker::handle(Call& call) {
    base::current_usage() = call.usage;
    const bool kept = answers_.enabled() && call.route->cache != http::CacheKind::none && call.principal;
    Response response = kept                               ? co_await answers_.serve(call, services_)
                        : idempotency::Keys::applies(call) ? co_await keys_.serve(call, services_)
                                                           : co_await call.route->handler(services_, call);
    if (call.usage) response.server_timing = timing_of(call);
    if (response.written && answers_.enabled()) {
        const auto match = shared_.router.find(http::Method::get, response.written->path);
        if (match.route != nullptr)
            answers_.put(call, *match.route, match.parameters, response.written->answer);
    }
    admission_.decorate(call, response);
    co_return response;
}

void Worker::finished(const Call& call, unsigned status, std::size_t bytes) {
    using base::log::Field;
    if (!base::log::enabled(base::log::Level::info)) return;
    const std::chrono::duration<double, std::milli> duration = shared_.clock.steady() - call.started;
    const Field id("request_id", call.request_id);
    const std::string made = call.trace_id.empty() ? trace_id(call.request) : std::string();
    const Field trace("trace_id", call.trace_id.empty() ? made : call.trace_id);
    const Field method("method", http::to_string(call.request.method));
    const Field route("route", call.route != nullptr ? call.route->pattern : std::string_view());
    const Field code("status", status);
    const Field time("duration_ms", duration.count());
    const Field size("bytes", bytes);
    if (!call.principal) return base::log::info("request", {id, trace, method, route, code, time, size});
    const std::string user = base::to_string(call.principal->user.uuid);
    base::log::info("request", {id, trace, Field("user_id", user), method, route, code, time, size});
}

}  // namespace app
