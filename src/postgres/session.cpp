#include "postgres/session.hpp"

#include <libpq-fe.h>
#include <poll.h>

#include "postgres/conninfo.hpp"

namespace postgres {
namespace {

/// How long a wish to stop may go unheard.
constexpr int kPollMs = 200;
constexpr std::size_t kCancelErrorBytes = 256;

void cancel(pg_conn* connection) {
    const std::unique_ptr<PGcancel, decltype(&PQfreeCancel)> handle(PQgetCancel(connection), PQfreeCancel);
    std::string error(kCancelErrorBytes, '\0');
    if (handle) PQcancel(handle.get(), error.data(), static_cast<int>(error.size()));
}

}  // namespace

Session::Session(pg_conn* connection) : connection_(connection, PQfinish), rows_(nullptr, PQclear) {
    PQsetNoticeReceiver(connection, [](void*, const pg_result*) {}, nullptr);
}

std::expected<Session, std::string> Session::open(const std::string& conninfo, const SessionTarget& target) {
    const Conninfo written(conninfo);
    auto keywords = written.keywords();
    auto values = written.values();
    // Behind the string: the last one of a keyword wins.
    const auto replace = [&](const char* keyword, const std::string& value) {
        if (value.empty()) return;
        keywords.insert(keywords.end() - 1, keyword);
        values.insert(values.end() - 1, value.c_str());
    };
    replace("dbname", target.database);
    replace("user", target.user);
    Session session(PQconnectdbParams(keywords.data(), values.data(), 1));
    if (PQstatus(session.connection_.get()) != CONNECTION_OK)
        return std::unexpected("Cannot connect to the database: " + session.error());
    return session;
}

std::string Session::error() const {
    std::string text = PQerrorMessage(connection_.get());
    while (text.ends_with('\n'))
        text.pop_back();
    return text;
}

std::expected<void, std::string> Session::run(std::string_view sql, const Stopped& stopped) {
    pg_conn* const connection = connection_.get();
    if (PQsendQuery(connection, std::string(sql).c_str()) != 1) return std::unexpected(error());
    std::string failure;
    bool is_cancelled = false;
    rows_.reset();
    for (;;) {
        while (PQisBusy(connection) == 1) {
            pollfd ready{.fd = PQsocket(connection), .events = POLLIN, .revents = 0};
            poll(&ready, 1, kPollMs);
            if (PQconsumeInput(connection) != 1) return std::unexpected(error());
            if (!is_cancelled && stopped && stopped()) {
                is_cancelled = true;
                cancel(connection);
            }
        }
        pg_result* const result = PQgetResult(connection);
        if (result == nullptr) break;
        const ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && failure.empty()) failure = error();
        rows_.reset(result);
    }
    if (is_cancelled) return std::unexpected("stopped");
    if (!failure.empty()) return std::unexpected(failure);
    return {};
}

int Session::rows() const {
    return PQntuples(rows_.get());
}

std::string_view Session::text(int row, int column) const {
    return {PQgetvalue(rows_.get(), row, column),
            static_cast<std::size_t>(PQgetlength(rows_.get(), row, column))};
}

bool Session::is_null(int row, int column) const {
    return PQgetisnull(rows_.get(), row, column) == 1;
}

std::string Session::quote(std::string_view text) const {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
        PQescapeLiteral(connection_.get(), text.data(), text.size()), PQfreemem);
    return quoted ? quoted.get() : "''";
}

std::string Session::quote_name(std::string_view name) const {
    const std::unique_ptr<char, decltype(&PQfreemem)> quoted(
        PQescapeIdentifier(connection_.get(), name.data(), name.size()), PQfreemem);
    return quoted ? quoted.get() : "\"\"";
}

int Session::server_version() const {
    return PQserverVersion(connection_.get());
}

std::string Session::database() const {
    return PQdb(connection_.get());
}

std::string Session::user() const {
    return PQuser(connection_.get());
}

std::vector<std::string> Session::environment() const {
    std::vector<std::string> out;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(PQconninfo(connection_.get()),
                                                                               PQconninfoFree);
    for (const PQconninfoOption* o = options.get(); o != nullptr && o->keyword != nullptr; ++o)
        if (o->envvar != nullptr && o->val != nullptr && *o->val != '\0')
            out.push_back(std::string(o->envvar) + "=" + o->val);
    return out;
}

}  // namespace postgres
