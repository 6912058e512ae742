// What own exports carry beside bookmarks, categories and tags: settings, saved searches, past searches.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/history.hpp"
#include "search/saved_searches.hpp"
#include "transfer/record.hpp"

namespace transfer {

struct ImportParts {
    static constexpr std::size_t kSavedMax = search::SavedSearches::kMax;
    static constexpr std::size_t kHistoryMax = 10'000;

    std::vector<search::SavedSearch> saved_searches;
    std::vector<search::HistoryEntry> history;
    std::optional<std::string>
        settings;  ///< JSON object of the keys of contract 5.3 with values that they may have

    /// Adds an element; false when it cannot be read. Parts that are none of these are passed over.
    bool add(const PartRecord& part);
    [[nodiscard]] bool empty() const { return saved_searches.empty() && history.empty() && !settings; }
};

}  // namespace transfer
