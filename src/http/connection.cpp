#include "http/connection.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <filesystem>
#include <typeinfo>

#include "base/id.hpp"
#include "base/log.hpp"
#include "http/body_reader.hpp"
#include "http/percent.hpp"
#include "http/router.hpp"

namespace http {
namespace {

namespace asio = base::asio;
using base::Errc;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kIdleBufferBytes = 2048;
constexpr int kReadsInRowMax = 16;              ///< without a turn of the reactor
constexpr int kSkippedReads = 8;                ///< requests, after an attempt that found nothing
constexpr std::size_t kKeptBufferBytes = 4096;  ///< more is given back while idle
constexpr std::size_t kBufferedMaxBytes = 64 * 1024;
constexpr std::size_t kBodyReadBytes = 64 * 1024;
constexpr std::size_t kPendingMax = 64;
constexpr std::size_t kPendingMaxBytes = 256 * 1024;
constexpr std::size_t kDiscardMaxBytes = 256 * 1024;
// A form around an upload: its fields (20 of 64 KiB) and the headers of its parts.
constexpr std::size_t kFormSlackBytes = 20 * 64 * 1024 + 256 * 1024;

bool is_request_id(std::string_view text) {
    if (text.empty() || text.size() > 128) return false;
    return std::ranges::all_of(text, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' ||
               c == '_' || c == '-';
    });
}

std::size_t body_limit(const Call& call, const ServerOptions& options) {
    if (call.route == nullptr) return options.max_body_bytes;
    if (call.route->spool) return options.max_upload_bytes + kFormSlackBytes;
    return std::min(call.route->body_limit, options.max_body_bytes);
}

/// The limit to tell: that of the file, not of the form around it.
std::size_t told_limit(const Call& call, const ServerOptions& options) {
    return call.route != nullptr && call.route->spool ? options.max_upload_bytes : body_limit(call, options);
}

}  // namespace

void Connection::Exchange::clear() {
    call.reset();
    request = {};
    headers.clear();
    body.clear();
    answer.clear();
    sent_bytes = 0;
}

Connection::Connection(Socket socket, Environment& environment, asio::cancellation_signal& leaving)
    : socket_(std::move(socket)),
      environment_(environment),
      leaving_(leaving),
      parser_({environment.options.max_header_bytes, environment.options.max_target_bytes}) {
    boost::system::error_code ec;
    const auto peer = socket_.remote_endpoint(ec);
    if (!ec) {
        auto address = peer.address();
        if (address.is_v6() && address.to_v6().is_v4_mapped()) {
            address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
        }
        peer_ = address.to_string();
    }
    socket_.non_blocking(true, ec);
    socket_.set_option(asio::ip::tcp::no_delay(true), ec);
}

void Connection::enter(Phase phase) {
    const ServerOptions& options = environment_.options;
    phase_ = phase;
    std::chrono::milliseconds limit{};
    switch (phase) {
        case Phase::idle:
            limit = environment_.draining ? options.drain_grace : options.keep_alive_timeout;
            break;
        case Phase::header:
            limit = options.header_timeout;
            break;
        case Phase::body:
            limit = options.body_idle_timeout;
            break;
        case Phase::write:
            limit = options.write_timeout;
            break;
        case Phase::linger:
            limit = options.linger_time;
            break;
        case Phase::handle:
            deadline_ = base::SteadyTime::max();
            return;
    }
    deadline_ = environment_.clock.steady() + limit;
}

void Connection::check(base::SteadyTime now) {
    // A slow handler must not hold back the finished answers before its own.
    if (phase_ == Phase::handle && pending_ > 0) send_some();
    if (phase_ == Phase::handle && source_ && source_->is_endless() && client_left()) return close();
    if (phase_ == Phase::handle && !gone_ && !source_ && client_left()) {
        closing_ = gone_ = true;
        leaving_.emit(asio::cancellation_type::terminal);
        return;
    }
    if (now < deadline_) return;
    deadline_ = base::SteadyTime::max();
    if (phase_ == Phase::header || phase_ == Phase::body) {
        timed_out_ = true;
        boost::system::error_code ec;
        socket_.cancel(ec);
        return;
    }
    close();
}

// The end of what the client sends counts as his leaving, as with other servers: who still wants an answer
// keeps his side open.
bool Connection::client_left() {
    pollfd descriptor{.fd = socket_.native_handle(), .events = POLLRDHUP, .revents = 0};
    return ::poll(&descriptor, 1, 0) > 0;
}

