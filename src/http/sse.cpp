#include "http/sse.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace http {
namespace {

namespace asio = base::asio;
using base::SteadyTime;

constexpr std::chrono::seconds kHeartbeat{30};
/// How often a silent stream asks whether its credential is still good; before it tells something it asks
/// anyway.
constexpr std::chrono::seconds kLeaseCheck{5};

class EventStream final : public BodySource {
public:
    EventStream(std::unique_ptr<StreamCounts::Place> place, std::unique_ptr<Events> events,
                std::shared_ptr<Bell> bell, std::unique_ptr<Lease> lease, const Call& call,
                const base::Clock& clock)
        : place_(std::move(place)),
          events_(std::move(events)),
          bell_(std::move(bell)),
          lease_(std::move(lease)),
          clock_(clock),
          expires_at_(call.principal->expires_at),
          checked_at_(clock.steady()) {}

    base::Task<std::optional<std::string>> next() override {
        if (!started_) {
            started_ = true;
            co_return told(std::string(kEventStreamStart));
        }
        while (!stopped_) {
            if (clock_.steady() >= checked_at_ + kLeaseCheck && !co_await is_allowed()) break;
            if (look_ || clock_.steady() >= look_at_) {
                auto piece = co_await look();
                if (stopped_ || ended_) break;
                if (!piece.empty()) co_return told(std::move(piece));
            }
            if (clock_.steady() >= told_at_ + kHeartbeat) co_return told(std::string(kEventStreamHeartbeat));
            if (co_await bell_->wait(rest())) look_ = true;
        }
        co_return std::nullopt;
    }

    void stop() override {
        stopped_ = true;
        bell_->ring();
    }

    [[nodiscard]] bool is_endless() const override { return true; }

private:
    std::string told(std::string piece) {
        told_at_ = clock_.steady();
        return piece;
    }

    base::Task<bool> is_allowed() {
        checked_at_ = clock_.steady();
        if (clock_.now() >= expires_at_) co_return false;
        const auto until = co_await lease_->renew();
        if (until) expires_at_ = *until;
        co_return until.has_value();
    }

    /// What is due; sets `ended_` when nothing can follow.
    base::Task<std::string> look() {
        look_ = false;
        if (events_->ended()) {
            ended_ = true;
            co_return std::string();
        }
        auto piece = co_await events_->take();
        look_at_ = clock_.steady() + events_->patience();
        if (!piece || (piece->empty() && !events_->ended())) co_return std::string();
        // More may be waiting, or the end.
        look_ = true;
        if (co_await is_allowed()) co_return std::move(*piece);
        ended_ = true;
        co_return std::string();
    }

    /// Until something is due.
    [[nodiscard]] std::chrono::nanoseconds rest() const {
        const SteadyTime now = clock_.steady();
        const SteadyTime due = std::min({look_at_, told_at_ + kHeartbeat, checked_at_ + kLeaseCheck});
        // Compared before it becomes nanoseconds, which end in the year 2262.
        const auto lease = std::min<base::Time::duration>(expires_at_ - clock_.now(), kHeartbeat);
        return std::max<std::chrono::nanoseconds>(std::min<std::chrono::nanoseconds>(due - now, lease),
                                                  std::chrono::nanoseconds(0));
    }

    std::unique_ptr<StreamCounts::Place> place_;
    std::unique_ptr<Events> events_;
    std::shared_ptr<Bell> bell_;
    std::unique_ptr<Lease> lease_;
    const base::Clock& clock_;
    base::Time expires_at_;
    SteadyTime checked_at_;
    SteadyTime told_at_;
    SteadyTime look_at_;
    bool look_ = true;
    bool started_ = false;
    bool ended_ = false;
    bool stopped_ = false;
};

}  // namespace

std::string event_frame(std::int64_t id, std::string_view event, std::string_view data) {
    std::string out = "id: " + std::to_string(id) + "\n";
    if (!event.empty()) {
        out += "event: ";
        for (const char c : event) {
            if (c != '\r' && c != '\n') out += c;
        }
        out += '\n';
    }
    out += "data: ";
    for (std::size_t i = 0; i < data.size(); ++i) {
        if (data[i] == '\r' && i + 1 < data.size() && data[i + 1] == '\n') continue;
        if (data[i] == '\r' || data[i] == '\n')
            out += "\ndata: ";
        else
            out += data[i];
    }
    out += "\n\n";
    return out;
}

std::optional<std::string> last_event_id(const Call& call) {
    if (const auto header = call.request.header("last-event-id")) return std::string(*header);
    if (const auto query = call.query.get("lastEventId")) return std::string(*query);
    return std::nullopt;
}

void Bell::ring() {
    if (rung_.exchange(true)) return;
    asio::post(timer_.get_executor(), [self = shared_from_this()] { self->timer_.cancel(); });
}

base::Task<bool> Bell::wait(std::chrono::nanoseconds at_most) {
    // SAFETY: rings reach the timer on this thread only, so none falls between the question and the wait.
    if (!rung_.load()) {
        timer_.expires_after(std::chrono::duration_cast<asio::steady_timer::duration>(at_most));
        if (!rung_.load()) co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    co_return rung_.exchange(false);
}

std::unique_ptr<StreamCounts::Place> StreamCounts::enter(base::UserId user) {
    const std::lock_guard lock(mutex_);
    int& count = of_user_[user.uuid];
    if (count >= kMaxPerUser) return nullptr;
    ++count;
    ++total_;
    return std::make_unique<Place>(*this, user);
}

void StreamCounts::leave(base::UserId user) {
    const std::lock_guard lock(mutex_);
    const auto found = of_user_.find(user.uuid);
    if (found == of_user_.end()) return;
    --total_;
    if (--found->second == 0) of_user_.erase(found);
}

std::size_t StreamCounts::total() const {
    const std::lock_guard lock(mutex_);
    return total_;
}

Response Streams::open(const Call& call, std::unique_ptr<Events> events, std::shared_ptr<Bell> bell,
                       std::unique_ptr<Lease> lease) const {
    auto place = counts_.enter(call.principal->user);
    if (!place)
        return problem(call,
                       {base::Errc::too_many_streams, "This account has 20 event streams open already."});
    Response response;
    response.content_type = kEventStreamType;
    response.caching = Caching::no_cache;
    response.headers.emplace_back("X-Accel-Buffering", "no");
    response.source = std::make_shared<EventStream>(std::move(place), std::move(events), std::move(bell),
                                                    std::move(lease), call, clock_);
    return response;
}

}  // namespace http
