#include "cache/watches.hpp"

#include <utility>

namespace cache {

Watches::Watch::Watch(Watches& watches, const base::Uuid& item, Heard heard)
    : watches_(watches), item_(item), heard_(std::move(heard)) {
    const std::lock_guard lock(watches_.mutex_);
    watches_.of_item_.emplace(item_, this);
    watches_.count_.store(watches_.of_item_.size());
}

Watches::Watch::~Watch() {
    const std::lock_guard lock(watches_.mutex_);
    const auto [first, last] = watches_.of_item_.equal_range(item_);
    for (auto at = first; at != last; ++at) {
        if (at->second != this) continue;
        watches_.of_item_.erase(at);
        break;
    }
    watches_.count_.store(watches_.of_item_.size());
}

// A watch that is registered while this finds none reads the item afterwards, and finds the write there.
void Watches::raise(const base::Uuid& item, std::int64_t version) {
    if (count_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    const auto [first, last] = of_item_.equal_range(item);
    for (auto at = first; at != last; ++at)
        at->second->heard_(version);
}

void Watches::raise_all() {
    if (count_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [item, watch] : of_item_)
        watch->heard_(kUnknown);
}

}  // namespace cache
