// Statements of the analyzer: what its queries are tried with, what indexes there are, and those that are only
// imagined.
#pragma once

#include <span>
#include <string>

#include "postgres/connection.hpp"

namespace analyzer::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// → user: the one with the most bookmarks.
extern const Statement kSelectLargest;
/// `$1` user → username, email, X user id, version, search code, a job.
extern const Statement kSelectAccount;
/// `$1` user → name of a tag with few bookmarks.
extern const Statement kSelectRareTag;
/// `$1` user → id, post id, author, content of the newest bookmarks.
extern const Statement kSelectNewest;
/// → table, names of its columns, their collations (empty: the usual ones): of all tables.
extern const Statement kSelectColumns;
/// → index, table, method, condition, columns, their orders: of all valid indexes.
extern const Statement kSelectIndexes;
/// → the quoted schema of hypopg, or NULL; whether it could be installed.
extern const Statement kSelectHypopg;

[[nodiscard]] std::span<const Statement* const> all();

/// One that settings of the session are made with; `sql` is a constant.
[[nodiscard]] postgres::Command plain(std::string_view sql);
/// How `query` would run, without its text or that of its parameters: one JSON document. `runs`: it is run.
[[nodiscard]] postgres::Command explain(const postgres::Command& query, bool runs);
/// `schema`: as kSelectHypopg gives it. An index that is there for EXPLAIN in this session.
[[nodiscard]] postgres::Command imagine(const std::string& schema, const std::string& definition);
/// Forgets all of them.
[[nodiscard]] postgres::Command forget(const std::string& schema);

}  // namespace analyzer::sql
