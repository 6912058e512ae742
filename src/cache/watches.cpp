#include "cache/watches.hpp"

#include <utility>

namespace cache {

Watches::Watch::Watch(Watches& watches, base::UserId user, Heard heard)
    : watches_(watches), user_(user), heard_(std::move(heard)) {
    const std::lock_guard lock(watches_.mutex_);
    watches_.of_user_.emplace(user_.uuid, this);
    watches_.count_.store(watches_.of_user_.size());
}

Watches::Watch::~Watch() {
    const std::lock_guard lock(watches_.mutex_);
    const auto [first, last] = watches_.of_user_.equal_range(user_.uuid);
    for (auto at = first; at != last; ++at) {
        if (at->second != this) continue;
        watches_.of_user_.erase(at);
        break;
    }
    watches_.count_.store(watches_.of_user_.size());
}

// A watch that is registered while this finds none reads the library afterwards, and finds the write there.
void Watches::raise(base::UserId user, std::int64_t version) {
    if (count_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    const auto [first, last] = of_user_.equal_range(user.uuid);
    for (auto at = first; at != last; ++at)
        at->second->heard_(version);
}

void Watches::raise_all() {
    if (count_.load() == 0) return;
    const std::lock_guard lock(mutex_);
    for (const auto& [user, watch] : of_user_)
        watch->heard_(kUnknown);
}

}  // namespace cache
