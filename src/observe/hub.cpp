#include "observe/hub.hpp"

namespace observe {

Requests& Hub::make_requests() {
    const std::scoped_lock lock(mutex_);
    return *requests_.emplace_back(std::make_unique<Requests>(options_.routes));
}

LoopState& Hub::make_loop(std::string name) {
    const std::scoped_lock lock(mutex_);
    LoopState& loop = *loops_.emplace_back(std::make_unique<LoopState>());
    loop.name = std::move(name);
    return loop;
}

std::vector<RouteTotals> Hub::requests() const {
    std::vector<RouteTotals> totals(options_.routes + 1);
    const std::scoped_lock lock(mutex_);
    for (const auto& one : requests_)
        one->add_to(totals);
    return totals;
}

std::vector<RouteTotals> Hub::requests_since_reset() const {
    auto totals = requests();
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < requests_before_.size(); ++i)
        totals[i] -= requests_before_[i];
    return totals;
}

std::map<std::string, QueryTotals> Hub::queries_since_reset() const {
    auto totals = queries_.totals();
    const std::scoped_lock lock(mutex_);
    for (const auto& [name, before] : queries_before_) {
        QueryTotals& now = totals[name];
        now.durations -= before.durations;
        now.errors -= before.errors;
        now.slow -= before.slow;
    }
    return totals;
}

base::SteadyTime Hub::reset_at() const {
    const std::scoped_lock lock(mutex_);
    return reset_at_;
}

void Hub::reset(base::SteadyTime now) {
    auto all_requests = requests();
    auto all_queries = queries_.totals();
    slow_requests_.clear();
    queries_.forget_slow();
    const std::scoped_lock lock(mutex_);
    requests_before_ = std::move(all_requests);
    queries_before_ = std::move(all_queries);
    reset_at_ = now;
}

std::vector<const LoopState*> Hub::loops() const {
    std::vector<const LoopState*> out;
    const std::scoped_lock lock(mutex_);
    for (const auto& loop : loops_)
        out.push_back(loop.get());
    return out;
}

void Hub::add_span(Span span) {
    const std::scoped_lock lock(spans_mutex_);
    if (spans_.size() >= kSpansMax) {
        ++spans_dropped_;
        return;
    }
    spans_.push_back(std::move(span));
}

std::vector<Span> Hub::take_spans(std::size_t most) {
    std::vector<Span> out;
    const std::scoped_lock lock(spans_mutex_);
    while (!spans_.empty() && out.size() < most) {
        out.push_back(std::move(spans_.front()));
        spans_.pop_front();
    }
    return out;
}

}  // namespace observe
