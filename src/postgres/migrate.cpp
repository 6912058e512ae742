#include "postgres/migrate.hpp"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <vector>

#include "base/encoding.hpp"
#include "postgres/session.hpp"

namespace postgres {
namespace {

using Outcome = std::expected<void, std::string>;

/// Any number will do as long as nobody else uses it in this database. Of the transaction: a pooler may give
/// every transaction another session.
constexpr std::string_view kLock = "SELECT pg_advisory_xact_lock(7081623645011903)";

constexpr std::string_view kCreateTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations (number integer PRIMARY KEY, name text NOT NULL, "
    "checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())";

std::string checksum(const Migration& migration) {
    return base::to_hex(base::sha256(migration.sql));
}

std::expected<std::map<int, std::string>, std::string> read_applied(Session& session) {
    if (auto read = session.run("SELECT number, checksum FROM schema_migrations ORDER BY number"); !read)
        return std::unexpected(read.error());
    std::map<int, std::string> applied;
    for (int row = 0; row < session.rows(); ++row) {
        const std::string_view text = session.text(row, 0);
        int number = 0;
        std::from_chars(text.data(), text.data() + text.size(), number);
        applied.emplace(number, session.text(row, 1));
    }
    return applied;
}

Outcome check(const std::map<int, std::string>& applied, std::span<const Migration> migrations) {
    const int newest = migrations.empty() ? 0 : migrations.back().number;
    if (!applied.empty() && applied.rbegin()->first > newest)
        return std::unexpected(fmt::format(
            "The database has schema {}, this program knows schemas up to {}. Start the newer program that made it.",
            applied.rbegin()->first, newest));
    for (const Migration& migration : migrations) {
        const auto found = applied.find(migration.number);
        if (found != applied.end() && found->second != checksum(migration))
            return std::unexpected(fmt::format("Migration {} ({}) differs from the one that was applied.",
                                               migration.number, migration.name));
    }
    return {};
}

Outcome apply(Session& session, const Migration& migration) {
    Outcome outcome = session.run(migration.sql);
    if (outcome)
        outcome = session.run(
            fmt::format("INSERT INTO schema_migrations (number, name, checksum) VALUES ({}, {}, {})",
                        migration.number, session.quote(migration.name), session.quote(checksum(migration))));
    if (outcome) return {};
    return std::unexpected(fmt::format("Migration {} ({}) failed, nothing of it was kept: {}",
                                       migration.number, migration.name, outcome.error()));
}

/// Applies the first migration that is missing; null when none is. In a transaction that the caller ends.
std::expected<const Migration*, std::string> apply_next(Session& session,
                                                        std::span<const Migration> migrations) {
    for (const std::string_view sql : {kLock, kCreateTable}) {
        if (auto done = session.run(sql); !done) return std::unexpected(done.error());
    }
    const auto known = read_applied(session);
    if (!known) return std::unexpected(known.error());
    if (auto fits = check(*known, migrations); !fits) return std::unexpected(fits.error());
    for (const Migration& migration : migrations) {
        if (known->contains(migration.number)) continue;
        if (auto done = apply(session, migration); !done) return std::unexpected(done.error());
        return &migration;
    }
    return nullptr;
}

}  // namespace

std::expected<int, std::string> migrate(const std::string& conninfo, std::span<const Migration> migrations,
                                        const std::function<void(const Migration&)>& applied,
                                        const SessionTarget& target) {
    auto opened = Session::open(conninfo, target);
    if (!opened) return std::unexpected(opened.error());
    Session& session = *opened;
    for (int count = 0;; ++count) {
        if (auto begun = session.run("BEGIN"); !begun) return std::unexpected(begun.error());
        const auto next = apply_next(session, migrations);
        if (!next) {
            static_cast<void>(session.run("ROLLBACK"));
            return std::unexpected(next.error());
        }
        if (auto done = session.run("COMMIT"); !done) return std::unexpected(done.error());
        if (*next == nullptr) return count;
        applied(**next);
    }
}

}  // namespace postgres
