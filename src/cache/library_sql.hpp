// Statements about the version of a library, for whoever commits a write.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace cache::sql {

/// `$1` user, `$2` by how much. Before the rows of a write, whose triggers take the numbers after theirs.
extern const postgres::Statement kRaiseVersion;
/// `$1` user → version.
extern const postgres::Statement kSelectVersion;

[[nodiscard]] std::span<const postgres::Statement* const> all();

}  // namespace cache::sql
