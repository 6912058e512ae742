// Statements of connections to X and of own apps, and the mapping of their rows.
#pragma once

#include <span>

#include "postgres/statement.hpp"
#include "x/account.hpp"

namespace x::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

extern const Statement kSelectAccount;
extern const Statement kLockAccount;
extern const Statement kUpsertAccount;
extern const Statement kUpdateTokens;
extern const Statement kUpdateStatus;
extern const Statement kUpdateDialect;
extern const Statement kUpdateSynced;
extern const Statement kDeleteAccount;
extern const Statement kSelectApp;
extern const Statement kUpsertApp;
extern const Statement kDeleteApp;
extern const Statement kUpdateAccountsApp;
extern const Statement kUpdateAccountsOwnApp;

[[nodiscard]] std::span<const Statement* const> all();

/// A row as it is stored; tokens are sealed.
struct StoredAccount {
    Account account;
    std::string access_token;
    std::optional<std::string> refresh_token;
    base::Time expires_at{};
    std::int64_t generation = 0;
};
/// Reads the columns of kSelectAccount and kLockAccount.
[[nodiscard]] StoredAccount read_account(const postgres::Row& row);

}  // namespace x::sql
