// Statements of suggestions.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace suggest::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// `$1` user, `$2` folded text, `$3` limit → username, display name, avatar, count: of authors whose username
/// or display name contains the text.
extern const Statement kSelectAuthors;
/// `$1` user, `$2` created since, `$3` limit → name, count.
extern const Statement kPopularTags;
/// The same parameters → username, display name, avatar, count.
extern const Statement kPopularAuthors;
/// `$1` user, `$2` created since → id, count.
extern const Statement kPopularCategories;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace suggest::sql
