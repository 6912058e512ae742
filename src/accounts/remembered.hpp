// Credentials that were checked a moment ago. Bounded in number and in time: a session that was ended
// elsewhere is noticed within a second (contract 1.10).
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

    /// Null: unknown, remembered too long ago, or expired. Valid until the next call.
    [[nodiscard]] const base::Principal* find(std::string_view credential, const base::Clock& clock) {
        const auto found = known_.find(credential);
        if (found == known_.end()) return nullptr;
        if (clock.steady() < found->second.until && clock.now() < found->second.principal.expires_at)
            return &found->second.principal;
        known_.erase(found);
        return nullptr;
    }

    void keep(std::string credential, const base::Principal& principal, const base::Clock& clock) {
        const base::SteadyTime now = clock.steady();
        if (known_.size() >= kMax)
            std::erase_if(known_, [now](const auto& entry) { return now >= entry.second.until; });
        if (known_.size() >= kMax) known_.clear();
        known_.insert_or_assign(std::move(credential), Entry{principal, now + kFor});
    }

    void clear() { known_.clear(); }

private:
    struct Entry {
        base::Principal principal;
        base::SteadyTime until;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    std::unordered_map<std::string, Entry, Hash, std::equal_to<>> known_;
};

}  // namespace accounts
