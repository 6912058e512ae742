// What one process knows about the versions of its users' libraries. A cached answer is found under the
// version that this says, so everything that must be true of the cache hangs on it: a version here is never
// older than a write that this process acknowledged, and it is only used while announcements of others would
// be heard.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "cache/watches.hpp"

namespace cache {

struct VersionsOptions {
    /// How long a version may be used without having been read again: the bound for a writer that died
    /// between commit and announcement (design: 5 s; one is kept for the way of the answer).
    std::chrono::milliseconds trusted_for{4'000};
    std::size_t users_max = 200'000;
};

/// Thread-safe; shared by all workers of a process.
class Versions {
public:
    /// Taken before a read of the database begins, so that what it finds can be refused when an announcement
    /// may have been missed in between.
    struct Asked {
        std::uint64_t epoch = 0;
        base::SteadyTime at;
    };

    /// `watches`, which may be null, hears of every write that this process hears of.
    explicit Versions(VersionsOptions options = {}, Watches* watches = nullptr);

    /// The version that a request which starts now must see at least. Nothing: ask the database.
    [[nodiscard]] std::optional<std::int64_t> find(base::UserId user, base::SteadyTime now) const;
    [[nodiscard]] Asked ask(base::UserId user, base::SteadyTime now) const;
    /// A read that began at `asked` found this version.
    void learn(base::UserId user, std::int64_t version, const Asked& asked);
    /// A transaction that was sent at `at` committed this version.
    void raise(base::UserId user, std::int64_t version, base::SteadyTime at);
    /// Another instance announced this version. It may be late, and a later writer may have died without a
    /// word: it is a lower bound and no reason to trust for longer.
    void hear(base::UserId user, std::int64_t version);
    /// A write of this user has an unknown outcome.
    void forget(base::UserId user);
    /// Announcements of other instances are heard from now on, or no longer: then nothing is trusted, and
    /// what was known is forgotten.
    void set_listening(bool listening);
    [[nodiscard]] bool listening() const { return listening_.load(std::memory_order_acquire); }
    /// Users known.
    [[nodiscard]] std::size_t size() const;

private:
    struct Known {
        std::int64_t version = 0;
        /// What was committed before this moment is no newer than `version`. Never: do not use it yet.
        base::SteadyTime verified_at = base::SteadyTime::min();
    };
    struct Shard {
        mutable std::mutex mutex;
        std::unordered_map<base::Uuid, Known, base::UuidHash> users;
        std::uint64_t epoch = 0;  ///< raised whenever something known was dropped
    };

    [[nodiscard]] Shard& shard_of(base::UserId user);
    [[nodiscard]] const Shard& shard_of(base::UserId user) const;
    /// Drops what is known in a full shard.
    void make_room(Shard& shard, base::UserId user) const;

    VersionsOptions options_;
    Watches* watches_;
    std::vector<Shard> shards_;
    std::atomic<bool> listening_{false};
};

}  // namespace cache
