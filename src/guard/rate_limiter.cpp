#include "guard/rate_limiter.hpp"

#include <algorithm>

namespace guard {
namespace {

using std::chrono::milliseconds;

std::int64_t window_of(base::Time now, milliseconds length) {
    return std::chrono::floor<milliseconds>(now.time_since_epoch()) / length;
}

}  // namespace

RateLimiter::RateLimiter(RateLimiterOptions options) : options_(options) {}

// A thread whose `now` is a moment old must not turn the window back; a clock that was set back may.
void RateLimiter::turn(Shard& shard, base::Time now) const {
    const std::int64_t window = window_of(now, options_.window);
    if (window == shard.window || window == shard.window - 1) return;
    shard.window = window;
    shard.untold.clear();
    shard.entries.clear();
}

RateLimiter::Entries::value_type& RateLimiter::entry_of(Shard& shard, std::string_view key) const {
    if (const auto found = shard.entries.find(key); found != shard.entries.end()) return *found;
    if (shard.entries.size() >= std::max<std::size_t>(options_.keys_max / kShards, 2)) forget_lowest(shard);
    return *shard.entries.emplace(key, Entry{}).first;
}

// Half of them at a time, so that the cost per new key stays small. Held ones stay: they will be settled.
void RateLimiter::forget_lowest(Shard& shard) {
    std::vector<std::int64_t> totals;
    totals.reserve(shard.entries.size());
    for (const auto& [key, entry] : shard.entries)
        totals.push_back(entry.total());
    const auto middle = totals.begin() + static_cast<std::ptrdiff_t>(totals.size() / 2);
    std::ranges::nth_element(totals, middle);
    std::size_t left = totals.size() / 2;
    shard.untold.clear();
    std::erase_if(shard.entries, [&](auto& item) {
        if (left == 0 || item.second.total() > *middle || item.second.held > 0) return false;
        --left;
        return true;
    });
    for (auto& item : shard.entries) {
        if (item.second.is_listed) shard.untold.push_back(&item);
    }
}

void RateLimiter::use(Shard& shard, Entries::value_type& item) {
    ++item.second.used;
    if (item.second.is_listed) return;
    item.second.is_listed = true;
    shard.untold.push_back(&item);
}

RateLimiter::Verdict RateLimiter::count(std::string_view key, base::Time now, bool is_held) {
    Verdict out;
    if (!is_on()) return out;
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    turn(shard, now);
    auto& item = entry_of(shard, key);
    Entry& entry = item.second;
    out.window = shard.window;
    out.reset = base::Time((shard.window + 1) * options_.window);
    const std::int64_t left = options_.max - entry.total();
    out.is_allowed = left > 0;
    out.remaining = std::max<std::int64_t>(left - 1, 0);
    if (!out.is_allowed) return out;
    if (is_held)
        ++entry.held;
    else
        use(shard, item);
    return out;
}

void RateLimiter::settle(std::string_view key, std::int64_t window, bool counts, base::Time now) {
    if (!is_on()) return;
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    turn(shard, now);
    if (shard.window == window) {
        const auto found = shard.entries.find(key);
        if (found != shard.entries.end() && found->second.held > 0) --found->second.held;
    }
    if (counts) use(shard, entry_of(shard, key));
}

std::vector<RateLimiter::Share> RateLimiter::collect(std::size_t most, base::Time now) {
    std::vector<Share> out;
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        turn(shard, now);
        while (!shard.untold.empty() && out.size() < most) {
            auto& [key, entry] = *shard.untold.back();
            shard.untold.pop_back();
            entry.is_listed = false;
            out.push_back({key, shard.window, entry.used - entry.told});
            entry.told = entry.used;
        }
    }
    return out;
}

// Counters only grow within a window: a smaller sum comes from a store that has lost its data.
void RateLimiter::learn(const Share& share, std::int64_t total, base::Time now) {
    Shard& shard = shard_of(share.key);
    const std::lock_guard lock(shard.mutex);
    turn(shard, now);
    if (shard.window != share.window) return;
    const auto found = shard.entries.find(share.key);
    if (found == shard.entries.end()) return;
    Entry& entry = found->second;
    entry.others = std::max(entry.others, total - entry.told);
}

std::size_t RateLimiter::keys() const {
    std::size_t out = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        out += shard.entries.size();
    }
    return out;
}

}  // namespace guard
