// Statements of API tokens, and the mapping of their rows.
#pragma once

#include <span>

#include "accounts/api_tokens.hpp"
#include "postgres/statement.hpp"

namespace accounts::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

extern const Statement kInsertApiToken;   ///< user, id, name, hash, prefix, scopes, now, expires?, most → id
extern const Statement kSelectApiTokens;  ///< user → tokens
extern const Statement kDeleteApiToken;   ///< user, id → id
/// hash → user, username, role, is_disabled, token id, scopes, expires?, last used?
extern const Statement kSelectApiTokenHolder;
extern const Statement kTouchApiToken;  ///< user, id, now

[[nodiscard]] std::span<const Statement* const> all_of_api_tokens();

[[nodiscard]] ApiToken read_api_token(const postgres::Row& row);
[[nodiscard]] base::Scopes read_scopes(const std::vector<std::string>& words);
[[nodiscard]] std::vector<std::string> write_scopes(const base::Scopes& scopes);

}  // namespace accounts::sql
