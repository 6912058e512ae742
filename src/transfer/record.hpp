// What every import format is turned into.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bookmarks/bookmark.hpp"

namespace transfer {

/// One bookmark of an import file.
struct Record {
    std::int64_t line = 0;  ///< line of line formats (1-based), index of the record for JSON arrays (0-based)
    bookmarks::Draft draft;
    /// Names from the root down; empty for none. Categories are created when missing.
    std::vector<std::string> category_path;
    std::optional<std::string> category_color;
    std::optional<std::string> category_icon;
    /// Only own exports carry these; they are restored when free.
    std::optional<base::Uuid> id;
    std::optional<base::Time> created_at;
    std::optional<base::Time> updated_at;
    std::optional<std::uint64_t> sort_index;  ///< X's order key, larger is newer; never a time
};

/// A category of an own export.
struct CategoryRecord {
    std::string name;
    std::optional<std::string> description;
    std::optional<std::string> color;
    std::optional<std::string> icon;
    std::vector<std::string> path;  ///< with the name last, when the file says it
    std::optional<base::Uuid> id;
    std::optional<base::Uuid> parent_id;
    std::optional<std::int64_t> order;
    bool is_default = false;
    std::optional<base::Time> created_at;
    std::optional<base::Time> updated_at;
};

/// Anything else that an own export carries, for the writer to restore.
struct PartRecord {
    std::string part;  ///< `metadata`, `tags`, `tagDetails`, `searchHistory`, `savedSearches` or `settings`
    std::string json;  ///< one element of the part, or the part itself when it is one object; valid JSON
};

/// A record that could not be read. It never stops an import.
struct RecordError {
    std::int64_t line = 0;
    std::string field;    ///< may be empty
    std::string code;     ///< `invalid_json`, `missing_id`, `too_big`, `invalid_url`, `not_an_object` …
    std::string message;  ///< for a person; never contains post text
};

/// What a reader of a format calls. A missing function means that its caller has no use for that.
struct Sink {
    std::function<void(Record&&)> record;
    std::function<void(CategoryRecord&&)> category;
    std::function<void(RecordError&&)> error;
    std::function<void(std::string_view message)> warning;
    std::function<void(PartRecord&&)> part;
    /// Categories were handed out in front of everything else, and that was all of them.
    std::function<void()> categories_end;
};

}  // namespace transfer
