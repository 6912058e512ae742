// How often something may happen per key in fixed windows that are aligned to the epoch (contract 1.11), with
// the part that other processes count. Pure: time is an argument. Safe from any thread: the keys are spread
// over shards with a short lock each.
//
// Per key and window: `used` was counted here, `held` may still turn out not to count, `told` of `used` is
// known to the others, `others` is what they have counted as far as we know. used + held + others never
// exceeds the limit here.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"

namespace guard {

struct RateLimiterOptions {
    std::int64_t max = 1000;  ///< per key and window; 0: there is no limit
    std::chrono::milliseconds window{900'000};
    /// Keys that are remembered. Beyond them those with the lowest counts are forgotten: who floods with new
    /// keys does not free a key that is near its limit.
    std::size_t keys_max = 65'536;
};

class RateLimiter {
public:
    explicit RateLimiter(RateLimiterOptions options);

    struct Verdict {
        bool is_allowed = true;
        std::int64_t remaining = 0;
        base::Time reset;         ///< end of the window
        std::int64_t window = 0;  ///< its number since the epoch
    };
    [[nodiscard]] bool is_on() const { return options_.max > 0; }
    [[nodiscard]] const RateLimiterOptions& options() const { return options_; }

    /// Counts one when that is within the limit. What is refused is not counted.
    Verdict take(std::string_view key, base::Time now) { return count(key, now, false); }
    /// As `take`, but whether it counts is told later, once, by `settle`.
    Verdict hold(std::string_view key, base::Time now) { return count(key, now, true); }
    /// The end of what was held in `window`. What counts although its window is over counts in the present
    /// one.
    void settle(std::string_view key, std::int64_t window, bool counts, base::Time now);

    /// What the other processes have not been told yet.
    struct Share {
        std::string key;
        std::int64_t window = 0;
        std::int64_t count = 0;
    };
    /// At most `most` of them; they count as told from now on.
    [[nodiscard]] std::vector<Share> collect(std::size_t most, base::Time now);
    /// All processes together, this one included, have counted `total` for the key of a share.
    void learn(const Share& share, std::int64_t total, base::Time now);
    /// Of the present window, for tests.
    [[nodiscard]] std::size_t keys() const;

private:
    struct Entry {
        std::int64_t used = 0;
        std::int64_t held = 0;
        std::int64_t told = 0;
        std::int64_t others = 0;
        bool is_listed = false;  ///< in `untold`
        [[nodiscard]] std::int64_t total() const { return used + held + others; }
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;
    struct Shard {
        mutable std::mutex mutex;
        std::int64_t window = 0;
        Entries entries;
        std::vector<Entries::value_type*> untold;
    };
    static constexpr std::size_t kShards = 16;

    Verdict count(std::string_view key, base::Time now, bool is_held);
    [[nodiscard]] Shard& shard_of(std::string_view key) { return shards_[Hash{}(key) % kShards]; }
    void turn(Shard& shard, base::Time now) const;
    Entries::value_type& entry_of(Shard& shard, std::string_view key) const;
    static void forget_lowest(Shard& shard);
    static void use(Shard& shard, Entries::value_type& entry);

    RateLimiterOptions options_;
    std::array<Shard, kShards> shards_;
};

}  // namespace guard
