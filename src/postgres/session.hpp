// One blocking connection, for what runs before the workers or beside them: migrations, backups. For one
// thread; never on a worker's.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct pg_conn;
struct pg_result;

namespace postgres {

/// What of a connection string is replaced; empty: nothing.
struct SessionTarget {
    std::string database = {};
    std::string user = {};
};

class Session {
public:
    /// Whether whoever waits for a statement has to leave. Asked a few times a second.
    using Stopped = std::function<bool()>;

    /// Connects. `conninfo`: a connection string or URI of libpq. The error is a sentence for the operator.
    [[nodiscard]] static std::expected<Session, std::string> open(const std::string& conninfo,
                                                                  const SessionTarget& target = {});
    /// Runs one or more statements and keeps the rows of the last one. The error is what PostgreSQL says,
    /// or that it was stopped.
    [[nodiscard]] std::expected<void, std::string> run(std::string_view sql, const Stopped& stopped = {});

    /// Of the last statement.
    [[nodiscard]] int rows() const;
    /// Its text; empty for NULL.
    [[nodiscard]] std::string_view text(int row, int column) const;
    [[nodiscard]] bool is_null(int row, int column) const;
    [[nodiscard]] std::string quote(std::string_view text) const;
    [[nodiscard]] std::string quote_name(std::string_view name) const;

    /// `150004` for 15.4.
    [[nodiscard]] int server_version() const;
    [[nodiscard]] std::string database() const;
    [[nodiscard]] std::string user() const;
    /// `NAME=value`, as PostgreSQL's programs need them to connect likewise, the password among them.
    [[nodiscard]] std::vector<std::string> environment() const;

private:
    explicit Session(pg_conn* connection);
    [[nodiscard]] std::string error() const;

    std::unique_ptr<pg_conn, void (*)(pg_conn*)> connection_;
    std::unique_ptr<pg_result, void (*)(pg_result*)> rows_;
};

}  // namespace postgres
