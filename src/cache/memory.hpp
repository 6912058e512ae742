// The first tier: finished answers in the memory of the process, bounded in bytes. What goes first is what
// was not asked for since the hand last passed (SIEVE: Zhang et al., NSDI 2024), so that one pass over a
// large library does not drive out what is in use, and a hit moves nothing.
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "cache/answer.hpp"

namespace cache {

struct MemoryState {
    std::size_t entries = 0;
    std::size_t bytes = 0;
    std::uint64_t evicted = 0;
};

/// Thread-safe; shared by all workers of a process.
class Memory {
public:
    /// Holds at most `budget_bytes` of keys and answers, with the codings that the answers may still get; an
    /// answer of more than an eighth of a shard's part is not taken. `shards` 0: as many as suit the budget.
    explicit Memory(std::size_t budget_bytes, std::size_t shards = 0);

    /// Null: not there or expired.
    [[nodiscard]] AnswerPointer find(std::string_view key, base::Time now);
    /// Replaces what was there under this key.
    void insert(std::string key, AnswerPointer answer);
    /// Removes everything whose key begins so. Looks at all keys.
    void drop(std::string_view prefix);
    [[nodiscard]] MemoryState state() const;

private:
    struct Entry {
        std::string key;
        AnswerPointer answer;
        std::size_t bytes = 0;
        std::uint64_t hash = 0;
        bool visited = false;
    };
    using Order = std::list<Entry>;  ///< newest first
    struct HashedKey {
        std::string_view key;
        std::uint64_t hash = 0;
        bool operator==(const HashedKey& other) const { return key == other.key; }
    };
    struct KeyHash {
        std::size_t operator()(const HashedKey& key) const { return key.hash; }
    };
    struct Shard {
        mutable std::mutex mutex;
        Order order;
        Order::iterator hand = order.end();  ///< goes from the oldest to the newest; end: start over
        std::unordered_map<HashedKey, Order::iterator, KeyHash> by_key;
        std::size_t bytes = 0;
        std::uint64_t evicted = 0;
    };

    [[nodiscard]] Shard& shard_of(std::uint64_t hash);
    static void erase(Shard& shard, Order::iterator entry);
    static void evict_one(Shard& shard);
    void fit(Shard& shard) const;

    std::size_t shard_bytes_ = 0;
    std::vector<Shard> shards_;
};

}  // namespace cache
