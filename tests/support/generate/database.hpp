// A connection to PostgreSQL for the generator: statements, and COPY. Errors end the program, with
// PostgreSQL's words.
#pragma once

#include <libpq-fe.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace generate {

class Database {
public:
    /// Throws std::runtime_error, as all functions here do.
    explicit Database(const std::string& url);

    using Rows = std::vector<std::vector<std::string>>;
    /// Runs one statement with text parameters; null columns come as empty texts.
    Rows run(const std::string& sql, const std::vector<std::string>& parameters = {});
    /// `COPY … FROM STDIN BINARY` with all its data.
    void copy(const std::string& sql, std::string_view data);

private:
    struct Close {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };
    [[noreturn]] void fail(const std::string& what) const;
    std::unique_ptr<PGconn, Close> connection_;
};

}  // namespace generate
