#include "x/account_sql.hpp"

#include <array>

namespace x::sql {

#define ACCOUNT_COLUMNS                                                                                     \
    "user_id, x_user_id, username, status, app, scopes, dialect, access_token, refresh_token, expires_at, " \
    "generation, connected_at, last_sync_at"

const Statement kSelectAccount{"x_account.select",
                               "SELECT " ACCOUNT_COLUMNS " FROM x_accounts WHERE user_id = $1",
                               {Type::uuid},
                               Access::read};

const Statement kLockAccount{"x_account.lock",
                             "SELECT " ACCOUNT_COLUMNS " FROM x_accounts WHERE user_id = $1 FOR UPDATE",
                             {Type::uuid},
                             Access::write};

// A login through the app of the server says who somebody is. It does not replace a connection that works
// through the user's own app, whose reads are cheaper.
const Statement kUpsertAccount{
    "x_account.upsert",
    "INSERT INTO x_accounts AS a (user_id, x_user_id, username, status, app, scopes, access_token, refresh_token,"
    " expires_at, connected_at) VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $9)"
    " ON CONFLICT (user_id) DO UPDATE SET x_user_id = excluded.x_user_id, username = excluded.username,"
    "   status = 'active', app = excluded.app, scopes = excluded.scopes, access_token = excluded.access_token,"
    "   refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, generation = a.generation + 1,"
    "   connected_at = excluded.connected_at,"
    "   dialect = CASE WHEN a.x_user_id = excluded.x_user_id THEN a.dialect ELSE excluded.dialect END,"
    "   last_sync_at = CASE WHEN a.x_user_id = excluded.x_user_id THEN a.last_sync_at END"
    " WHERE NOT (a.app = 'own' AND a.status = 'active' AND excluded.app = 'shared'"
    "   AND a.x_user_id = excluded.x_user_id)",
    {Type::uuid, Type::text, Type::text, Type::text, Type::text_array, Type::bytea, Type::bytea,
     Type::timestamptz, Type::timestamptz},
    Access::write};

// The generation matters only when the lock was lost with its connection.
const Statement kUpdateTokens{
    "x_account.update_tokens",
    "UPDATE x_accounts SET access_token = $3, refresh_token = $4, expires_at = $5, generation = generation + 1,"
    " scopes = CASE WHEN cardinality($6::text[]) > 0 THEN $6 ELSE scopes END"
    " WHERE user_id = $1 AND generation = $2",
    {Type::uuid, Type::int8, Type::bytea, Type::bytea, Type::timestamptz, Type::text_array},
    Access::write};

const Statement kUpdateStatus{
    "x_account.update_status",
    "UPDATE x_accounts SET status = $3 WHERE user_id = $1 AND generation = $2 AND status <> $3",
    {Type::uuid, Type::int8, Type::text},
    Access::write};

const Statement kUpdateDialect{"x_account.update_dialect",
                               "UPDATE x_accounts SET dialect = $2 WHERE user_id = $1 AND dialect <> $2",
                               {Type::uuid, Type::text},
                               Access::write};

const Statement kUpdateSynced{"x_account.update_synced",
                              "UPDATE x_accounts SET last_sync_at = $2 WHERE user_id = $1",
                              {Type::uuid, Type::timestamptz},
                              Access::write};

const Statement kDeleteAccount{
    "x_account.delete", "DELETE FROM x_accounts WHERE user_id = $1", {Type::uuid}, Access::write};

const Statement kSelectApp{"x_app.select",
                           "SELECT secrets, redirect_uri FROM x_apps WHERE user_id = $1",
                           {Type::uuid},
                           Access::read};

const Statement kUpsertApp{
    "x_app.upsert",
    "INSERT INTO x_apps (user_id, secrets, redirect_uri, created_at, updated_at) VALUES ($1, $2, $3, $4, $4)"
    " ON CONFLICT (user_id) DO UPDATE SET secrets = excluded.secrets, redirect_uri = excluded.redirect_uri,"
    "   updated_at = excluded.updated_at",
    {Type::uuid, Type::bytea, Type::text, Type::timestamptz},
    Access::write};

const Statement kDeleteApp{
    "x_app.delete", "DELETE FROM x_apps WHERE user_id = $1", {Type::uuid}, Access::write};

// Tokens belong to the app that they were given to.
const Statement kUpdateAccountsApp{
    "x_account.update_app",
    "UPDATE x_accounts SET status = 'needs_reauth', generation = generation + 1 WHERE user_id = $1",
    {Type::uuid},
    Access::write};

const Statement kUpdateAccountsOwnApp{
    "x_account.update_own_app",
    "UPDATE x_accounts SET status = 'needs_reauth', generation = generation + 1 WHERE user_id = $1 AND app = 'own'",
    {Type::uuid},
    Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{
        &kSelectAccount, &kLockAccount,       &kUpsertAccount,       &kUpdateTokens, &kUpdateStatus,
        &kUpdateDialect, &kUpdateSynced,      &kDeleteAccount,       &kSelectApp,    &kUpsertApp,
        &kDeleteApp,     &kUpdateAccountsApp, &kUpdateAccountsOwnApp};
    return kAll;
}

StoredAccount read_account(const postgres::Row& row) {
    std::optional<std::string> refresh_token;
    if (!row.is_null(8)) refresh_token = std::string(row.bytes(8));
    return {.account = {.user = {row.uuid(0)},
                        .x_user_id = std::string(row.text(1)),
                        .username = std::string(row.text(2)),
                        .status = parse_status(row.text(3)),
                        .scopes = row.texts(5),
                        .uses_own_app = row.text(4) == "own",
                        .owns_app = row.text(4) == "own",
                        .dialect = parse_dialect(row.text(6)).value_or(Dialect::tweet),
                        .connected_at = row.time(11),
                        .last_sync_at = row.maybe_time(12)},
            .access_token = std::string(row.bytes(7)),
            .refresh_token = std::move(refresh_token),
            .expires_at = row.time(9),
            .generation = row.integer(10)};
}

}  // namespace x::sql
