// Accounts whose owner X vouches for.
#include "accounts/accounts.hpp"
#include "accounts/accounts_sql.hpp"

namespace accounts {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

namespace {

User read_with_version(const postgres::Row& row) {
    User user = sql::read_user(row);
    user.library_version = row.integer(sql::kVersionColumn);
    return user;
}

}  // namespace

Task<Result<User>> Accounts::insert_x_user(postgres::Transaction& tx, const XLogin& login) {
    const XProfile& profile = login.profile;
    auto checked = co_await tx.run(sql::kSelectConflicts,
                                   std::move(Params().text(profile.username).null(postgres::Type::text)));
    if (!checked) co_return std::unexpected(checked.error());
    const bool first = !(*checked)[0].boolean(0);
    if (!first && !login.may_sign_up)
        co_return fail(Errc::registration_disabled, "This server accepts no new accounts from X");
    const bool is_taken = (*checked)[0].boolean(1);
    const std::string name = is_taken ? profile.username + '_' + profile.id : profile.username;
    const base::Time now = clock_.now();
    const base::Uuid id = base::make_uuid(now);
    Commands insert;
    insert.push_back({sql::kInsertXUser,
                      std::move(Params()
                                    .uuid(id)
                                    .text(profile.id)
                                    .text(name)
                                    .text(profile.display_name)
                                    .text(profile.avatar_url)
                                    .text(base::to_string(first ? base::Role::admin : base::Role::user))
                                    .time(now)),
                      {}});
    add_library(id, now, insert);
    auto inserted = co_await tx.run(std::move(insert));
    if (!inserted) co_return std::unexpected(inserted.error());
    co_return sql::read_user((*inserted)[0][0]);
}

Task<Result<User>> Accounts::find_or_make_x_user(postgres::Transaction& tx, const XLogin& login) {
    // Logins of one X user at the same moment must not make two accounts.
    Commands find;
    find.push_back({sql::kLockRegistration, {}, {}});
    find.push_back({sql::kSelectUserByX, std::move(Params().text(login.profile.id)), {}});
    auto found = co_await tx.run(std::move(find));
    if (!found) co_return std::unexpected(found.error());
    std::optional<User> known;
    if (!(*found)[1].empty()) known = sql::read_user((*found)[1][0]);
    if (login.link && known && known->id != *login.link)
        co_return fail(Errc::x_account_already_linked, "This X account belongs to another account here");
    if (known && known->is_disabled) co_return fail(Errc::account_disabled, "This account is disabled");
    if (!known && !login.link) co_return co_await insert_x_user(tx, login);

    const XProfile& profile = login.profile;
    const base::Time now = clock_.now();
    auto updated =
        login.link
            ? co_await tx.run(
                  sql::kUpdateXLink,
                  std::move(
                      Params().uuid(login.link->uuid).text(profile.id).text(profile.avatar_url).time(now)))
            : co_await tx.run(sql::kUpdateXProfile, std::move(Params()
                                                                  .uuid(known->id.uuid)
                                                                  .text(profile.username)
                                                                  .text(profile.display_name)
                                                                  .text(profile.avatar_url)
                                                                  .time(now)));
    if (!updated) co_return std::unexpected(updated.error());
    if (updated->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return read_with_version((*updated)[0]);
}

Task<Result<Login>> Accounts::log_in_with_x(XLogin login, postgres::Also<base::UserId> also, Origin origin) {
    const base::SteadyTime sent = announcer_.now();
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto user = co_await find_or_make_x_user(*tx, login);
    if (!user) co_return std::unexpected(user.error());
    Commands commands;
    also(user->id, commands);
    if (!commands.empty()) {
        if (auto done = co_await tx->run(std::move(commands)); !done) co_return std::unexpected(done.error());
    }
    const base::UserId id = user->id;
    const auto version = user->library_version;
    auto opened = co_await open_session(*tx, *std::move(user), std::move(origin), "x");
    if (!opened) announcer_.uncertain(id);
    if (opened && version) announcer_.committed(id, *version, sent);
    forget_credentials();
    co_return opened;
}

Task<Result<void>> Accounts::unlink_x(base::UserId user, Commands also) {
    auto found = co_await get(user);
    if (!found) co_return std::unexpected(found.error());
    const base::Error last{Errc::last_login_method,
                           "Without X nobody could log in to this account: set a password first"};
    if (found->password_hash.empty()) co_return std::unexpected(last);
    Commands commands;
    commands.push_back({sql::kDeleteXLink, std::move(Params().uuid(user.uuid).time(clock_.now())), {}});
    for (auto& command : also)
        commands.push_back(std::move(command));
    auto done = co_await write(user, std::move(commands), 0);
    forget_credentials();
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>{};
}

}  // namespace accounts
