// Statements of accounts and sessions, and the mapping of their rows.
#pragma once

#include <span>

#include "accounts/accounts.hpp"
#include "postgres/statement.hpp"

namespace accounts::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

extern const Statement kLockRegistration;
extern const Statement kSelectConflicts;
extern const Statement kInsertUser;
extern const Statement kInsertLibrary;
extern const Statement kInsertDefaultCategories;
extern const Statement kSelectUserById;
extern const Statement kSelectUserByLogin;
extern const Statement kSelectUsers;
extern const Statement kSelectAnyUser;
extern const Statement kUpdateSettings;
extern const Statement kUpdatePassword;
extern const Statement kInsertSession;
extern const Statement kDeleteSurplusSessions;
extern const Statement kInsertRefreshToken;
extern const Statement kSelectRefreshToken;
extern const Statement kSpendRefreshToken;
extern const Statement kSelectSessions;   ///< user, now → sessions
extern const Statement kSelectLastAdmin;  ///< user → whether there is no other administrator
extern const Statement kAllowLong;
extern const Statement kLockIfAdmin;
extern const Statement kLockLibrary;
extern const Statement kDeleteUser;  ///< user → id
extern const Statement kDeleteSession;
extern const Statement kDeleteSessions;
extern const Statement kDeleteOtherSessions;
extern const Statement kSelectTokenHolder;
extern const Statement kSelectCookieHolder;
extern const Statement kTouchSession;
extern const Statement kSelectUserByX;
extern const Statement kInsertXUser;
extern const Statement kUpdateXLink;
extern const Statement kUpdateXProfile;
extern const Statement kDeleteXLink;

/// All statements of this feature, for the test that prepares each one.
[[nodiscard]] std::span<const Statement* const> all();

/// The version of the library, behind the user's columns, in kSelectUserById, kUpdateSettings and kUpdateX….
inline constexpr int kVersionColumn = 12;

/// Reads the columns of the kSelectUser… statements.
[[nodiscard]] User read_user(const postgres::Row& row);
[[nodiscard]] Session read_session(const postgres::Row& row);
[[nodiscard]] Settings read_settings(std::string_view json);
[[nodiscard]] std::string write_settings(const Settings& settings);

}  // namespace accounts::sql