void Connection::drain() {
    if (phase_ == Phase::idle) enter(Phase::idle);
    if (source_) source_->stop();
}

void Connection::close() {
    closing_ = gone_ = true;
    if (source_) source_->stop();
    boost::system::error_code ec;
    socket_.close(ec);
}

Connection::Exchange& Connection::current() {
    if (exchanges_.size() == pending_) exchanges_.push_back(std::make_unique<Exchange>());
    return *exchanges_[pending_];
}

void Connection::start_request() {
    Exchange& exchange = current();
    parser_.start(exchange.request, exchange.headers);
}

void Connection::forget_idle_memory() {
    if (in_.capacity() > kKeptBufferBytes) in_.release();
    raw_.release();
    if (exchanges_.size() > 1) exchanges_.resize(1);
    Exchange& exchange = *exchanges_.front();
    if (exchange.body.capacity() > kIdleBufferBytes) exchange.body = {};
    if (exchange.answer.head.capacity() > kIdleBufferBytes) exchange.answer.head = {};
    if (exchange.headers.capacity() > 32) exchange.headers = {};
}

// Takes what has arrived already, without the reactor. A client that answers faster than this loop turns
// would otherwise cost a wake-up for every request; one that keeps sending must still let others have their
// turn, and where nothing is ever there the attempt is not worth its system call.
bool Connection::read_now() {
    if (skip_reads_ > 0) {
        --skip_reads_;
        return false;
    }
    if (++reads_in_row_ > kReadsInRowMax || timed_out_ || gone_) {
        reads_in_row_ = 0;
        return false;
    }
    const auto free = in_.prepare(kIdleBufferBytes);
    const ssize_t count = ::recv(socket_.native_handle(), free.data(), free.size(), MSG_DONTWAIT);
    if (count <= 0) {  // an error or the end shows again where it is waited for
        reads_in_row_ = 0;
        skip_reads_ = kSkippedReads;
        return false;
    }
    in_.commit(static_cast<std::size_t>(count));
    return true;
}

// Reads more of the next request. False: the connection is to end.
base::Task<bool> Connection::fill() {
    if (in_.empty()) {
        forget_idle_memory();
        enter(Phase::idle);
    } else if (phase_ != Phase::header) {
        enter(Phase::header);
    }
    const std::size_t room = std::min(std::max(in_.size(), kIdleBufferBytes), kBufferedMaxBytes);
    const auto free = in_.prepare(room);
    const auto [ec, count] = co_await socket_.async_read_some(asio::buffer(free.data(), free.size()), kAwait);
    if (!ec) {
        in_.commit(count);
        co_return true;
    }
    if (timed_out_) {
        timed_out_ = false;
        refuse({Errc::request_timeout, "The request header was not complete in time."});
        co_return true;
    }
    co_return false;
}

base::Task<void> Connection::run() {
    // What waits hears of the client's leaving from its own wait.
    co_await asio::this_coro::throw_if_cancelled(false);
    start_request();
    while (!closing_) {
        std::size_t used = 0;
        const auto step = in_.empty() ? Parser::Step::need_more : parser_.parse_header(in_.view(), used);
        if (step == Parser::Step::need_more) {
            if (pending_ > 0 && send_some() != Sent::all && !co_await flush()) break;
            // A request that is not whole is waited for with its time limit.
            if (in_.empty() && read_now()) continue;
            if (!co_await fill()) break;
            continue;
        }
        if (step == Parser::Step::failed) {
            refuse(parser_.error());
            break;
        }
        in_.consume(used);
        Exchange& exchange = current();
        phase_ = Phase::handle;
        deadline_ = base::SteadyTime::max();
        std::optional<Response> ready = begin(exchange);
        if (!ready && !parser_.has_body()) ready = try_answer(exchange);
        if (ready && !parser_.has_body()) {
            answer(exchange, std::move(*ready));
        } else {
            if (ready)
                discard_ = linger_ = closing_ = true;  // a malformed path before a body: not worth reading
            if (ready)
                answer(exchange, std::move(*ready));
            else
                co_await serve(exchange);
        }
        if (exchange.answer.source) co_await stream(exchange);
        if (discard_ && !closing_) {
            if (!co_await flush()) break;
            co_await discard_body();
        }
        discard_ = false;
        const bool full = pending_ >= kPendingMax || pending_bytes_ >= kPendingMaxBytes;
        if ((full || uses_raw_) && !co_await flush()) break;
        if (uses_raw_) {
            in_.append(raw_.view());
            raw_.release();
            uses_raw_ = false;
        }
        start_request();
    }
    if (!gone_ && co_await flush() && linger_) co_await linger();
    for (std::size_t i = 0; i < pending_; ++i)
        finish(*exchanges_[i]);
    pending_ = 0;
    boost::system::error_code ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ec);
    socket_.close(ec);
}

