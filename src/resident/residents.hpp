// The libraries that are in memory, of all users of the process, within a number of bytes. Who was not heard
// of for longest makes room.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "resident/library.hpp"

namespace resident {

/// What happened since the start of the process.
struct Counters {
    std::uint64_t answered = 0;  ///< lists that came from memory
    std::uint64_t passed = 0;    ///< lists that were left to PostgreSQL
    std::uint64_t loads = 0;     ///< libraries that were loaded
    std::uint64_t failures = 0;  ///< loads that an error ended
    std::uint64_t refusals = 0;  ///< loads of libraries that were too large
    std::uint64_t updates = 0;   ///< libraries that were brought to a newer version
    std::uint64_t evictions = 0;
    std::uint64_t users = 0;  ///< with a library in memory now
    std::uint64_t bytes = 0;  ///< of these
};

struct ResidentsOptions {
    std::size_t budget_bytes = 0;  ///< 0: nothing is ever kept
    std::size_t loads_max = 2;     ///< at a time
    /// How long a library is left alone after its load failed, or after it was found to be too large.
    std::chrono::milliseconds pause_after_error{5'000};
    std::chrono::milliseconds pause_too_large{600'000};
};

/// Thread-safe; shared by all workers. No call waits for anything but the mutex.
class Residents {
public:
    explicit Residents(ResidentsOptions options) : options_(options) {}

    [[nodiscard]] bool enabled() const { return options_.budget_bytes > 0; }
    [[nodiscard]] std::size_t budget_bytes() const { return options_.budget_bytes; }
    /// Null: not in memory.
    [[nodiscard]] LibraryPointer find(base::UserId user);
    /// Whether the caller is to load the library, and then to call one of the `end_load`.
    [[nodiscard]] bool begin_load(base::UserId user, base::SteadyTime now);
    void end_load(base::UserId user, LibraryPointer library);
    enum class Failure : std::uint8_t { error, too_large };
    void end_load(base::UserId user, Failure failure, base::SteadyTime now);
    /// Replaces a library that is in memory unless that one is newer.
    void update(base::UserId user, LibraryPointer library);
    void drop(base::UserId user);
    void count_answer(bool from_memory) { ++(from_memory ? answered_ : passed_); }
    [[nodiscard]] Counters counters() const;

private:
    struct Entry {
        LibraryPointer library;
        std::size_t bytes = 0;
        std::uint64_t used = 0;  ///< number of the last use
        bool loading = false;
        base::SteadyTime not_before{};  ///< of a load
    };

    void store(Entry& entry, LibraryPointer library);
    void clear(Entry& entry);
    void evict(const Entry& keep);
    /// Entries without a library are kept for their pause only.
    void forget_idle(base::SteadyTime now);

    const ResidentsOptions options_;
    mutable std::mutex mutex_;
    std::unordered_map<base::Uuid, Entry, base::UuidHash> entries_;
    std::uint64_t uses_ = 0;
    std::size_t loading_ = 0;
    Counters counters_;
    std::atomic<std::uint64_t> answered_{0};
    std::atomic<std::uint64_t> passed_{0};
};

}  // namespace resident
