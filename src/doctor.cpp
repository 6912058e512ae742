#include "doctor.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "command_stores.hpp"
#include "x_options.hpp"

namespace app {
namespace {

using Outcome = std::expected<std::string, std::string>;
using x::Decision;
using Reason = x::Refusal::Reason;

constexpr std::string_view kLogInAgain =
    "log in with X again (settings of the page, or /api/auth/x/oauth?link=true)";

std::string until(const std::optional<base::Time>& time) {
    return time ? " until " + base::to_iso(*time) : std::string();
}

std::string because(const std::string& problem) {
    return problem.empty() ? std::string() : fmt::format(" ({})", problem);
}

/// What a sync needs and the connection was not given.
std::string missing_scopes(const x::Account& account) {
    std::string missing;
    for (const std::string_view scope : {"bookmark.read", "tweet.read", "users.read", "offline.access"}) {
        if (std::ranges::find(account.scopes, scope) != account.scopes.end()) continue;
        if (!missing.empty()) missing += ' ';
        missing += scope;
    }
    return missing;
}

std::string praise(const x::UserAnswer& answer, const x::Account& account, const std::string& name) {
    std::string text = fmt::format(
        "X answers: {} is connected as @{} ({}) through {} app, dialect {}", name, answer.user.username,
        answer.user.id, account.uses_own_app ? "its own" : "the server's", x::to_string(account.dialect));
    if (answer.rate_limit.remaining && answer.rate_limit.limit)
        text += fmt::format("; {} of {} such calls are left", *answer.rate_limit.remaining,
                            *answer.rate_limit.limit);
    return text + (account.owns_app ? "; reads cost the price of owned reads"
                                    : "; reads cost the price of post reads, own ones are cheaper");
}

/// The question itself, with one refresh when the token is refused.
base::Task<Outcome> ask(x::Access& access, base::UserId user, std::string name) {
    const auto account = co_await access.accounts.load(user);
    if (!account) co_return std::unexpected(std::string(account.error().text));
    auto credentials = co_await access.accounts.credentials(user);
    if (!credentials) co_return std::unexpected(explain(credentials.error(), name));
    auto answer = co_await access.client.me(credentials->access_token);
    if (answer.verdict.decision == Decision::unauthorized) {
        credentials = co_await access.accounts.refresh(*credentials);
        if (!credentials) co_return std::unexpected(explain(credentials.error(), name));
        answer = co_await access.client.me(credentials->access_token);
    }
    const std::string words = explain(answer, **account, name);
    if (answer.verdict.decision != Decision::ok || answer.user.id != (*account)->x_user_id)
        co_return std::unexpected(words);
    if (const std::string missing = missing_scopes(**account); !missing.empty())
        co_return std::unexpected(
            fmt::format("{}\nbut the connection lacks the scopes {}: check X_SCOPES and "
                        "the app's settings at X, then {}",
                        words, missing, kLogInAgain));
    co_return words;
}

base::Task<Outcome> examine(postgres::Pool& pool, x::Access& access, base::UserId user, std::string name) {
    if (auto started = co_await pool.start(); !started)
        co_return std::unexpected(std::string(started.error().text));
    const auto app = co_await access.accounts.find_app(user);
    if (!app) co_return std::unexpected(std::string(app.error().text));
    if (!*app || (*app)->client_id.empty())
        co_return std::unexpected(
            "there is no X app: set X_CLIENT_ID (and X_CLIENT_SECRET), or give the account an app of its own "
            "(PUT /api/auth/x/app); OPERATIONS.md says how to make one");
    co_return co_await ask(access, user, std::move(name));
}

Outcome examine(const Config& config, const Stores& stores, const ChosenUser& user,
                const base::Clock& clock) {
    auto key = stores.secret(config.encryption_key, "encryption_key");
    if (!key) return std::unexpected(key.error());
    const x::Vault vault(*key, config.encryption_key_previous);
    boost::asio::io_context io(1);
    postgres::Pool pool(io, {.connection = connection_options(config, stores), .min = 1, .max = 2}, clock);
    fetch::Breakers breakers(x_breaker_options(config));
    x::Access access(io, pool, vault, breakers, x_access_options(config, public_url(config)), clock);
    Outcome outcome = std::unexpected("interrupted");
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, examine(pool, access, user.id, user.name),
                          [&](const std::exception_ptr& error, Outcome done) {
                              thrown = error;
                              outcome = std::move(done);
                              access.stop();
                              pool.stop();
                          });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    return outcome;
}

}  // namespace

