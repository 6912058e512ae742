#include "accounts/api_tokens.hpp"

#include "accounts/api_tokens_sql.hpp"
#include "base/encoding.hpp"
#include "base/random.hpp"

namespace accounts {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Params;

constexpr std::size_t kTokenBytes = 32;
constexpr std::size_t kShown = 12;  ///< characters of a token that are kept to recognise it
constexpr std::chrono::minutes kTouchInterval{1};
/// Of what never expires: far enough, and still a date.
constexpr base::Time kNever = std::chrono::sys_days{std::chrono::year{9999} / 1 / 1};

// 32 random bytes cannot be guessed from their hash: it needs neither salt nor slowness, and is looked up as
// it is.
std::string hash_of(std::string_view token) {
    return std::string(base::as_chars(base::sha256(token)));
}

}  // namespace

Task<Result<NewApiToken>> ApiTokens::make(base::UserId user, std::string name, base::Scopes scopes,
                                          std::optional<base::Time> expires_at) {
    const base::Time now = clock_.now();
    NewApiToken made{.token = std::string(kApiTokenPrefix) + base::random_base64url(kTokenBytes),
                     .about = {.id = base::make_uuid(now),
                               .name = std::move(name),
                               .scopes = scopes,
                               .prefix = {},
                               .created_at = now,
                               .expires_at = expires_at,
                               .last_used_at = {}}};
    made.about.prefix = made.token.substr(0, kShown);
    const auto rows =
        co_await database_.run(sql::kInsertApiToken, std::move(Params()
                                                                   .uuid(user.uuid)
                                                                   .uuid(made.about.id)
                                                                   .text(made.about.name)
                                                                   .bytea(hash_of(made.token))
                                                                   .text(made.about.prefix)
                                                                   .text_array(sql::write_scopes(scopes))
                                                                   .time(now)
                                                                   .time(expires_at)
                                                                   .int8(kMaxPerUser)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::invalid_token_data, "There are 100 API tokens; delete one first");
    co_return made;
}

Task<Result<std::vector<ApiToken>>> ApiTokens::list(base::UserId user) {
    const auto rows = co_await database_.run(sql::kSelectApiTokens, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    std::vector<ApiToken> tokens;
    for (std::size_t i = 0; i < rows->size(); ++i)
        tokens.push_back(sql::read_api_token((*rows)[i]));
    co_return tokens;
}

Task<Result<void>> ApiTokens::remove(base::UserId user, base::Uuid id) {
    const auto rows =
        co_await database_.run(sql::kDeleteApiToken, std::move(Params().uuid(user.uuid).uuid(id)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::token_not_found, "There is no such API token");
    co_return Result<void>{};
}

Task<Result<base::Principal>> ApiTokens::check(std::string token) {
    const auto rows =
        co_await database_.run(sql::kSelectApiTokenHolder, std::move(Params().bytea(hash_of(token))));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::invalid_token, "This API token is not known");
    const postgres::Row row = (*rows)[0];
    const base::Time now = clock_.now();
    const auto expires_at = row.maybe_time(6);
    if (expires_at && now >= *expires_at) co_return fail(Errc::token_expired, "This API token has expired");
    if (row.boolean(3)) co_return fail(Errc::account_disabled, "This account is disabled");
    const base::Role role = row.text(2) == "admin" ? base::Role::admin : base::Role::user;
    base::Scopes scopes = sql::read_scopes(row.texts(5));
    // What an account may not do any more, its tokens may not either.
    scopes.admin = scopes.admin && role == base::Role::admin;
    base::Principal principal{.user = {row.uuid(0)},
                              .session = {},
                              .username = std::string(row.text(1)),
                              .role = role,
                              .credential = base::Credential::api_token,
                              .scopes = scopes,
                              .expires_at = expires_at.value_or(kNever)};
    const auto used = row.maybe_time(7);
    if (!used || now - *used > kTouchInterval) {
        const auto touched = co_await database_.run(
            sql::kTouchApiToken, std::move(Params().uuid(principal.user.uuid).uuid(row.uuid(4)).time(now)));
        if (!touched) co_return std::unexpected(touched.error());
    }
    co_return principal;
}

}  // namespace accounts
