// Statements of idempotency keys.
#pragma once

#include <span>

#include "postgres/statement.hpp"

namespace idempotency::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

/// Commits of what is lost with the machine need not wait for the disk: for the transaction that follows it.
extern const Statement kDoNotWait;
/// `$1` user, `$2` key hash, `$3` body hash, `$4` token, `$5` held until, `$6` expires at, `$7` now → the
/// token when the key was free, given up or expired; else no row.
extern const Statement kClaim;
/// `$1` user, `$2` key hash → body hash, status, content type, body, location.
extern const Statement kSelect;
/// `$1` user, `$2` key hash, `$3` token, `$4` status, `$5` content type, `$6` body, `$7` location. Fails when
/// the token does not hold the key.
extern const Statement kFinish;
/// `$1` user, `$2` key hash, `$3` token: gives the key back unless an answer was stored.
extern const Statement kRelease;
/// `$1` now, `$2` how many at most.
extern const Statement kDeleteExpired;

[[nodiscard]] std::span<const Statement* const> all();

}  // namespace idempotency::sql
