#include "commands.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstdio>
#include <exception>
#include <functional>

#include <fmt/format.h>

#include "accounts/accounts.hpp"
#include "app.hpp"
#include "base/log.hpp"
#include "cache/announcements.hpp"
#include "command_stores.hpp"
#include "http/response.hpp"
#include "password_prompt.hpp"
#include "stores.hpp"
#include "transfer/export_command.hpp"
#include "transfer/import_command.hpp"

namespace app {
namespace {

using Outcome = std::expected<void, std::string>;

constexpr int kWrongArguments = 2;

int report(const Outcome& outcome) {
    if (outcome) return 0;
    std::fputs(fmt::format("xbookmarker: {}\n", outcome.error()).c_str(), stderr);
    return 1;
}

/// What a person is told of an error that a feature returned.
std::unexpected<std::string> explain(const base::Error& error) {
    return std::unexpected(
        std::string(error.text.empty() ? http::problem_type(error.code).title : error.text));
}

using AccountsWork = std::function<base::Task<Outcome>(accounts::Accounts&)>;

base::Task<Outcome> run_with_pool(postgres::Pool& pool, accounts::Accounts& accounts,
                                  const AccountsWork& work) {
    if (auto started = co_await pool.start(); !started) co_return explain(started.error());
    Outcome outcome = co_await work(accounts);
    pool.stop();
    co_return outcome;
}

/// Runs `work` with the accounts of the database of `stores`.
Outcome with_pool(const Config& config, const Stores& stores, const base::Clock& clock,
                  const AccountsWork& work) {
    boost::asio::thread_pool cpu(1);
    boost::asio::io_context io(1);
    postgres::Pool pool(io, {.connection = connection_options(config, stores), .min = 1, .max = 2}, clock);
    // Nobody hears of what is written here: running servers read versions again within seconds.
    cache::Versions versions;
    redis::Connection nobody(io, {});
    cache::Announcer announcer(versions, nobody, "", clock);
    // No token is made or checked here.
    accounts::Accounts accounts(pool, announcer, cpu, {}, clock);
    Outcome outcome = std::unexpected("interrupted");
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, run_with_pool(pool, accounts, work),
                          [&](const std::exception_ptr& error, Outcome done) {
                              thrown = error;
                              outcome = std::move(done);
                              pool.stop();
                          });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    return outcome;
}

/// Runs `work` with the accounts of the configured database.
Outcome with_accounts(const Config& config, const AccountsWork& work) {
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return std::unexpected(stores.error());
    return with_pool(config, **stores, clock, work);
}

/// Contract 3.2.
Outcome check_name(const std::string& name) {
    const auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '.' || c == '-';
    };
    if (name.size() >= 3 && name.size() <= 50 && std::ranges::all_of(name, is_allowed)) return {};
    return std::unexpected("a name has 3 to 50 of the characters A-Z a-z 0-9 _ . -");
}

}  // namespace

std::expected<std::unique_ptr<Stores>, std::string> start_stores(const Config& config,
                                                                 const base::Clock& clock) {
    // Standard output belongs to the command's own words.
    base::log::set_level(std::max(config.log_level, base::log::Level::warn));
    auto stores = Stores::open(config, Use::command, clock);
    if (!stores) return stores;
    if (auto started = (*stores)->start(); !started) return std::unexpected(started.error());
    return stores;
}

postgres::ConnectionOptions connection_options(const Config& config, const Stores& stores) {
    return {.conninfo = stores.database(), .named_statements = config.named_statements};
}

int run_migrate(const Config& config) {
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(std::unexpected(stores.error()));
    std::puts("the database is up to date");
    return 0;
}

base::Task<Outcome> add_user(accounts::Accounts& accounts, std::string name, std::string password) {
    accounts::Registration registration;
    registration.username = std::move(name);
    registration.password = std::move(password);
    const auto user = co_await accounts.add(std::move(registration));
    if (!user) co_return explain(user.error());
    std::puts(fmt::format("added {} ({})", user->username, base::to_string(user->role)).c_str());
    co_return Outcome();
}

base::Task<Outcome> change_password(accounts::Accounts& accounts, std::string name, std::string password) {
    const auto user = co_await accounts.find(name);
    if (!user) co_return explain(user.error());
    const auto done = co_await accounts.set_password(user->id, std::move(password), std::nullopt);
    if (!done) co_return explain(done.error());
    std::puts(fmt::format("the password of {} was changed", user->username).c_str());
    co_return Outcome();
}

int run_user_add(const Config& config, const std::string& name) {
    if (auto right = check_name(name); !right) return report(right);
    const auto password = ask_new_password();
    if (!password) return report(std::unexpected(password.error()));
    return report(with_accounts(
        config, [&](accounts::Accounts& accounts) { return add_user(accounts, name, *password); }));
}

