#include "cache/memory.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace cache {
namespace {

constexpr std::size_t kEntryOverheadBytes = 512;  ///< list and map nodes, the answer's own fields
constexpr std::size_t kShardsMax = 16;
constexpr std::size_t kShardBytesMin = std::size_t{4} << 20U;  ///< takes an answer of half a megabyte
constexpr std::size_t kLargestPart = 8;

std::uint64_t hash_of(std::string_view key) {
    return XXH3_64bits(key.data(), key.size());
}

std::size_t bytes_of(std::string_view key, const Answer& answer) {
    return key.size() + answer.size_bytes_max() + kEntryOverheadBytes;
}

std::size_t choose_shards(std::size_t budget_bytes, std::size_t wanted) {
    return wanted > 0 ? wanted : std::clamp<std::size_t>(budget_bytes / kShardBytesMin, 1, kShardsMax);
}

}  // namespace

Memory::Memory(std::size_t budget_bytes, std::size_t shards) : shards_(choose_shards(budget_bytes, shards)) {
    shard_bytes_ = budget_bytes / shards_.size();
}

Memory::Shard& Memory::shard_of(std::uint64_t hash) {
    // The map of the shard uses the low bits.
    return shards_[(hash >> 40U) % shards_.size()];
}

AnswerPointer Memory::find(std::string_view key, base::Time now) {
    const std::uint64_t hash = hash_of(key);
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.by_key.find({key, hash});
    if (found == shard.by_key.end()) return nullptr;
    Entry& entry = *found->second;
    if (now >= entry.answer->expires_at) {
        erase(shard, found->second);
        return nullptr;
    }
    entry.visited = true;
    return entry.answer;
}

void Memory::insert(std::string key, AnswerPointer answer) {
    const std::size_t bytes = bytes_of(key, *answer);
    if (bytes > shard_bytes_ / kLargestPart) return;
    const std::uint64_t hash = hash_of(key);
    Shard& shard = shard_of(hash);
    const std::lock_guard lock(shard.mutex);
    if (const auto found = shard.by_key.find({key, hash}); found != shard.by_key.end())
        erase(shard, found->second);
    shard.order.push_front({std::move(key), std::move(answer), bytes, hash, false});
    shard.by_key.emplace(HashedKey{shard.order.front().key, hash}, shard.order.begin());
    shard.bytes += bytes;
    fit(shard);
}

void Memory::drop(std::string_view prefix) {
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        for (auto entry = shard.order.begin(); entry != shard.order.end();) {
            const auto at = entry++;
            if (at->key.starts_with(prefix)) erase(shard, at);
        }
    }
}

void Memory::fit(Shard& shard) const {
    while (shard.bytes > shard_bytes_ && !shard.order.empty())
        evict_one(shard);
}

void Memory::erase(Shard& shard, Order::iterator entry) {
    shard.by_key.erase({entry->key, entry->hash});
    shard.bytes -= entry->bytes;
    if (shard.hand == entry) shard.hand = entry == shard.order.begin() ? shard.order.end() : std::prev(entry);
    shard.order.erase(entry);
}

void Memory::evict_one(Shard& shard) {
    auto hand = shard.hand == shard.order.end() ? std::prev(shard.order.end()) : shard.hand;
    while (hand->visited) {
        hand->visited = false;
        hand = hand == shard.order.begin() ? std::prev(shard.order.end()) : std::prev(hand);
    }
    shard.hand = hand;
    erase(shard, hand);
    ++shard.evicted;
}

MemoryState Memory::state() const {
    MemoryState sum;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum.entries += shard.order.size();
        sum.bytes += shard.bytes;
        sum.evicted += shard.evicted;
    }
    return sum;
}

}  // namespace cache
