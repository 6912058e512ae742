#include "resident/residents.hpp"

namespace resident {

namespace {
constexpr std::size_t kIdleMax = 10'000;
}

LibraryPointer Residents::find(base::UserId user) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(user.uuid);
    if (found == entries_.end() || !found->second.library) return nullptr;
    found->second.used = ++uses_;
    return found->second.library;
}

bool Residents::begin_load(base::UserId user, base::SteadyTime now) {
    if (!enabled()) return false;
    const std::lock_guard lock(mutex_);
    if (loading_ >= options_.loads_max) return false;
    if (entries_.size() >= kIdleMax) forget_idle(now);
    Entry& entry = entries_[user.uuid];
    if (entry.loading || entry.library || now < entry.not_before) return false;
    entry.loading = true;
    ++loading_;
    return true;
}

void Residents::end_load(base::UserId user, LibraryPointer library) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[user.uuid];
    entry.loading = false;
    --loading_;
    ++counters_.loads;
    store(entry, std::move(library));
}

void Residents::end_load(base::UserId user, Failure failure, base::SteadyTime now) {
    const std::lock_guard lock(mutex_);
    Entry& entry = entries_[user.uuid];
    entry.loading = false;
    --loading_;
    const bool is_error = failure == Failure::error;
    ++(is_error ? counters_.failures : counters_.refusals);
    entry.not_before = now + (is_error ? options_.pause_after_error : options_.pause_too_large);
}

void Residents::update(base::UserId user, LibraryPointer library) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(user.uuid);
    if (found == entries_.end() || !found->second.library) return;
    if (found->second.library->version >= library->version) return;
    ++counters_.updates;
    store(found->second, std::move(library));
    // It has grown beyond what may be kept.
    if (counters_.bytes > options_.budget_bytes) clear(found->second);
}

void Residents::drop(base::UserId user) {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(user.uuid);
    if (found != entries_.end() && found->second.library) clear(found->second);
}

void Residents::clear(Entry& entry) {
    counters_.bytes -= entry.bytes;
    --counters_.users;
    entry.library = nullptr;
    entry.bytes = 0;
}

void Residents::store(Entry& entry, LibraryPointer library) {
    if (!entry.library) ++counters_.users;
    counters_.bytes -= entry.bytes;
    entry.bytes = library->bytes();
    entry.library = std::move(library);
    entry.used = ++uses_;
    counters_.bytes += entry.bytes;
    evict(entry);
}

// Some hundred users fit: a walk over them is nothing beside a load.
void Residents::evict(const Entry& keep) {
    while (counters_.bytes > options_.budget_bytes) {
        Entry* oldest = nullptr;
        for (auto& [user, entry] : entries_)
            if (entry.library && &entry != &keep && (oldest == nullptr || entry.used < oldest->used))
                oldest = &entry;
        if (oldest == nullptr) return;
        ++counters_.evictions;
        clear(*oldest);
    }
}

void Residents::forget_idle(base::SteadyTime now) {
    std::erase_if(entries_, [now](const auto& item) {
        const Entry& entry = item.second;
        return !entry.library && !entry.loading && entry.not_before <= now;
    });
}

Counters Residents::counters() const {
    const std::lock_guard lock(mutex_);
    Counters out = counters_;
    out.answered = answered_;
    out.passed = passed_;
    return out;
}

}  // namespace resident
