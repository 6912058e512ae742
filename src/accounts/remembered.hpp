// Credentials that were checked a moment ago. Bounded in number and in time: a session that was ended
// elsewhere is noticed within a second (contract 1.10). Some time before that one of its users is told that
// it is not known, and checks it again, while the others go on with what is known: else all of them would ask
// at once.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.hpp"
#include "base/principal.hpp"

namespace accounts {

/// Of one worker.
class RememberedCredentials {
public:
    static constexpr std::size_t kMax = 10'000;
    static constexpr std::chrono::milliseconds kFor{1'000};
    static constexpr std::chrono::milliseconds kFresh{700};

    /// Null: unknown, remembered too long ago, expired, or due for a check that nobody has begun. Valid until
    /// the next call.
    [[nodiscard]] const base::Principal* find(std::string_view credential, const base::Clock& clock) {
        const auto found = known_.find(credential);
        if (found == known_.end()) return nullptr;
        const Entry& entry = found->second;
        const base::SteadyTime now = clock.steady();
        if (now < entry.until && clock.now() < entry.principal.expires_at)
            return now < entry.fresh_until || entry.is_being_checked ? &entry.principal : nullptr;
        known_.erase(found);
        return nullptr;
    }

    /// It is being checked: until that ends with `keep` or `forget`, the others find what is known.
    void begin_check(std::string_view credential) {
        const auto found = known_.find(credential);
        if (found != known_.end()) found->second.is_being_checked = true;
    }

    void forget(std::string_view credential) {
        const auto found = known_.find(credential);
        if (found != known_.end()) known_.erase(found);
    }

    void keep(std::string credential, const base::Principal& principal, const base::Clock& clock) {
        const base::SteadyTime now = clock.steady();
        if (known_.size() >= kMax)
            std::erase_if(known_, [now](const auto& entry) { return now >= entry.second.until; });
        if (known_.size() >= kMax) known_.clear();
        known_.insert_or_assign(std::move(credential), Entry{principal, now + kFor, now + kFresh});
    }

    void clear() { known_.clear(); }

private:
    struct Entry {
        base::Principal principal;
        base::SteadyTime until;
        base::SteadyTime fresh_until;
        bool is_being_checked = false;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> known_;
};

}  // namespace accounts
