#include "postgres/connection.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "postgres/error.hpp"

namespace postgres {
namespace {

namespace asio = base::asio;
using asio::posix::stream_descriptor;

/// Statements put together at run time would otherwise fill the server's memory with plans.
constexpr std::size_t kMaxPrepared = 400;

void drop_notice(void*, const pg_result*) {}

base::Error unavailable() {
    return to_error({});
}

/// Suspends the coroutine until the function given to `arm` is called.
template <class Arm>
base::Task<void> suspend(Arm arm) {
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&arm](auto handler) {
            arm([held = std::make_shared<decltype(handler)>(std::move(handler))]() mutable {
                std::move (*held)();
            });
        },
        asio::use_awaitable);
}

}  // namespace

Connection::Connection(asio::io_context& io, pg_conn* connection, const base::Clock& clock)
    : io_(io), clock_(clock), connection_(connection), socket_(io) {}

Connection::~Connection() {
    broken_ = true;
    if (socket_.is_open()) socket_.release();
    PQfinish(connection_);
}

base::Task<base::Result<std::shared_ptr<Connection>>> Connection::open(asio::io_context& io,
                                                                       const ConnectionOptions& options,
                                                                       const base::Clock& clock) {
    pg_conn* raw = PQconnectStart(options.conninfo.c_str());
    if (raw == nullptr) co_return std::unexpected(unavailable());
    std::shared_ptr<Connection> connection(new Connection(io, raw, clock));
    if (auto connected = co_await connection->connect(options.connect_timeout); !connected)
        co_return std::unexpected(connected.error());
    if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1)
        co_return std::unexpected(unavailable());
    PQsetNoticeReceiver(raw, drop_notice, nullptr);
    connection->wait_readable();
    const auto settings = std::make_shared<std::string>(fmt::format(
        "SELECT set_config('statement_timeout', '{}', false), set_config('TimeZone', 'UTC', false), "
        "set_config('idle_in_transaction_session_timeout', '60000', false)",
        options.statement_timeout.count()));
    Commands commands;
    commands.push_back({Statement{"", *settings, {}, Access::read}, {}, settings});
    if (auto set = co_await connection->run(std::move(commands)); !set)
        co_return std::unexpected(set.error());
    co_return connection;
}

base::Task<base::Result<void>> Connection::connect(std::chrono::milliseconds timeout) {
    asio::steady_timer timer(io_, timeout);
    bool timed_out = false;
    timer.async_wait([this, &timed_out](const boost::system::error_code& error) {
        if (error) return;
        timed_out = true;
        boost::system::error_code ignored;
        if (socket_.is_open()) socket_.cancel(ignored);
    });
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED || timed_out || PQsocket(connection_) < 0) {
            base::log::warn("cannot connect to the database", {{"timed_out", timed_out}});
            co_return std::unexpected(unavailable());
        }
        // libpq may have moved to another socket: it tries one address after the other.
        if (socket_.is_open()) socket_.release();
        socket_.assign(PQsocket(connection_));
        boost::system::error_code error;
        co_await socket_.async_wait(
            state == PGRES_POLLING_READING ? stream_descriptor::wait_read : stream_descriptor::wait_write,
            asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return std::unexpected(unavailable());
        state = PQconnectPoll(connection_);
    }
    timer.cancel();
    if (socket_.is_open()) socket_.release();
    socket_.assign(PQsocket(connection_));
    co_return base::Result<void>{};
}

std::optional<base::SteadyTime> Connection::oldest() const {
    if (operations_.empty()) return {};
    return operations_.front()->sent;
}

base::Task<base::Result<Results>> Connection::run(Commands commands) {
    if (broken_) co_return std::unexpected(unavailable());
    const auto self = shared_from_this();  // an abort may drop the pool's reference while we wait
    auto operation = std::make_shared<Operation>();
    operation->commands = std::move(commands);
    operation->sent = clock_.steady();
    operations_.push_back(operation);
    if (!send(*operation)) {
        abort();
    } else {
        flush();
    }
    if (!operation->done)
        co_await suspend(
            [&operation](std::move_only_function<void()> resume) { operation->resume = std::move(resume); });
    if (operation->error) co_return std::unexpected(std::move(*operation->error));
    co_return std::move(operation->results);
}

bool Connection::send(Operation& operation) {
    // All preparations first: an error of an execution must not skip one that later operations rely on.
    for (std::size_t i = 0; i < operation.commands.size(); ++i) {
        const Command& command = operation.commands[i];
        if (command.statement.name.empty() || prepared_.contains(std::string(command.statement.name)))
            continue;
        if (prepared_.size() >= kMaxPrepared) continue;
        if (!send_prepare(command)) return false;
        prepared_.emplace(command.statement.name);
        operation.steps.push_back({StepKind::prepare, i});
    }
    for (std::size_t i = 0; i < operation.commands.size(); ++i) {
        if (!send_execute(operation.commands[i])) return false;
        operation.steps.push_back({StepKind::execute, i});
    }
    return PQpipelineSync(connection_) == 1;
}

