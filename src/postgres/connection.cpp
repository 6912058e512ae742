#include "postgres/connection.hpp"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "postgres/conninfo.hpp"
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

/// libpq reads names and texts as C strings.
bool ends_with_zero(std::string_view text) {
    return text.data()[text.size()] == '\0';
}

// A plan that was made while a table was small reads all of it, and is kept while the table grows. What has
// to be read as a whole all the same then looks expensive enough to be compiled, which takes longer than to
// read it (docs/decisions/011-rows-by-key.md).
const Statement kSession{
    "",
    "SELECT set_config('statement_timeout', $1, false), set_config('TimeZone', 'UTC', false),"
    " set_config('idle_in_transaction_session_timeout', '60000', false), set_config('enable_seqscan', 'off', false),"
    " set_config('jit', 'off', false), pg_backend_pid()",
    {Type::text},
    Access::read};

}  // namespace

Connection::Connection(asio::io_context& io, pg_conn* connection, const ConnectionOptions& options,
                       const base::Clock& clock)
    : io_(io),
      clock_(clock),
      connection_(connection),
      socket_(io),
      recorder_(options.recorder),
      named_statements_(options.named_statements) {}

Connection::~Connection() {
    broken_ = true;
    if (socket_.is_open()) socket_.release();
    PQfinish(connection_);
}

base::Task<base::Result<std::shared_ptr<Connection>>> Connection::open(asio::io_context& io,
                                                                       const ConnectionOptions& options,
                                                                       const base::Clock& clock) {
    const Conninfo conninfo(options.conninfo);
    pg_conn* raw = PQconnectStartParams(conninfo.keywords().data(), conninfo.values().data(), 1);
    if (raw == nullptr) co_return std::unexpected(unavailable());
    std::shared_ptr<Connection> connection(new Connection(io, raw, options, clock));
    if (auto connected = co_await connection->connect(options.connect_timeout); !connected)
        co_return std::unexpected(connected.error());
    if (PQsetnonblocking(raw, 1) != 0 || PQenterPipelineMode(raw) != 1)
        co_return std::unexpected(unavailable());
    PQsetNoticeReceiver(raw, drop_notice, nullptr);
    connection->wait_readable();
    if (!options.named_statements) co_return connection;
    if (auto ready = co_await connection->prepare_session(options.statement_timeout); !ready)
        co_return std::unexpected(ready.error());
    co_return connection;
}

