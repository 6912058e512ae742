#include "cache/versions.hpp"

#include <algorithm>

namespace cache {
namespace {

constexpr std::size_t kShards = 64;

}  // namespace

Versions::Versions(VersionsOptions options, Watches* watches)
    : options_(options), watches_(watches), shards_(kShards) {}

Versions::Shard& Versions::shard_of(base::UserId user) {
    return shards_[base::UuidHash{}(user.uuid) / 7 % kShards];
}

const Versions::Shard& Versions::shard_of(base::UserId user) const {
    return shards_[base::UuidHash{}(user.uuid) / 7 % kShards];
}

std::optional<std::int64_t> Versions::find(base::UserId user, base::SteadyTime now) const {
    if (!listening()) return {};
    const Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.users.find(user.uuid);
    if (found == shard.users.end() || found->second.verified_at == base::SteadyTime::min()) return {};
    if (now - found->second.verified_at >= options_.trusted_for) return {};
    return found->second.version;
}

Versions::Asked Versions::ask(base::UserId user, base::SteadyTime now) const {
    const Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    return {shard.epoch, now};
}

void Versions::learn(base::UserId user, std::int64_t version, const Asked& asked) {
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    if (!listening()) return;
    if (shard.epoch == asked.epoch) make_room(shard, user);
    if (shard.epoch != asked.epoch) {
        // Something was dropped since, perhaps an announcement about this very user: this may not be the
        // newest version. But the library has reached it, and whoever was shown it must not see less.
        const auto found = shard.users.find(user.uuid);
        if (found != shard.users.end()) found->second.version = std::max(found->second.version, version);
        return;
    }
    Known& known = shard.users[user.uuid];
    // A read that was overtaken by a write says nothing about now.
    if (version < known.version) return;
    known.version = version;
    known.verified_at = std::max(known.verified_at, asked.at);
}

void Versions::raise(base::UserId user, std::int64_t version, base::SteadyTime at) {
    if (watches_ != nullptr) watches_->raise(user.uuid, version);
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    make_room(shard, user);
    Known& known = shard.users[user.uuid];
    if (version < known.version) return;
    known.version = version;
    known.verified_at = std::max(known.verified_at, at);
}

void Versions::hear(base::UserId user, std::int64_t version) {
    raise(user, version, base::SteadyTime::min());
}

void Versions::forget(base::UserId user) {
    if (watches_ != nullptr) watches_->raise(user.uuid, Watches::kUnknown);
    Shard& shard = shard_of(user);
    const std::lock_guard lock(shard.mutex);
    shard.users.erase(user.uuid);
    ++shard.epoch;
}

void Versions::set_listening(bool listening) {
    // Not trusted before the epochs have moved, and no more once they begin to.
    listening_.store(false, std::memory_order_release);
    for (Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        shard.users.clear();
        ++shard.epoch;
    }
    listening_.store(listening, std::memory_order_release);
    // Something may have been missed, and how to go on is another question now.
    if (watches_ != nullptr) watches_->raise_all();
}

std::size_t Versions::size() const {
    std::size_t sum = 0;
    for (const Shard& shard : shards_) {
        const std::lock_guard lock(shard.mutex);
        sum += shard.users.size();
    }
    return sum;
}

// Dropping single users would need their last announcement to be remembered; dropping a shard as a whole
// needs one number.
void Versions::make_room(Shard& shard, base::UserId user) const {
    if (shard.users.contains(user.uuid)) return;
    if (shard.users.size() < std::max<std::size_t>(1, options_.users_max / kShards)) return;
    shard.users.clear();
    ++shard.epoch;
}

}  // namespace cache
