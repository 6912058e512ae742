// Server-sent events (HTML standard section 9.2, contract 1.13): frames, and the stream as the body of an
// answer.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

inline constexpr std::string_view kEventStreamType = "text/event-stream; charset=utf-8";
/// What every stream begins with.
inline constexpr std::string_view kEventStreamStart = "retry: 3000\n\n";
inline constexpr std::string_view kEventStreamHeartbeat = ": heartbeat\n\n";

/// One event; `data` may have several lines. `event` empty: the default kind, `message`. Line ends in `event`
/// are dropped, because they would begin another field.
[[nodiscard]] std::string event_frame(std::int64_t id, std::string_view event, std::string_view data);

/// Where the client wants to go on, as text: the header Last-Event-ID, which a browser sends when it connects
/// again, before the query's `lastEventId`.
[[nodiscard]] std::optional<std::string> last_event_id(const Call& call);

/// What a stream sleeps on. Rung from any thread; one coroutine waits.
class Bell : public std::enable_shared_from_this<Bell> {
public:
    explicit Bell(const base::asio::any_io_executor& executor) : timer_(executor) {}

    /// Any thread. A ring that nobody waits for is kept.
    void ring();
    /// True: it was rung since the last time. False: the time is over.
    base::Task<bool> wait(std::chrono::nanoseconds at_most);

private:
    base::asio::steady_timer timer_;
    std::atomic<bool> rung_{false};
};

/// What there is to tell: implemented by a feature.
class Events {
public:
    virtual ~Events() = default;
    /// The frames that are due, a bounded piece of them; empty: nothing new. Asked at the start, after each
    /// ring and when `patience` is over. An error is passed over: the stream tries again.
    virtual base::Task<base::Result<std::string>> take() = 0;
    /// The last event has been taken.
    [[nodiscard]] virtual bool ended() const { return false; }
    /// How long to wait for a ring.
    [[nodiscard]] virtual std::chrono::milliseconds patience() const = 0;
};

/// The right to listen.
class Lease {
public:
    virtual ~Lease() = default;
    /// Until when the credential is good; nothing when it is not any more. Errors that say nothing about the
    /// credential leave it as it was.
    virtual base::Task<std::optional<base::Time>> renew() = 0;
};

/// How many streams each user has open. Thread-safe; shared by the workers of a process.
class StreamCounts {
public:
    static constexpr int kMaxPerUser = 20;

    /// One place, as long as it lives. The counts must outlive it.
    class Place {
    public:
        Place(StreamCounts& counts, base::UserId user) : counts_(counts), user_(user) {}
        ~Place() { counts_.leave(user_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

    private:
        StreamCounts& counts_;
        base::UserId user_;
    };

    /// Null: the user has `kMaxPerUser` already.
    [[nodiscard]] std::unique_ptr<Place> enter(base::UserId user);
    /// Of all users.
    [[nodiscard]] std::size_t total() const;

private:
    void leave(base::UserId user);

    mutable std::mutex mutex_;
    std::unordered_map<base::Uuid, int, base::UuidHash> of_user_;
    std::size_t total_ = 0;
};

/// The streams of one worker.
class Streams {
public:
    Streams(base::asio::any_io_executor executor, StreamCounts& counts, const base::Clock& clock)
        : executor_(std::move(executor)), counts_(counts), clock_(clock) {}

    [[nodiscard]] std::shared_ptr<Bell> make_bell() const { return std::make_shared<Bell>(executor_); }
    /// The answer that streams `events` to the caller until they end, the lease does, the client leaves or
    /// the server drains. Error: 429 TOO_MANY_STREAMS.
    [[nodiscard]] Response open(const Call& call, std::unique_ptr<Events> events, std::shared_ptr<Bell> bell,
                                std::unique_ptr<Lease> lease) const;

private:
    base::asio::any_io_executor executor_;
    StreamCounts& counts_;
    const base::Clock& clock_;
};

}  // namespace http
