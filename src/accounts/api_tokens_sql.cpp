#include "accounts/api_tokens_sql.hpp"

#include <algorithm>
#include <array>

namespace accounts::sql {

const Statement kInsertApiToken{
    "api_token.insert",
    "INSERT INTO api_tokens (user_id, id, name, token_hash, prefix, scopes, created_at, expires_at)"
    " SELECT $1, $2, $3, $4, $5, $6, $7, $8"
    " WHERE (SELECT count(*) FROM api_tokens WHERE user_id = $1) < $9 RETURNING id",
    {Type::uuid, Type::uuid, Type::text, Type::bytea, Type::text, Type::text_array, Type::timestamptz,
     Type::timestamptz, Type::int8},
    Access::write};

const Statement kSelectApiTokens{
    "api_token.select",
    "SELECT id, name, scopes, prefix, created_at, expires_at, last_used_at FROM api_tokens WHERE user_id = $1"
    " ORDER BY created_at DESC, id DESC",
    {Type::uuid},
    Access::read};

const Statement kDeleteApiToken{"api_token.delete",
                                "DELETE FROM api_tokens WHERE user_id = $1 AND id = $2 RETURNING id",
                                {Type::uuid, Type::uuid},
                                Access::write};

const Statement kSelectApiTokenHolder{
    "api_token.select_holder",
    "SELECT t.user_id, u.username, u.role, u.is_disabled, t.id, t.scopes, t.expires_at, t.last_used_at"
    " FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.token_hash = $1",
    {Type::bytea},
    Access::read};

// Of the workers of all instances that find it due at the same moment one writes.
const Statement kTouchApiToken{"api_token.touch",
                               "UPDATE api_tokens SET last_used_at = $3 WHERE user_id = $1 AND id = $2"
                               " AND (last_used_at IS NULL OR last_used_at < $3 - interval '1 minute')",
                               {Type::uuid, Type::uuid, Type::timestamptz},
                               Access::write};

std::span<const Statement* const> all_of_api_tokens() {
    static constexpr std::array kAll{&kInsertApiToken, &kSelectApiTokens, &kDeleteApiToken,
                                     &kSelectApiTokenHolder, &kTouchApiToken};
    return kAll;
}

base::Scopes read_scopes(const std::vector<std::string>& words) {
    const auto has = [&words](std::string_view word) {
        return std::ranges::find(words, word) != words.end();
    };
    return {.read = has("read"), .write = has("write"), .admin = has("admin")};
}

std::vector<std::string> write_scopes(const base::Scopes& scopes) {
    std::vector<std::string> words;
    if (scopes.read) words.emplace_back("read");
    if (scopes.write) words.emplace_back("write");
    if (scopes.admin) words.emplace_back("admin");
    return words;
}

ApiToken read_api_token(const postgres::Row& row) {
    return {.id = row.uuid(0),
            .name = std::string(row.text(1)),
            .scopes = read_scopes(row.texts(2)),
            .prefix = std::string(row.text(3)),
            .created_at = row.time(4),
            .expires_at = row.maybe_time(5),
            .last_used_at = row.maybe_time(6)};
}

}  // namespace accounts::sql
