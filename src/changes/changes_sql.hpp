// Statements of the change feed and the mapping of their rows.
#pragma once

#include <span>
#include <string_view>

#include "base/id.hpp"
#include "categories/categories.hpp"
#include "changes/changes.hpp"
#include "postgres/statement.hpp"

namespace changes::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// What items embed.
struct Context {
    base::UserId user;
    categories::Snapshot categories;
};

/// One kind of item, or the tombstones. Its statements have `$1` user, `$2` since, `$3` limit, and give rows
/// by ascending version; each needs an index on (user_id, library_version).
struct Source {
    const Statement& ids;  ///< → as `read_ids`
    const Statement& full;
    int version_column;                                                ///< of `full`
    Change (*read)(const postgres::Row& row, const Context& context);  ///< of `full`
};

/// Every kind there is: a new one is one more line here.
[[nodiscard]] std::span<const Source> sources();

/// version, type, id, when, whether it is gone.
inline constexpr int kIdsVersionColumn = 0;
[[nodiscard]] Change read_ids(const postgres::Row& row);

/// `$1` user → version.
extern const Statement kSelectVersion;
/// `$1` user → the newest version of a tombstone that was removed.
extern const Statement kSelectOldest;
/// `$1` user → as `read_categories`.
extern const Statement& kSelectCategories;
[[nodiscard]] categories::Snapshot read_categories(const postgres::Rows& rows);

extern const Statement kLockLibrary;
/// `$1` before when, `$2` of how many tombstones → users whose tombstones are older.
extern const Statement kSelectSweepable;
/// `$1` user, `$2` before when, `$3` how many at most → how many were removed. Under the lock of the library.
extern const Statement kSweep;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace changes::sql
