// One connection to PostgreSQL in libpq's pipeline mode. Operations of many requests share it; answers come
// back in the order in which operations were sent, so each one can only reach the request that asked for it.
// An operation is one or more statements up to a sync point: PostgreSQL runs them as one transaction unless
// one was begun. One that nobody waits for any more keeps its place; its answer is thrown away.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "observe/queries.hpp"
#include "postgres/params.hpp"
#include "postgres/rows.hpp"
#include "postgres/statement.hpp"

struct pg_conn;

namespace postgres {

/// A statement with its parameters. `owner` keeps the text of a statement alive that was put together at run
/// time.
struct Command {
    Statement statement;
    Params params;
    std::shared_ptr<const void> owner = {};
};

using Commands = std::vector<Command>;
using Results = std::vector<Rows>;

struct ConnectionOptions {
    std::string conninfo;  ///< libpq connection string or URI
    std::chrono::milliseconds statement_timeout{25'000};
    std::chrono::milliseconds connect_timeout{5'000};
    /// False behind a pooler that hands every transaction to another server connection: nothing then relies
    /// on what the session knows.
    bool named_statements = true;
    /// Told of every statement that has a name; null: nobody is. Must outlive the connection.
    observe::Queries::Recorder* recorder = nullptr;
};

/// How long and for whom an operation is waited for.
struct Waiting {
    /// Past it the caller goes on with query_timeout.
    std::optional<base::SteadyTime> deadline = {};
    /// Whether the caller may leave before the answer: at the deadline, or when his coroutine is cancelled
    /// (Asio's terminal cancellation). Never for what writes: whether it happened must be known.
    bool may_leave = false;
};

class Connection : public std::enable_shared_from_this<Connection> {
public:
    /// What the owner wants to hear; called on the loop, never while the owner calls the connection.
    struct Events {
        std::function<void()> answered;   ///< an operation ended
        std::function<void()> broken;     ///< nothing more will come; said once
        std::function<void()> abandoned;  ///< the one operation in flight is one that nobody waits for
        std::function<void(std::string_view payload)> notified = {};  ///< on a channel that was listened to
    };

    /// Connects and prepares the session. Error: service_unavailable.
    static base::Task<base::Result<std::shared_ptr<Connection>>> open(base::asio::io_context& io,
                                                                      const ConnectionOptions& options,
                                                                      const base::Clock& clock);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// One result per command, in order. The first error of a command is the error of the operation; nothing
    /// that the operation did remains, unless a transaction is open, which is then aborted.
    base::Task<base::Result<Results>> run(Commands commands, Waiting waiting = {});
    void listen(Events events) { events_ = std::move(events); }

    /// Operations that were sent and not yet answered.
    [[nodiscard]] std::size_t in_flight() const { return operations_.size(); }
    [[nodiscard]] bool broken() const { return broken_; }
    /// When the oldest unanswered operation was sent.
    [[nodiscard]] std::optional<base::SteadyTime> oldest() const;
    /// The number that pg_cancel_backend wants; nothing behind a pooler, where it would stop somebody else.
    [[nodiscard]] std::optional<std::int32_t> backend() const { return backend_; }
    /// Gives up: every unanswered operation ends with service_unavailable.
    void abort();

private:
    enum class StepKind : unsigned char { prepare, execute };
    struct Step {
        StepKind kind;
        std::size_t command;
    };
    struct Operation {
        Commands commands;
        std::vector<Step> steps;  ///< the answers to expect
        std::size_t step = 0;
        Results results;
        std::optional<base::Error> error;
        std::move_only_function<void()> resume;
        base::SteadyTime sent;
        bool done = false;  ///< answered, or nobody waits
    };
    using OperationPointer = std::shared_ptr<Operation>;
    struct Answered {
        OperationPointer operation;  ///< keeps the statement's text
        std::size_t command;
        std::int64_t rows;
        std::string sqlstate;
    };

    Connection(base::asio::io_context& io, pg_conn* connection, const ConnectionOptions& options,
               const base::Clock& clock);
    base::Task<base::Result<void>> connect(std::chrono::milliseconds timeout);
    base::Task<base::Result<void>> prepare_session(std::chrono::milliseconds statement_timeout);
    base::Task<void> wait(OperationPointer operation, Waiting waiting);
    [[nodiscard]] bool send(Operation& operation);
    [[nodiscard]] bool send_prepare(const Command& command);
    [[nodiscard]] bool send_execute(const Command& command);
    void abandon(const OperationPointer& operation, base::Error error);
    void tell_if_abandoned();
    void flush_soon();
    void flush();
    void wait_readable();
    void on_readable();
    void take_results();
    void take_notifications();
    void take_result(Operation& operation, pg_result* result);
    void note_answer(const Operation& operation, std::size_t command, pg_result* result);
    void tell_recorder();
    void finish(const OperationPointer& operation);

    struct NameHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };

    base::asio::io_context& io_;
    const base::Clock& clock_;
    pg_conn* connection_;
    base::asio::posix::stream_descriptor socket_;
    Events events_;
    std::deque<OperationPointer> operations_;
    std::unordered_set<std::string, NameHash, std::equal_to<>> prepared_;
    std::optional<std::int32_t> backend_;
    observe::Queries::Recorder* recorder_;
    std::vector<Answered> answered_;  ///< that the recorder was not told of yet
    base::SteadyTime turn_{};         ///< since when PostgreSQL works on what is answered next
    bool named_statements_;
    bool flush_is_due_ = false;
    bool writing_ = false;
    bool broken_ = false;
};

}  // namespace postgres
