// The sending half of a connection: gathered writes, streams, the way a connection ends.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <span>

#include "http/connection.hpp"

namespace http {
namespace {

namespace asio = base::asio;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kGatherMax = 64;  ///< what Asio hands to one sendmsg
constexpr std::size_t kLingerMaxBytes = 1024 * 1024;
constexpr std::size_t kLingerReadBytes = 64 * 1024;

}  // namespace

// Sends a body as its source makes it. Its head goes out first, together with the answers before it.
base::Task<void> Connection::stream(Exchange& exchange) {
    source_ = exchange.answer.source;
    const auto expected = exchange.answer.source_bytes;
    std::uint64_t made = 0;
    bool complete = false;
    if (environment_.draining && source_->is_endless()) source_->stop();
    if (!co_await flush()) closing_ = gone_ = true;
    while (!gone_ && !complete) {
        std::optional<std::string> piece;
        phase_ = Phase::handle;
        deadline_ = base::SteadyTime::max();
        try {
            piece = co_await source_->next();
        } catch (...) {
            (void)failure(exchange, std::current_exception());  // for its log line
            closing_ = gone_ = true;
            break;
        }
        if (gone_) break;
        std::string frame;
        if (piece) made += piece->size();
        complete = !piece;
        if (piece && exchange.answer.chunked) {
            if (piece->empty()) continue;
            frame = fmt::format("{:x}\r\n", piece->size()).append(*piece).append("\r\n");
        } else if (piece) {
            frame = std::move(*piece);
        } else if (exchange.answer.chunked) {
            frame = "0\r\n\r\n";
        }
        // A body of another length than was told must not look whole, nor run into the next answer.
        const bool wrong = expected && (made > *expected || (complete && made != *expected));
        if (wrong || !co_await send(frame)) closing_ = gone_ = true;
    }
    source_->stop();
    source_.reset();
    if (gone_ && pending_ > 0) co_return;  // the end of `run` finishes it
    exchange.sent_bytes += made;
    finish(exchange);
}

Connection::Sent Connection::send_some() {
    while (write_index_ < pending_) {
        std::array<asio::const_buffer, kGatherMax> parts;
        std::size_t count = 0;
        std::size_t skip = write_offset_;
        for (std::size_t i = write_index_; i < pending_ && count + 3 <= kGatherMax; ++i) {
            const Answer& answer = exchanges_[i]->answer;
            const std::string_view body = answer.body ? std::string_view(*answer.body) : std::string_view();
            for (std::string_view part : {std::string_view(answer.head), answer.tail, body}) {
                const std::size_t cut = std::min(skip, part.size());
                skip -= cut;
                part.remove_prefix(cut);
                if (!part.empty()) parts[count++] = asio::buffer(part.data(), part.size());
            }
        }
        boost::system::error_code ec;
        std::size_t sent = socket_.write_some(std::span(parts).first(count), ec);
        if (ec == asio::error::would_block || ec == asio::error::try_again) return Sent::blocked;
        if (ec) {
            closing_ = gone_ = true;
            return Sent::failed;
        }
        for (; sent > 0;) {
            const std::size_t left = exchanges_[write_index_]->answer.size_bytes() - write_offset_;
            const std::size_t step = std::min(left, sent);
            sent -= step;
            write_offset_ += step;
            if (step < left) break;
            ++write_index_;
            write_offset_ = 0;
        }
    }
    release_sent();
    return Sent::all;
}

// The answered exchanges are done, except one that goes on as a stream; it or the current one becomes the
// first.
void Connection::release_sent() {
    const std::size_t done = pending_ - (source_ && pending_ > 0 ? 1 : 0);
    for (std::size_t i = 0; i < done; ++i)
        finish(*exchanges_[i]);
    if (done > 0 && exchanges_.size() > done) std::swap(exchanges_[0], exchanges_[done]);
    pending_ = pending_bytes_ = write_index_ = write_offset_ = 0;
}

void Connection::finish(Exchange& exchange) {
    if (exchange.call) {
        Call& call = *exchange.call;
        if (!call.spooled_body.empty()) {
            std::error_code ec;
            std::filesystem::remove(call.spooled_body, ec);
        }
        const Answer& answer = exchange.answer;
        environment_.application.finished(
            call, {answer.status, exchange.sent_bytes, answer.coding, answer.is_encodable});
    }
    exchange.clear();
}

base::Task<bool> Connection::flush() {
    while (true) {
        const Sent sent = pending_ == 0 ? Sent::all : send_some();
        if (sent == Sent::failed || gone_) co_return false;
        if (sent == Sent::all) co_return true;
        enter(Phase::write);
        const auto [ec] = co_await socket_.async_wait(Socket::wait_write, kAwait);
        if (ec || gone_) co_return false;
    }
}

base::Task<bool> Connection::send(std::string_view bytes) {
    while (!bytes.empty()) {
        boost::system::error_code ec;
        const std::size_t sent = socket_.write_some(asio::buffer(bytes.data(), bytes.size()), ec);
        bytes.remove_prefix(sent);
        if (!ec) continue;
        if (ec != asio::error::would_block && ec != asio::error::try_again) co_return false;
        enter(Phase::write);
        const auto [failed] = co_await socket_.async_wait(Socket::wait_write, kAwait);
        if (failed || gone_) co_return false;
    }
    co_return true;
}

// A close with unread bytes would reset the connection and could destroy the answer on its way (RFC 9112
// section 9.6): say that we are done, then read on for a while.
base::Task<void> Connection::linger() {
    boost::system::error_code ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    enter(Phase::linger);
    std::size_t drained = 0;
    in_.release();
    while (!ec && drained < kLingerMaxBytes) {
        const auto free = in_.prepare(kLingerReadBytes);
        const auto [failed, count] =
            co_await socket_.async_read_some(asio::buffer(free.data(), free.size()), kAwait);
        if (failed) break;
        drained += count;
    }
}

}  // namespace http
