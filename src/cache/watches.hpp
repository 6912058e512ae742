// Who waits for writes to a library or a job, and is told of them as this process hears of them: its own at
// their commit, those of other instances when they are announced.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>
#include <unordered_map>

#include "base/id.hpp"

namespace cache {

/// Thread-safe; shared by all workers of a process.
class Watches {
public:
    /// What is watched has this version, at least; `kUnknown`: nobody knows, look.
    using Heard = std::function<void(std::int64_t version)>;
    static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

    /// Ends with this object; afterwards `heard` is not called any more. The watches must outlive it.
    class Watch {
    public:
        Watch(Watches& watches, const base::Uuid& item, Heard heard);
        ~Watch();
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;

    private:
        friend class Watches;
        Watches& watches_;
        base::Uuid item_;
        /// Called on any thread, while the watches are locked: it must be quick and must not come back here.
        Heard heard_;
    };

    void raise(const base::Uuid& item, std::int64_t version);
    /// For everybody: `kUnknown`.
    void raise_all();

private:
    std::mutex mutex_;
    std::unordered_multimap<base::Uuid, Watch*, base::UuidHash> of_item_;
    std::atomic<std::size_t> count_{0};  ///< so that a write without watchers costs no lock
};

}  // namespace cache
