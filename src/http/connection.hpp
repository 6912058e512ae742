// One client: reads requests, has them answered in order, writes the answers of pipelined requests together.
// Owned by its coroutine; the server knows it for time limits and draining.
#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/buffer.hpp"
#include "http/parser.hpp"
#include "http/server.hpp"
#include "http/writer.hpp"

namespace http {

/// What the connections of one server share. Outlives them.
struct Environment {
    ServerOptions options;
    Application& application;
    const base::Clock& clock;
    Writer writer;
    bool draining = false;
};

class Connection {
public:
    using Socket =
        base::asio::basic_stream_socket<base::asio::ip::tcp, base::asio::io_context::executor_type>;

    /// `leaving` is emitted when the client leaves while his request is being handled.
    Connection(Socket socket, Environment& environment, base::asio::cancellation_signal& leaving);

    /// Serves until the end of the connection. The connection must live as long as the task.
    base::Task<void> run();
    /// Answers 503 to whatever comes and ends: the server is full.
    base::Task<void> run_refusing();
    /// Enforces the time limits; called from time to time between two steps of `run`.
    void check(base::SteadyTime now);
    /// Ends when idle for the grace time, or after the answers that are due.
    void drain();
    /// Ends at once.
    void close();

private:
    // idle → header → handle ⇄ body → handle → write → idle; from anywhere → linger → closed.
    enum class Phase : std::uint8_t { idle, header, body, handle, write, linger };
    enum class Fed : std::uint8_t { done, failed, gone, timed_out };
    enum class Sent : std::uint8_t { all, blocked, failed };

    /// One request and its answer; reused.
    struct Exchange {
        Request request;
        std::vector<Header> headers;
        std::optional<Call> call;
        std::string body;
        Answer answer;
        std::size_t sent_bytes = 0;
        void clear();
    };

    void enter(Phase phase);
    [[nodiscard]] Exchange& current();
    void start_request();
    bool read_now();
    base::Task<bool> fill();
    std::optional<Response> begin(Exchange& exchange);
    std::optional<Response> try_answer(Exchange& exchange);
    base::Task<void> serve(Exchange& exchange);
    base::Task<std::optional<Response>> read_body(Exchange& exchange);
    base::Task<Fed> feed_body(const Parser::Sink& sink);
    base::Task<void> discard_body();
    void refuse(const base::Error& error);
    Response failure(const Exchange& exchange, const std::exception_ptr& thrown) const;
    void answer(Exchange& exchange, Response response);
    base::Task<void> stream(Exchange& exchange);
    Sent send_some();
    void release_sent();
    void finish(Exchange& exchange);
    base::Task<bool> flush();
    base::Task<bool> send(std::string_view bytes);
    base::Task<void> linger();
    void forget_idle_memory();
    [[nodiscard]] bool client_left();

    Socket socket_;
    Environment& environment_;
    base::asio::cancellation_signal& leaving_;
    Parser parser_;
    Buffer in_;                                         ///< headers in use lie here and must not move
    Buffer raw_;                                        ///< bodies that go on behind `in_`
    std::vector<std::unique_ptr<Exchange>> exchanges_;  ///< `pending_` answered ones, then the current one
    std::size_t pending_ = 0;
    std::size_t pending_bytes_ = 0;
    std::size_t write_index_ = 0;         ///< exchange that is being sent
    std::size_t write_offset_ = 0;        ///< bytes of it that were sent
    std::shared_ptr<BodySource> source_;  ///< of the answer that is being streamed
    std::string peer_;
    base::SteadyTime deadline_ = base::SteadyTime::max();
    int reads_in_row_ = 0;
    int skip_reads_ = 0;
    Phase phase_ = Phase::idle;
    bool uses_raw_ = false;
    bool timed_out_ = false;
    bool closing_ = false;  ///< nothing more is read after the answers that are due
    bool linger_ = false;   ///< the client may still be sending
    bool gone_ = false;     ///< nothing can be sent any more
    bool discard_ = false;  ///< the body of the answered request is still to come and worth waiting for
};

}  // namespace http
