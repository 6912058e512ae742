#include "backup/restore_sql.hpp"

#include <fmt/format.h>

namespace backup::sql {
namespace {

std::vector<std::string> first_column(const postgres::Session& session) {
    std::vector<std::string> out;
    for (int row = 0; row < session.rows(); ++row)
        out.emplace_back(session.text(row, 0));
    return out;
}

}  // namespace

Answer<postgres::Session> open_maintenance(const std::string& conninfo, const std::string& superuser) {
    // One cannot be in a database that is renamed or dropped. The second is there when somebody dropped the
    // first.
    auto session = postgres::Session::open(conninfo, {.database = "postgres", .user = superuser});
    if (!session) session = postgres::Session::open(conninfo, {.database = "template1", .user = superuser});
    if (!session) return std::unexpected(session.error());
    if (const auto ready = prepare(*session); !ready) return std::unexpected(ready.error());
    if (const auto asked =
            session->run("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user");
        !asked)
        return std::unexpected(asked.error());
    if (session->rows() != 1 || session->text(0, 0) != "t")
        return std::unexpected(fmt::format(
            "The role {0} may not make databases, which this needs: let a superuser run `ALTER ROLE {0} CREATEDB`",
            session->quote_name(session->user())));
    return session;
}

Answer<bool> take_turn(postgres::Session& maintenance, const std::string& database) {
    const auto asked = maintenance.run(fmt::format("SELECT pg_try_advisory_lock(hashtextextended({}, 0))",
                                                   maintenance.quote("xbookmarker restore " + database)));
    if (!asked) return std::unexpected(asked.error());
    return maintenance.text(0, 0) == "t";
}

Outcome create_database(postgres::Session& maintenance, const std::string& name, const std::string& owner,
                        const std::string& like) {
    const auto asked = maintenance.run(fmt::format(
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype FROM pg_database WHERE datname = {}",
        maintenance.quote(like)));
    if (!asked) return asked;
    std::string locale;
    if (maintenance.rows() == 1)
        locale =
            fmt::format(" ENCODING {} LC_COLLATE {} LC_CTYPE {}", maintenance.quote(maintenance.text(0, 0)),
                        maintenance.quote(maintenance.text(0, 1)), maintenance.quote(maintenance.text(0, 2)));
    return maintenance.run(fmt::format("CREATE DATABASE {} OWNER {} TEMPLATE template0{}",
                                       maintenance.quote_name(name), maintenance.quote_name(owner), locale));
}

Outcome drop_database(postgres::Session& maintenance, const std::string& name) {
    return maintenance.run(fmt::format("DROP DATABASE IF EXISTS {}", maintenance.quote_name(name)));
}

Answer<std::vector<std::string>> find_leftovers(postgres::Session& maintenance, const std::string& stem) {
    const auto asked = maintenance.run(fmt::format(
        "SELECT d.datname FROM pg_database d WHERE starts_with(d.datname, {0} || '_') AND"
        " substr(d.datname, length({0}) + 2) ~ '^(verify|restore|before)_[0-9a-f]{{12}}$' AND NOT EXISTS"
        " (SELECT FROM pg_stat_activity a WHERE a.datname = d.datname) ORDER BY 1",
        maintenance.quote(stem)));
    if (!asked) return std::unexpected(asked.error());
    return first_column(maintenance);
}

Answer<bool> may_rename(postgres::Session& maintenance, const std::string& database) {
    const auto asked = maintenance.run(fmt::format(
        "SELECT pg_has_role(current_user, d.datdba, 'USAGE') FROM pg_database d WHERE d.datname = {}",
        maintenance.quote(database)));
    if (!asked) return std::unexpected(asked.error());
    return maintenance.rows() == 1 && maintenance.text(0, 0) == "t";
}

Answer<std::vector<std::string>> find_sessions(postgres::Session& maintenance, const std::string& database) {
    const auto asked = maintenance.run(fmt::format(
        "SELECT coalesce(nullif(application_name, ''), 'a program without a name') FROM pg_stat_activity"
        " WHERE datname = {} AND backend_type = 'client backend' ORDER BY 1",
        maintenance.quote(database)));
    if (!asked) return std::unexpected(asked.error());
    return first_column(maintenance);
}

Outcome exchange(postgres::Session& maintenance, const std::string& database, const std::string& fresh,
                 const std::string& aside) {
    const auto rename = [&](const std::string& from, const std::string& to) {
        return fmt::format("ALTER DATABASE {} RENAME TO {};", maintenance.quote_name(from),
                           maintenance.quote_name(to));
    };
    auto done = maintenance.run("BEGIN");
    if (done) done = maintenance.run(rename(database, aside));
    if (done) done = maintenance.run(rename(fresh, database));
    if (done) done = maintenance.run("COMMIT");
    if (!done) static_cast<void>(maintenance.run("ROLLBACK"));
    return done;
}

Answer<Inheritance> read_inheritance(postgres::Session& old) {
    Inheritance out;
    const auto read = [&old](std::string_view table, std::string_view sql) -> Answer<std::string> {
        auto asked = old.run(fmt::format("SELECT to_regclass({}) IS NOT NULL", old.quote(table)));
        if (asked && old.text(0, 0) != "t") return "[]";
        if (asked) asked = old.run(sql);
        if (!asked) return std::unexpected(asked.error());
        return std::string(old.text(0, 0));
    };
    auto history = read("public.backups", "SELECT coalesce(jsonb_agg(to_jsonb(b)), '[]') FROM backups b");
    if (!history) return std::unexpected(history.error());
    auto versions =
        read("public.library",
             "SELECT coalesce(jsonb_agg(jsonb_build_object('user_id', user_id, 'version', version)), '[]')"
             " FROM library");
    if (!versions) return std::unexpected(versions.error());
    return Inheritance{.history = *std::move(history), .versions = *std::move(versions)};
}

Outcome settle(postgres::Session& fresh, const Inheritance& inheritance) {
    auto done = fresh.run("BEGIN");
    if (done)
        done = fresh.run(fmt::format(
            "INSERT INTO backups SELECT * FROM jsonb_populate_recordset(NULL::backups, {})"
            " ON CONFLICT (id) DO UPDATE SET files = excluded.files, removed_at = excluded.removed_at",
            fresh.quote(inheritance.history)));
    if (done)
        done = fresh.run(
            fmt::format("INSERT INTO backups SELECT * FROM jsonb_populate_recordset(NULL::backups, {})"
                        " ON CONFLICT (id) DO NOTHING",
                        fresh.quote(inheritance.itself)));
    // What clients and caches hold under a version that was used must not be taken for what is here now: far
    // beyond all of them, and whoever is at an older one begins anew (contract 3.17).
    if (done)
        done = fresh.run(fmt::format(
            "UPDATE library l SET version = n.version, oldest_version = n.version FROM"
            " (SELECT l.user_id, greatest(l.version, coalesce(o.version, 0)) + 1000000 AS version FROM library l"
            "  LEFT JOIN jsonb_to_recordset({}) AS o (user_id uuid, version bigint) ON o.user_id = l.user_id) n"
            " WHERE n.user_id = l.user_id",
            fresh.quote(inheritance.versions)));
    if (done)
        done = fresh.run(
            "UPDATE jobs SET state = 'cancelled', finished_at = now(), claim_token = NULL, leased_until = NULL,"
            " paused_reason = NULL, resume_at = NULL, cancel_requested = false, version = version + 1"
            " WHERE type = 'backup' AND finished_at IS NULL");
    if (done) done = fresh.run("COMMIT");
    if (done) done = fresh.run("VACUUM (ANALYZE)");
    return done;
}

}  // namespace backup::sql