base::Task<base::Result<void>> Connection::connect(std::chrono::milliseconds timeout) {
    asio::steady_timer timer(io_, timeout);
    // Shared: the timer may go off in the moment in which we end.
    const auto late = std::make_shared<bool>(false);
    timer.async_wait([self = weak_from_this(), late](const boost::system::error_code& error) {
        const auto connection = self.lock();
        if (error || !connection) return;
        *late = true;
        boost::system::error_code ignored;
        // Alone with it: nobody connects any more.
        if (connection->socket_.is_open() && late.use_count() > 1) connection->socket_.cancel(ignored);
    });
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state != PGRES_POLLING_OK) {
        if (state == PGRES_POLLING_FAILED || *late || PQsocket(connection_) < 0) {
            base::log::debug("cannot connect to the database", {{"why", PQerrorMessage(connection_)}});
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

base::Task<base::Result<void>> Connection::prepare_session(std::chrono::milliseconds statement_timeout) {
    Commands commands;
    commands.push_back({kSession, std::move(Params().text(std::to_string(statement_timeout.count()))), {}});
    const auto set = co_await run(std::move(commands));
    if (!set) co_return std::unexpected(set.error());
    const auto told = static_cast<std::int32_t>(set->front()[0].integer(5));
    // A pooler tells its clients a number of its own.
    if (told == PQbackendPID(connection_)) backend_ = told;
    co_return base::Result<void>{};
}

std::optional<base::SteadyTime> Connection::oldest() const {
    if (operations_.empty()) return {};
    return operations_.front()->sent;
}

base::Task<base::Result<Results>> Connection::run(Commands commands, Waiting waiting) {
    if (broken_) co_return std::unexpected(unavailable());
    const auto self = shared_from_this();  // an abort may drop the pool's reference while we wait
    auto operation = std::make_shared<Operation>();
    operation->commands = std::move(commands);
    operation->results.reserve(operation->commands.size());
    operation->sent = clock_.steady();
    if (operations_.empty()) turn_ = operation->sent;
    operations_.push_back(operation);
    if (send(*operation)) {
        flush_soon();
    } else {
        abort();
    }
    if (!operation->done) co_await wait(operation, waiting);
    if (operation->error) co_return std::unexpected(std::move(*operation->error));
    co_return std::move(operation->results);
}

base::Task<void> Connection::wait(OperationPointer operation, Waiting waiting) {
    std::optional<asio::steady_timer> timer;
    if (waiting.deadline && waiting.may_leave) {
        timer.emplace(io_, *waiting.deadline - clock_.steady());
        timer->async_wait([self = weak_from_this(), operation](const boost::system::error_code& error) {
            const auto connection = self.lock();
            if (!error && connection) connection->abandon(operation, to_error("57014"));
        });
    }
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
        [&](auto handler) {
            auto slot = asio::get_associated_cancellation_slot(handler);
            operation->resume = std::move(handler);
            if (!waiting.may_leave || !slot.is_connected()) return;
            slot.assign([self = weak_from_this(),
                         held = std::weak_ptr<Operation>(operation)](asio::cancellation_type) {
                const auto connection = self.lock();
                const auto left = held.lock();
                if (connection && left) connection->abandon(left, nobody_waits());
            });
        },
        asio::use_awaitable);
}

void Connection::abandon(const OperationPointer& operation, base::Error error) {
    if (operation->done) return;
    operation->error = std::move(error);
    finish(operation);
    tell_if_abandoned();
}

// Stopping a statement cannot be aimed: it hits what the connection runs when the request arrives. So only
// while nothing else is there; the owner sends nothing more before the request has been answered.
void Connection::tell_if_abandoned() {
    if (!broken_ && operations_.size() == 1 && operations_.front()->done && events_.abandoned)
        events_.abandoned();
}

bool Connection::send(Operation& operation) {
    operation.steps.reserve(operation.commands.size() * 2);
    // All preparations first: an error of an execution must not skip one that later operations rely on.
    for (std::size_t i = 0; named_statements_ && i < operation.commands.size(); ++i) {
        const Command& command = operation.commands[i];
        if (command.statement.name.empty() || prepared_.contains(command.statement.name)) continue;
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
    const Statement& statement = command.statement;
    if (!ends_with_zero(statement.name) || !ends_with_zero(statement.sql)) return false;
    const auto types = statement.types.all();
    std::array<Oid, Types::kMax> oids{};
    std::ranges::transform(types, oids.begin(), [](Type type) { return static_cast<Oid>(type); });
    return PQsendPrepare(connection_, statement.name.data(), statement.sql.data(),
                         static_cast<int>(types.size()), oids.data()) == 1;
}

bool Connection::send_execute(const Command& command) {
    const Statement& statement = command.statement;
    const Params::Arrays arrays = command.params.arrays();
    const int count = static_cast<int>(command.params.size());
    if (named_statements_ && !statement.name.empty() && prepared_.contains(statement.name))
        return PQsendQueryPrepared(connection_, statement.name.data(), count, arrays.values.data(),
                                   arrays.lengths.data(), arrays.formats.data(), 1) == 1;
    if (!ends_with_zero(statement.sql)) return false;
    return PQsendQueryParams(connection_, statement.sql.data(), count, arrays.types.data(),
                             arrays.values.data(), arrays.lengths.data(), arrays.formats.data(), 1) == 1;
}

// Operations of one turn of the loop travel together: one system call here, and PostgreSQL wakes up once.
void Connection::flush_soon() {
    if (flush_is_due_ || writing_) return;
    flush_is_due_ = true;
    asio::post(io_, [self = weak_from_this()] {
        const auto connection = self.lock();
        if (!connection) return;
        connection->flush_is_due_ = false;
        connection->flush();
    });
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
    take_notifications();
    if (PQstatus(connection_) == CONNECTION_BAD) return abort();
    // Reading may have made room for what could not be written.
    flush();
    wait_readable();
}

void Connection::take_results() {
    const std::size_t before = operations_.size();
    bool ended = false;  // the results of one statement
    while (!operations_.empty() && PQisBusy(connection_) == 0) {
        pg_result* result = PQgetResult(connection_);
        if (result == nullptr) {
            // Twice in a row there is nothing to wait for: after a lost connection libpq may say so for ever
            // (PostgreSQL bug 17948).
            if (std::exchange(ended, true) || PQstatus(connection_) == CONNECTION_BAD) return;
            continue;
        }
        ended = false;
        const auto operation = operations_.front();
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            tell_recorder();
            operations_.pop_front();
            finish(operation);
            if (events_.answered) events_.answered();
        } else {
            take_result(*operation, result);
        }
    }
    tell_recorder();
    if (operations_.size() != before) tell_if_abandoned();
}

void Connection::take_notifications() {
    while (pgNotify* raw = PQnotifies(connection_)) {
        const std::unique_ptr<pgNotify, decltype(&PQfreemem)> notification(raw, PQfreemem);
        if (events_.notified) events_.notified(notification->extra);
    }
}

void Connection::take_result(Operation& operation, pg_result* raw) {
    const Step step = operation.step < operation.steps.size()
                          ? operation.steps[operation.step++]
                          : Step{StepKind::execute, operation.commands.size()};
    const ExecStatusType status = PQresultStatus(raw);
    if (step.kind == StepKind::execute || status == PGRES_FATAL_ERROR)
        note_answer(operation, step.command, raw);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) {
        if (step.kind == StepKind::execute && !operation.done) {
            operation.results.emplace_back(raw);
        } else {
            PQclear(raw);
        }
        return;
    }
    const std::unique_ptr<pg_result, decltype(&PQclear)> result(raw, PQclear);
    const Statement* statement =
        step.command < operation.commands.size() ? &operation.commands[step.command].statement : nullptr;
    if (step.kind == StepKind::prepare && statement != nullptr) {
        const auto found = prepared_.find(statement->name);
        if (found != prepared_.end()) prepared_.erase(found);
    }
    if (status == PGRES_PIPELINE_ABORTED || operation.error) return;  // the first one tells
    const char* state = PQresultErrorField(raw, PG_DIAG_SQLSTATE);
    const char* constraint = PQresultErrorField(raw, PG_DIAG_CONSTRAINT_NAME);
    operation.error = to_error(state != nullptr ? state : "", constraint != nullptr ? constraint : "");
    // Not the message: it may quote what a user wrote.
    base::log::warn("statement failed", {{"statement", statement != nullptr ? statement->name : ""},
                                         {"sqlstate", state != nullptr ? state : ""},
                                         {"constraint", constraint != nullptr ? constraint : ""}});
    const char* message = PQresultErrorField(raw, PG_DIAG_MESSAGE_PRIMARY);
    base::log::debug("statement failed", {{"message", message != nullptr ? message : ""}});
}

