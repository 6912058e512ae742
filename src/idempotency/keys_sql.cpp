#include "idempotency/keys_sql.hpp"

#include <array>

namespace idempotency::sql {

const Statement kDoNotWait{
    "idempotency.do_not_wait", "SELECT set_config('synchronous_commit', 'off', true)", {}, Access::write};

const Statement kClaim{
    "idempotency.claim",
    "INSERT INTO idempotency_keys AS k (user_id, key_hash, body_hash, token, held_until, expires_at)"
    " VALUES ($1, $2, $3, $4, $5, $6)"
    " ON CONFLICT (user_id, key_hash) DO UPDATE SET body_hash = excluded.body_hash, token = excluded.token,"
    " held_until = excluded.held_until, expires_at = excluded.expires_at, status = NULL, content_type = NULL,"
    " body = NULL, location = NULL"
    " WHERE k.expires_at <= $7 OR (k.status IS NULL AND k.held_until <= $7)"
    " RETURNING k.token",
    {Type::uuid, Type::bytea, Type::bytea, Type::uuid, Type::timestamptz, Type::timestamptz,
     Type::timestamptz},
    Access::write};

const Statement kSelect{"idempotency.select",
                        "SELECT body_hash, status, content_type, body, location FROM idempotency_keys"
                        " WHERE user_id = $1 AND key_hash = $2",
                        {Type::uuid, Type::bytea},
                        Access::read};

const Statement kFinish{
    "idempotency.finish",
    "SELECT 1 FROM finish_idempotent_call($1, $2, $3, $4, $5, $6, $7)",
    {Type::uuid, Type::bytea, Type::uuid, Type::int4, Type::text, Type::bytea, Type::text},
    Access::write};

const Statement kRelease{"idempotency.release",
                         "DELETE FROM idempotency_keys"
                         " WHERE user_id = $1 AND key_hash = $2 AND token = $3 AND status IS NULL",
                         {Type::uuid, Type::bytea, Type::uuid},
                         Access::write};

const Statement kDeleteExpired{
    "idempotency.delete_expired",
    "DELETE FROM idempotency_keys k USING (SELECT user_id, key_hash FROM idempotency_keys WHERE expires_at <= $1"
    " ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED) AS old"
    " WHERE k.user_id = old.user_id AND k.key_hash = old.key_hash",
    {Type::timestamptz, Type::int8},
    Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kDoNotWait, &kClaim, &kSelect, &kFinish, &kRelease, &kDeleteExpired};
    return kAll;
}

}  // namespace idempotency::sql
