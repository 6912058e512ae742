#include "database.hpp"

#include <algorithm>
#include <stdexcept>

namespace generate {
namespace {

struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, Clear>;

constexpr std::size_t kCopyChunkBytes = 256 * 1024;

}  // namespace

Database::Database(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
    if (PQstatus(connection_.get()) != CONNECTION_OK) fail("connect");
    run("SET synchronous_commit = off");
    run("SET client_min_messages = warning");
}

Database::Rows Database::run(const std::string& sql, const std::vector<std::string>& parameters) {
    std::vector<const char*> values;
    for (const std::string& parameter : parameters)
        values.push_back(parameter.c_str());
    const Result result(PQexecParams(connection_.get(), sql.c_str(), static_cast<int>(values.size()), nullptr,
                                     values.data(), nullptr, nullptr, 0));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail(sql);
    Rows rows;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
        rows.emplace_back();
        for (int column = 0; column < PQnfields(result.get()); ++column)
            rows.back().emplace_back(PQgetvalue(result.get(), row, column));
    }
    return rows;
}

void Database::copy(const std::string& sql, std::string_view data) {
    const Result started(PQexec(connection_.get(), sql.c_str()));
    if (PQresultStatus(started.get()) != PGRES_COPY_IN) fail(sql);
    while (!data.empty()) {
        const std::string_view chunk = data.substr(0, kCopyChunkBytes);
        if (PQputCopyData(connection_.get(), chunk.data(), static_cast<int>(chunk.size())) != 1) fail(sql);
        data.remove_prefix(chunk.size());
    }
    if (PQputCopyEnd(connection_.get(), nullptr) != 1) fail(sql);
    const Result ended(PQgetResult(connection_.get()));
    if (PQresultStatus(ended.get()) != PGRES_COMMAND_OK) fail(sql);
    while (const Result rest{PQgetResult(connection_.get())}) {
    }
}

void Database::fail(const std::string& what) const {
    throw std::runtime_error(what.substr(0, 80) + ": " + PQerrorMessage(connection_.get()));
}

}  // namespace generate
