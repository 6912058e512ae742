// What every list needs of a library beside its rows, remembered between requests: whoever reads with it gets
// the version in the same statement as the rows and compares.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.hpp"
#include "categories/categories.hpp"

namespace bookmarks {

/// The library row and the categories, of one moment.
struct Library {
    std::string lexeme_prefix;
    std::int64_t active_count = 0;
    std::int64_t archived_count = 0;
    categories::Snapshot categories;  ///< with the version
    /// No text of the library exceeds a tsvector; false also when that was not asked for.
    bool fits_vectors = false;
    std::optional<std::vector<std::string>> tag_names;  ///< when a query has asked for them
};
using LibraryPointer = std::shared_ptr<const Library>;

/// Of one worker; bounded in number.
class Libraries {
public:
    static constexpr std::size_t kMax = 10'000;
    static constexpr std::size_t kTagNamesMax = 1000;  ///< of a library that are remembered

    /// Null: not known.
    [[nodiscard]] LibraryPointer find(base::UserId user) const {
        const auto found = known_.find(user.uuid);
        return found == known_.end() ? nullptr : found->second;
    }
    void keep(base::UserId user, LibraryPointer library) {
        if (known_.size() >= kMax && !known_.contains(user.uuid)) known_.clear();
        known_.insert_or_assign(user.uuid, std::move(library));
    }
    void forget(base::UserId user) { known_.erase(user.uuid); }

private:
    std::unordered_map<base::Uuid, LibraryPointer, base::UuidHash> known_;
};

}  // namespace bookmarks