bool Connection::send_prepare(const Command& command) {
    const auto types = command.statement.types.all();
    std::vector<Oid> oids;
    oids.reserve(types.size());
    for (const Type type : types)
        oids.push_back(static_cast<Oid>(type));
    return PQsendPrepare(connection_, std::string(command.statement.name).c_str(),
                         std::string(command.statement.sql).c_str(), static_cast<int>(oids.size()),
                         oids.data()) == 1;
}

bool Connection::send_execute(const Command& command) {
    const Params::Arrays arrays = command.params.arrays();
    const int count = static_cast<int>(command.params.size());
    const std::string name(command.statement.name);
    if (!name.empty() && prepared_.contains(name))
        return PQsendQueryPrepared(connection_, name.c_str(), count, arrays.values.data(),
                                   arrays.lengths.data(), arrays.formats.data(), 1) == 1;
    std::vector<Oid> oids;
    for (const Type type : command.params.types())
        oids.push_back(static_cast<Oid>(type));
    return PQsendQueryParams(connection_, std::string(command.statement.sql).c_str(), count, oids.data(),
                             arrays.values.data(), arrays.lengths.data(), arrays.formats.data(), 1) == 1;
}

void Connection::flush() {
    if (writing_ || broken_) return;
    const int left = PQflush(connection_);
    if (left < 0) return abort();
    if (left == 0) return;
    writing_ = true;
    socket_.async_wait(stream_descriptor::wait_write,
                       [self = weak_from_this()](const boost::system::error_code& error) {
                           const auto connection = self.lock();
                           if (!connection || connection->broken_) return;
                           connection->writing_ = false;
                           if (error) return connection->abort();
                           connection->flush();
                       });
}

void Connection::wait_readable() {
    if (broken_) return;
    socket_.async_wait(stream_descriptor::wait_read,
                       [self = weak_from_this()](const boost::system::error_code& error) {
                           const auto connection = self.lock();
                           if (!connection || connection->broken_) return;
                           if (error) return connection->abort();
                           connection->on_readable();
                       });
}

void Connection::on_readable() {
    if (PQconsumeInput(connection_) != 1) return abort();
    take_results();
    if (PQstatus(connection_) == CONNECTION_BAD) return abort();
    // Reading may have made room for what could not be written.
    flush();
    wait_readable();
}

void Connection::take_results() {
    while (!operations_.empty() && PQisBusy(connection_) == 0) {
        pg_result* result = PQgetResult(connection_);
        if (result == nullptr) {
            // The end of one statement's results. libpq is idle only when it waits for nothing.
            if (PQstatus(connection_) == CONNECTION_BAD) return;
            continue;
        }
        const auto operation = operations_.front();
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            operations_.pop_front();
            finish(operation);
        } else {
            take_result(*operation, result);
        }
    }
}

void Connection::take_result(Operation& operation, pg_result* raw) {
    const std::shared_ptr<pg_result> result(raw, PQclear);
    const Step step = operation.step < operation.steps.size()
                          ? operation.steps[operation.step++]
                          : Step{StepKind::execute, operation.commands.size()};
    const ExecStatusType status = PQresultStatus(raw);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        if (step.kind == StepKind::execute) operation.results.emplace_back(result);
        return;
    }
    const Statement* statement =
        step.command < operation.commands.size() ? &operation.commands[step.command].statement : nullptr;
    if (step.kind == StepKind::prepare && statement != nullptr) prepared_.erase(std::string(statement->name));
    if (status == PGRES_PIPELINE_ABORTED || operation.error) return;
    const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
    const char* constraint = PQresultErrorField(raw, PG_DIAG_CONSTRAINT_NAME);
    operation.error = to_error(state != nullptr ? state : "");
    // Not the message: it may quote what a user wrote.
    base::log::warn("statement failed", {{"statement", statement != nullptr ? statement->name : ""},
                                         {"sqlstate", state != nullptr ? state : ""},
                                         {"constraint", constraint != nullptr ? constraint : ""}});
    const char* message = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);
    base::log::debug("statement failed", {{"message", message != nullptr ? message : ""}});
}

void Connection::finish(const std::shared_ptr<Operation>& operation) {
    operation->done = true;
    // Posted, so that a resumed request never runs inside our loop over results.
    if (operation->resume) asio::post(io_, std::move(operation->resume));
}

void Connection::abort() {
    if (broken_) return;
    broken_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
    for (const auto& operation : operations_) {
        if (!operation->error) operation->error = unavailable();
        finish(operation);
    }
    operations_.clear();
}

}  // namespace postgres