// What was skipped behind an error did not run.
void Connection::note_answer(const Operation& operation, std::size_t command, pg_result* result) {
    if (recorder_ == nullptr || command >= operation.commands.size()) return;
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_PIPELINE_ABORTED || operation.commands[command].statement.name.empty()) return;
    Answered one{
        .operation = operations_.front(), .command = command, .rows = PQntuples(result), .sqlstate = {}};
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        one.sqlstate = state != nullptr ? state : "XX000";
    } else if (status == PGRES_COMMAND_OK) {
        one.rows = std::atoll(PQcmdTuples(result));
    }
    answered_.push_back(std::move(one));
}

// PostgreSQL hands over the answers to statements that were sent together in one piece, so who of them took
// how long is not known: they share the time evenly, and when it was slow, each is called slow.
void Connection::tell_recorder() {
    if (answered_.empty()) return;
    const base::SteadyTime now = clock_.steady();
    const auto passed = std::chrono::duration_cast<std::chrono::microseconds>(now - turn_);
    turn_ = now;
    const bool slow = recorder_->is_slow(passed);
    const auto share = passed / static_cast<std::int64_t>(answered_.size());
    for (const Answered& one : answered_) {
        const Statement& statement = one.operation->commands[one.command].statement;
        observe::Ran ran{.name = statement.name,
                         .sql = statement.sql,
                         .duration = slow ? passed : share,
                         .rows = one.rows,
                         .sqlstate = one.sqlstate};
        if (slow) {
            for (const Type type : statement.types.all())
                ran.types.push_back(static_cast<std::uint32_t>(type));
        }
        recorder_->add(ran);
    }
    answered_.clear();
}

void Connection::finish(const OperationPointer& operation) {
    if (std::exchange(operation->done, true)) return;
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
    if (events_.broken) asio::post(io_, std::move(events_.broken));
    events_ = {};
}

}  // namespace postgres
