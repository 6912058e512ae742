#include "backup/content_sql.hpp"

#include <charconv>

#include <fmt/format.h>

namespace backup::sql {
namespace {

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

Outcome prepare(postgres::Session& session) {
    return session.run(
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0;"
        " SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres';"
        " SET bytea_output = 'hex'; SET extra_float_digits = 1; SET search_path = public");
}

// Any number will do as long as nobody else uses it in this database.
#define TAKE_LOCK "SELECT pg_try_advisory_xact_lock(5018273645546372)"

Answer<bool> begin_snapshot(postgres::Session& session) {
    const auto done = session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; " TAKE_LOCK);
    if (!done) return std::unexpected(done.error());
    return session.text(0, 0) == "t";
}

Outcome leave_snapshot(postgres::Session& session) {
    return session.run("COMMIT; BEGIN; " TAKE_LOCK);
}

Answer<std::string> export_snapshot(postgres::Session& session) {
    if (const auto done = session.run("SELECT pg_export_snapshot()"); !done)
        return std::unexpected(done.error());
    return std::string(session.text(0, 0));
}

Answer<Facts> read_facts(postgres::Session& session) {
    const auto done = session.run(
        "SELECT (SELECT max(number) FROM schema_migrations), pg_database_size(current_database()),"
        " (SELECT count(*) FROM users), (SELECT coalesce(sum(active_count + archived_count), 0) FROM library)");
    if (!done) return std::unexpected(done.error());
    return Facts{.schema = number(session.text(0, 0)),
                 .metadata = {.database_size = number(session.text(0, 1)),
                              .user_count = number(session.text(0, 2)),
                              .bookmark_count = number(session.text(0, 3))}};
}

Answer<std::vector<Table>> read_tables(postgres::Session& session, const Stopped& stopped) {
    const auto listed = session.run(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema'"
        " AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1, 2");
    if (!listed) return std::unexpected(listed.error());
    std::vector<std::pair<std::string, std::string>> names;
    for (int row = 0; row < session.rows(); ++row)
        names.emplace_back(session.text(row, 0), session.text(row, 1));
    std::vector<Table> tables;
    for (const auto& [schema, name] : names) {
        // A sum of hashes does not depend on the order of rows, needs no memory for them and runs where they
        // are: it is against damage, not against an enemy, who could change the manifest as well.
        const auto counted =
            session.run(fmt::format("SELECT count(*), encode(sha256(convert_to(concat_ws(' ',"
                                    " sum(('x' || left(h, 16))::bit(64)::bigint::numeric),"
                                    " sum(('x' || right(h, 16))::bit(64)::bigint::numeric)), 'UTF8')), 'hex')"
                                    " FROM (SELECT md5(t::text) AS h FROM ONLY {}.{} t) rows",
                                    session.quote_name(schema), session.quote_name(name)),
                        stopped);
        if (!counted) return std::unexpected(counted.error());
        tables.push_back({.name = schema + "." + name,
                          .rows = number(session.text(0, 0)),
                          .checksum = std::string(session.text(0, 1))});
    }
    return tables;
}

}  // namespace backup::sql