base::Task<void> Connection::run_refusing() {
    start_request();
    refuse({Errc::service_unavailable, "The server has as many connections as it can serve.",
            std::chrono::seconds(1)});
    if (co_await flush()) co_await linger();
    boost::system::error_code ec;
    socket_.close(ec);
}

// Makes the Call. A Response: the path cannot be decoded.
std::optional<Response> Connection::begin(Exchange& exchange) {
    const Request& request = exchange.request;
    exchange.request.peer = peer_;
    Call& call = exchange.call.emplace(request);
    call.started = environment_.clock.steady();
    call.client_address = peer_;
    const auto id = request.header("x-request-id");
    call.request_id = id && is_request_id(*id) ? std::string(*id)
                                               : base::to_string(base::make_uuid(environment_.clock.now()));
    auto path = decode_path(request.raw_path);
    if (!path) return problem(call, {Errc::malformed_request, "The path is not percent-encoded UTF-8."});
    if (path->size() > 1 && path->ends_with('/')) path->pop_back();
    call.path = std::move(*path);
    return std::nullopt;
}

std::optional<Response> Connection::try_answer(Exchange& exchange) {
    try {
        return environment_.application.try_answer(*exchange.call);
    } catch (...) {
        return failure(exchange, std::current_exception());
    }
}

base::Task<void> Connection::serve(Exchange& exchange) {
    Application& application = environment_.application;
    Call& call = *exchange.call;
    if (!call.request.raw_query.empty()) call.query = Query(call.request.raw_query);
    std::optional<Response> ready;
    try {
        ready = co_await application.admit(call);
    } catch (...) {
        ready = failure(exchange, std::current_exception());
    }
    if (parser_.has_body()) {
        if (ready) {
            const auto length = parser_.content_length();
            discard_ = length && *length <= kDiscardMaxBytes && !parser_.expects_continue();
            if (!discard_) closing_ = linger_ = true;
        } else {
            ready = co_await read_body(exchange);
        }
    }
    if (gone_) {
        exchange.answer.status = kClientGone;
        finish(exchange);
        exchange.clear();
        co_return;
    }
    if (!ready) {
        enter(Phase::handle);
        try {
            ready = co_await application.handle(call);
        } catch (...) {
            ready = failure(exchange, std::current_exception());
        }
    }
    if (gone_) {  // left meanwhile
        exchange.answer.status = kClientGone;
        finish(exchange);
        exchange.clear();
        co_return;
    }
    answer(exchange, std::move(*ready));
}

// Reads and decodes the body. A Response: it was refused, and the connection ends after that.
base::Task<std::optional<Response>> Connection::read_body(Exchange& exchange) {
    Call& call = *exchange.call;
    const ServerOptions& options = environment_.options;
    const std::size_t limit = body_limit(call, options);
    const auto coding = trim(call.request.header("content-encoding").value_or(std::string_view()));
    const bool gzip = equal_ignoring_case(coding, "gzip") || equal_ignoring_case(coding, "x-gzip");
    const bool spool = call.route != nullptr && call.route->spool;
    const auto length = parser_.content_length();
    const auto give_up = [&](Response response) {
        closing_ = linger_ = true;
        return response;
    };
    if (!gzip && !coding.empty() && !equal_ignoring_case(coding, "identity")) {
        co_return give_up(
            problem(call, {Errc::unsupported_media_type, "Bodies may be coded with gzip only."}));
    }
    if (!gzip && length.value_or(0) > limit)
        co_return give_up(request_too_large(call, told_limit(call, options)));
    if (!gzip && !spool && length && *length <= in_.size()) {
        exchange.request.body = in_.view().substr(0, *length);
        in_.consume(*length);
        co_return std::nullopt;
    }
    if (parser_.expects_continue() && in_.empty()) {
        if (!co_await flush() || !co_await send("HTTP/1.1 100 Continue\r\n\r\n")) {
            closing_ = gone_ = true;
            co_return std::nullopt;
        }
    }
    BodyReader reader({limit, gzip, spool, options.spool_directory}, exchange.body);
    if (auto opened = reader.open(); !opened) co_return give_up(problem(call, opened.error()));
    const Fed fed = co_await feed_body([&](std::string_view piece) { return reader.take(piece); });
    if (fed == Fed::gone) {
        closing_ = gone_ = true;
        co_return std::nullopt;
    }
    if (fed == Fed::timed_out) {
        co_return give_up(problem(call, {Errc::request_timeout, "The body stopped coming."}));
    }
    if (fed == Fed::failed) {
        if (parser_.error().code == Errc::request_too_large) {
            co_return give_up(request_too_large(call, told_limit(call, options)));
        }
        co_return give_up(problem(call, parser_.error()));
    }
    if (auto finished = reader.finish(); !finished) co_return give_up(problem(call, finished.error()));
    call.spooled_body = reader.release_file();
    exchange.request.body = exchange.body;
    co_return std::nullopt;
}