std::string explain(const x::UserAnswer& answer, const x::Account& account, const std::string& name) {
    const std::string why = because(answer.problem);
    const auto when = until(answer.verdict.until);
    switch (answer.verdict.decision) {
        case Decision::ok:
            if (answer.user.id == account.x_user_id) return praise(answer, account, name);
            return fmt::format("the tokens of {} belong to another X user, @{}: {}", name,
                               answer.user.username, kLogInAgain);
        case Decision::unauthorized:
            return fmt::format("X does not accept the token of {}{}: {}", name, why, kLogInAgain);
        case Decision::needs_reauth:
            return fmt::format("X refuses{}: {}", why, kLogInAgain);
        case Decision::not_enrolled:
            return fmt::format("the X app may not use the API{}: enrol it at X's developer console, then {}",
                               why, kLogInAgain);
        case Decision::budget:
            return fmt::format("the X app is out of credits{}: its owner has to buy some at X", why);
        case Decision::rate_limited:
            return fmt::format("X lets {} ask nothing{}{}: syncs go on by themselves", name, when, why);
        case Decision::breaker:
            return fmt::format("X failed too often and is left alone{}", when);
        case Decision::user_gone:
            return fmt::format("X knows no such address{}: check X_API_BASE_URL", why);
        case Decision::unavailable:
        case Decision::switch_dialect:
        case Decision::bad_cursor:
        case Decision::bad_request:
            return answer.status == 0
                       ? fmt::format("{}: check the network and X_API_BASE_URL", answer.problem)
                       : fmt::format("X answers {}{}", answer.status, why);
    }
    return {};
}

std::string explain(const x::Refusal& refusal, const std::string& name) {
    const std::string why = because(refusal.problem);
    switch (refusal.reason) {
        case Reason::not_connected:
            return fmt::format("{} is not connected to X: {}", name, kLogInAgain);
        case Reason::needs_reauth:
            return fmt::format("X has ended the connection of {}{}: {}", name, why, kLogInAgain);
        case Reason::not_enrolled:
            return fmt::format(
                "the X app of {} may not use the API: enrol it at X's developer console, then {}", name,
                kLogInAgain);
        case Reason::no_app:
            return fmt::format("the X app that {} was connected through is gone: set X_CLIENT_ID, or {}",
                               name, kLogInAgain);
        case Reason::rate_limited:
            return fmt::format("the token of {} could not be refreshed: X refuses{}", name,
                               until(refusal.until));
        case Reason::unavailable:
            return fmt::format("the token of {} could not be refreshed{}: try again later", name, why);
        case Reason::breaker:
            return fmt::format("X failed too often and is left alone{}", until(refusal.until));
        case Reason::internal:
            return std::string(refusal.error.text);
    }
    return {};
}

int run_doctor_x(const Config& config, const std::optional<std::string>& user) {
    const base::SystemClock clock;
    const auto fail = [](const std::string& why) {
        std::fputs(fmt::format("xbookmarker: {}\n", why).c_str(), stderr);
        return 1;
    };
    const auto stores = start_stores(config, clock);
    if (!stores) return fail(stores.error());
    const auto chosen = choose_user(config, **stores, clock, user);
    if (!chosen) return fail(chosen.error());
    const Outcome outcome = examine(config, **stores, *chosen, clock);
    if (!outcome) return fail(outcome.error());
    std::puts(outcome->c_str());
    return 0;
}

}  // namespace app
