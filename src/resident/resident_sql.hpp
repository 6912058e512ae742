// Statements that read a library for memory, and the mapping of their rows.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "postgres/connection.hpp"
#include "resident/segment.hpp"

namespace resident::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// First in a transaction: all its statements see one moment.
extern const Statement kOneMoment;
/// `$1` user → version, number of bookmarks.
extern const Statement kSelectLibrary;
/// `$1` user, `$2`–`$4` key of the row in front, `$5` how many → documents in the order of the list.
extern const Statement kSelectNext;
/// `$1` user, `$2` version, `$3` how many → documents that were written behind that version; the version and
/// the number of bookmarks of the library in each row, and in a row without document when there is none.
extern const Statement kSelectWritten;
/// `$1` user, `$2` version → version of the library and id of a bookmark that was removed behind that
/// version, or null.
extern const Statement kSelectRemoved;
/// `$1` user, `$2` ids → the columns of bookmarks::sql::read_bookmark and kVersionColumn; one row without
/// bookmark when there is none.
extern const Statement kSelectPage;
inline constexpr int kPageVersionColumn = 28;

/// Of the columns of a document: where the version and the number of bookmarks stand in kSelectWritten.
inline constexpr int kWrittenVersionColumn = 17;
inline constexpr int kWrittenCountColumn = 18;

/// Views into `row`, whose result must outlive it.
[[nodiscard]] Document read_document(const postgres::Row& row);

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace resident::sql