base::Task<Connection::Fed> Connection::feed_body(const Parser::Sink& sink) {
    while (true) {
        Buffer& from = uses_raw_ ? raw_ : in_;
        std::size_t used = 0;
        const auto step = parser_.parse_body(from.view(), used, sink);
        from.consume(used);
        if (step == Parser::Step::done) co_return Fed::done;
        if (step == Parser::Step::failed) co_return Fed::failed;
        if (!uses_raw_) {
            // The header stays where it is; what follows goes on in the other buffer.
            raw_.append(in_.view());
            in_.consume(in_.size());
            uses_raw_ = true;
        }
        if (pending_ > 0 && !co_await flush()) co_return Fed::gone;
        enter(Phase::body);
        const std::size_t wanted = parser_.content_length().value_or(kBodyReadBytes);
        const auto free = raw_.prepare(std::clamp(wanted, kIdleBufferBytes, kBodyReadBytes));
        const auto [ec, count] =
            co_await socket_.async_read_some(asio::buffer(free.data(), free.size()), kAwait);
        phase_ = Phase::handle;
        if (ec) co_return std::exchange(timed_out_, false) ? Fed::timed_out : Fed::gone;
        raw_.commit(count);
    }
}

base::Task<void> Connection::discard_body() {
    const Fed fed = co_await feed_body([](std::string_view) -> base::Result<void> { return {}; });
    if (fed != Fed::done) closing_ = true;
}

// A request that is no request: answered without the application, and the last one of this connection.
void Connection::refuse(const base::Error& error) {
    Exchange& exchange = current();
    exchange.request.headers = {};
    exchange.request.raw_path = {};
    exchange.request.peer = peer_;
    closing_ = linger_ = true;
    Call& call = exchange.call.emplace(exchange.request);
    call.started = environment_.clock.steady();
    call.client_address = peer_;
    call.request_id = base::to_string(base::make_uuid(environment_.clock.now()));
    answer(exchange, problem(call, error));
}

Response Connection::failure(const Exchange& exchange, const std::exception_ptr& thrown) const {
    const Call& call = *exchange.call;
    const Route* route = call.route;
    std::string_view type = "unknown";
    try {
        std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
        type = typeid(e).name();
        base::log::debug("exception in a handler", {{"what", e.what()}, {"requestId", call.request_id}});
    } catch (...) {
        // What is no std::exception has nothing to tell.
    }
    base::log::error("exception in a handler",
                     {{"type", type},
                      {"route", route != nullptr ? route->name : std::string_view("none")},
                      {"requestId", call.request_id}});
    return problem(call,
                   {route != nullptr ? route->fail : Errc::internal_error, "Something unexpected happened."});
}

void Connection::answer(Exchange& exchange, Response response) {
    const bool keep_alive = exchange.request.keep_alive && !closing_ && !environment_.draining;
    environment_.writer.write(*exchange.call, std::move(response), keep_alive, exchange.answer);
    if (!exchange.answer.keep_alive) closing_ = true;
    exchange.sent_bytes = exchange.answer.size_bytes();
    pending_bytes_ += exchange.sent_bytes;
    ++pending_;
}

}  // namespace http
