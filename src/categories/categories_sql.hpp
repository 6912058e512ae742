// Statements of categories and the mapping of their rows.
#pragma once

#include <span>

#include "categories/categories.hpp"
#include "postgres/statement.hpp"

namespace categories::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user. One row per category; the first column is the library version.
extern const Statement kSelectAll;
extern const Statement kLockLibrary;
extern const Statement kInsert;
extern const Statement kUpdate;
extern const Statement kUpdateOrders;
extern const Statement kMoveChildrenToRoot;
extern const Statement kReassignBookmarks;
extern const Statement kDelete;
/// `$1` user, `$2` ids as texts: these categories live again.
extern const Statement kForgetTombstones;

[[nodiscard]] std::span<const Statement* const> all();
/// Reads a row of kSelectAll, from its second column on.
[[nodiscard]] Category read_category(const postgres::Row& row);
/// Reads what kSelectAll returned.
[[nodiscard]] Snapshot read_snapshot(const postgres::Rows& rows);

}  // namespace categories::sql
