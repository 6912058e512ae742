// For tests: a private PostgreSQL with our schema, three accounts and a table of effects.
#pragma once

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <memory>
#include <string>
#include <vector>

#include "postgres/migrate.hpp"
#include "postgres/test_database.hpp"
#include "postgres/test_migrations.hpp"

namespace jobs::test {

/// What a job does: `step` of it, to be found once.
inline const postgres::Statement kEffect{"test.effect",
                                         "INSERT INTO effects (job, step) VALUES ($1, $2)",
                                         {postgres::Type::uuid, postgres::Type::int4},
                                         postgres::Access::write};

class JobsDatabase : public postgres::test::Database {
protected:
    static void SetUpTestSuite() {
        postgres::test::Database::SetUpTestSuite();
        const auto migrations = postgres::test::read_migrations(XBM_MIGRATIONS);
        const auto migrated = postgres::migrate(server_->connection_string(), migrations, [](const auto&) {});
        ASSERT_TRUE(migrated) << migrated.error();
        ask("CREATE TABLE effects (job uuid NOT NULL, step integer NOT NULL)");
    }

    void SetUp() override {
        ask("DELETE FROM users; DELETE FROM effects");
        for (int i = 0; i < 3; ++i) {
            users_.push_back(base::make_uuid(clock_.now()));
            const std::string id = base::to_string(users_.back());
            ask("INSERT INTO users (id, username, display_name, created_at, updated_at) VALUES ('" + id +
                "', '" + id + "', 'Test', now(), now())");
        }
        pool_ = make_pool({.max = 4});
    }
    void TearDown() override { stop(*pool_); }

    /// The first column of each row; the one of a refused statement is its SQLSTATE.
    static std::vector<std::string> ask(const std::string& sql) {
        const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
            PQconnectdb(server_->connection_string().c_str()), PQfinish);
        const std::unique_ptr<PGresult, decltype(&PQclear)> rows(PQexec(connection.get(), sql.c_str()),
                                                                 PQclear);
        if (PQresultStatus(rows.get()) == PGRES_FATAL_ERROR) {
            const char* state = PQresultErrorField(rows.get(), PG_DIAG_SQLSTATE);
            return {state == nullptr ? "no answer" : state};
        }
        std::vector<std::string> out;
        for (int i = 0; i < PQntuples(rows.get()); ++i)
            out.emplace_back(PQgetvalue(rows.get(), i, 0));
        return out;
    }

    std::vector<base::Uuid> users_;
    std::unique_ptr<postgres::Pool> pool_;
};

}  // namespace jobs::test
