#include "guard/wait_queue.hpp"

#include <algorithm>

namespace guard {
namespace {

constexpr int kCautiousIntervals = 4;

}  // namespace

std::optional<WaitQueue::Ticket> WaitQueue::push(base::SteadyTime now) {
    look(now);
    if (is_full(now)) return std::nullopt;
    if (members_.empty()) last_empty_ = now;
    members_.push_back({++last_, now});
    return last_;
}

void WaitQueue::look(base::SteadyTime now) {
    if (is_standing(now)) cautious_until_ = now + kCautiousIntervals * options_.interval;
}

WaitQueue::Ticket WaitQueue::take_front(base::SteadyTime now) {
    look(now);
    const Ticket ticket = members_.front().ticket;
    members_.pop_front();
    if (members_.empty()) last_empty_ = now;
    return ticket;
}

std::optional<WaitQueue::Ticket> WaitQueue::pop(base::SteadyTime now) {
    if (members_.empty()) return std::nullopt;
    return take_front(now);
}

std::optional<WaitQueue::Ticket> WaitQueue::pop_overdue(base::SteadyTime now) {
    if (members_.empty() || now - members_.front().since <= patience(now)) return std::nullopt;
    return take_front(now);
}

void WaitQueue::remove(Ticket ticket, base::SteadyTime now) {
    const auto found = std::ranges::lower_bound(members_, ticket, {}, &Member::ticket);
    if (found == members_.end() || found->ticket != ticket) return;
    members_.erase(found);
    if (members_.empty()) last_empty_ = now;
}

bool WaitQueue::is_full(base::SteadyTime now) const {
    const bool stands = options_.tolerated > 0 && is_standing(now);
    return members_.size() >= (stands ? options_.tolerated : options_.max);
}

std::chrono::milliseconds WaitQueue::patience(base::SteadyTime now) const {
    if (members_.size() <= options_.tolerated) return options_.longest;
    return is_standing(now) ? options_.target : options_.interval;
}

}  // namespace guard