int run_user_list(const Config& config) {
    return report(with_accounts(config, [](accounts::Accounts& accounts) -> base::Task<Outcome> {
        const auto users = co_await accounts.list();
        if (!users) co_return explain(users.error());
        for (const auto& user : *users) {
            std::puts(fmt::format("{}\t{}\t{}{}", user.username, base::to_string(user.role),
                                  base::to_iso(user.created_at), user.is_disabled ? "\tdisabled" : "")
                          .c_str());
        }
        co_return Outcome();
    }));
}

base::Task<std::expected<ChosenUser, std::string>> find_user(accounts::Accounts& accounts,
                                                             std::optional<std::string> name) {
    if (name) {
        const auto user = co_await accounts.find(*name);
        if (!user) co_return explain(user.error());
        co_return ChosenUser{.id = user->id, .name = user->username};
    }
    const auto users = co_await accounts.list();
    if (!users) co_return explain(users.error());
    if (users->empty())
        co_return std::unexpected("there is no account yet: make one with `xbookmarker user add NAME`");
    if (users->size() > 1) co_return std::unexpected("there are several accounts: say --user NAME");
    co_return ChosenUser{.id = users->front().id, .name = users->front().username};
}

using Found = std::shared_ptr<std::expected<ChosenUser, std::string>>;

base::Task<Outcome> store_user(accounts::Accounts& accounts, std::optional<std::string> name, Found out) {
    *out = co_await find_user(accounts, std::move(name));
    co_return Outcome();
}

std::expected<ChosenUser, std::string> choose_user(const Config& config, const Stores& stores,
                                                   const base::Clock& clock,
                                                   const std::optional<std::string>& name) {
    auto user = std::make_shared<std::expected<ChosenUser, std::string>>(std::unexpected("interrupted"));
    const auto found = with_pool(config, stores, clock, [&](accounts::Accounts& accounts) {
        return store_user(accounts, name, user);
    });
    if (!found) return std::unexpected(found.error());
    return *user;
}

int run_import(const Config& config, const ImportArguments& arguments) {
    transfer::ImportCommand command{.file = arguments.file, .user = {}, .options = {}};
    const auto format = transfer::parse_format(arguments.format);
    const auto strategy = transfer::parse_duplicate_strategy(arguments.strategy);
    if (!format || !strategy) {
        std::fputs("xbookmarker: unknown --format or --duplicates\n", stderr);
        return kWrongArguments;
    }
    command.options.source = *format;
    command.options.strategy = *strategy;
    command.options.dry_run = arguments.dry_run;
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(std::unexpected(stores.error()));
    const auto user = choose_user(config, **stores, clock, arguments.user);
    if (!user) return report(std::unexpected(user.error()));
    command.user = user->id;
    boost::asio::io_context io(1);
    postgres::Pool pool(io, {.connection = connection_options(config, **stores), .min = 1, .max = 3}, clock);
    // Running servers must hear of what is written here.
    cache::Versions versions;
    redis::Connection redis(
        io, {.address = redis::parse_address((*stores)->redis_url()).value_or(redis::Address{})});
    redis.start();
    cache::Announcer announcer(versions, redis, announcements_channel(config), clock);
    return transfer::run_import_command(command, pool, announcer, io, clock);
}

int run_export(const Config& config, const ExportArguments& arguments) {
    const auto format = transfer::parse_export_format(arguments.format);
    if (!format) {
        std::fputs("xbookmarker: --format is json, csv, ndjson, html, markdown or zip\n", stderr);
        return kWrongArguments;
    }
    transfer::ExportCommand command{.user = {}, .options = {.format = *format}, .file = arguments.output};
    command.options.compressed = arguments.compressed;
    command.options.filter.include_archived = !arguments.no_archived;
    command.options.search_history = arguments.everything;
    command.options.saved_searches = arguments.everything;
    command.options.settings = arguments.everything;
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(std::unexpected(stores.error()));
    const auto user = choose_user(config, **stores, clock, arguments.user);
    if (!user) return report(std::unexpected(user.error()));
    command.user = user->id;
    boost::asio::io_context io(1);
    postgres::Pool pool(io, {.connection = connection_options(config, **stores), .min = 1, .max = 3}, clock);
    return transfer::run_export_command(command, pool, io, clock);
}

int run_user_password(const Config& config, const std::string& name) {
    const auto password = ask_new_password();
    if (!password) return report(std::unexpected(password.error()));
    return report(with_accounts(
        config, [&](accounts::Accounts& accounts) { return change_password(accounts, name, *password); }));
}

}  // namespace app
