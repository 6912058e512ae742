// Listening socket and connections of one worker.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/task.hpp"
#include "http/compression.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 3001;  ///< 0 lets the system choose; see Server::port
    std::size_t max_body_bytes = 10 * 1024 * 1024;
    std::size_t max_upload_bytes = 1024ULL * 1024 * 1024;
    std::size_t max_header_bytes = 64 * 1024;
    std::size_t max_target_bytes = 16 * 1024;
    std::chrono::milliseconds header_timeout{10'000};
    std::chrono::milliseconds body_idle_timeout{30'000};
    std::chrono::milliseconds keep_alive_timeout{75'000};
    std::chrono::milliseconds write_timeout{30'000};  ///< without progress
    std::chrono::milliseconds linger_time{2'000};     ///< for clients that still send after the last answer
    std::chrono::milliseconds drain_grace{500};       ///< for requests on their way to an idle connection
    std::size_t max_connections = 20'000;             ///< of this worker; more are answered 503 and closed
    std::filesystem::path spool_directory;
    std::vector<std::string> compression{"br", "zstd", "gzip"};
    std::size_t compression_min_bytes = 1024;
    int gzip_level = 6;
    int api_max_age_seconds = 0;
    std::string build;  ///< part of weak ETags made from a library version
};

/// An answer that was handed to the system.
struct Sent {
    unsigned status = 0;
    std::size_t bytes = 0;
    Coding coding = Coding::identity;
    bool is_encodable = false;  ///< compression was considered
};

/// What answers requests: implemented once by the worker.
class Application {
public:
    virtual ~Application() = default;
    /// An answer that needs no waiting, such as a cached one; asked first for requests without a body, before
    /// `call.query` is parsed.
    /// Nothing: the request goes on to `admit`.
    virtual std::optional<Response> try_answer(Call& call);
    /// After the headers and before the body: routing, authentication, limits. A Response refuses the
    /// request. Sets `call.route`, which says how large the body may be and whether it is spooled.
    virtual base::Task<std::optional<Response>> admit(Call& call) = 0;
    /// With the body read and decoded. Never throws for input; an exception is answered with the route's Fail
    /// code.
    virtual base::Task<Response> handle(Call& call) = 0;
    /// After the last byte of the answer was handed to the system, once for every call; also for requests
    /// that were refused before `admit` (then `call.route` is null) and for clients that left: `kClientGone`.
    virtual void finished(const Call& call, const Sent& sent) = 0;
};

/// Status in `finished` of a call whose client left before there was an answer.
inline constexpr unsigned kClientGone = 499;

/// Its functions are for the thread that runs `io`; `drain`, `stop` and `connections` for any thread.
class Server {
public:
    Server(base::asio::io_context& io, ServerOptions options, Application& application,
           const base::Clock& clock);
    ~Server();

    /// Servers of one port, each with a thread of its own, that give each other new connections so that all
    /// have as many.
    class Peers;
    [[nodiscard]] static std::shared_ptr<Peers> make_peers();
    /// Before `listen`. Peers must not be destroyed while another one still runs.
    void share(std::shared_ptr<Peers> peers);
    /// Binds with SO_REUSEPORT and starts accepting. Error: a text for the operator.
    [[nodiscard]] std::expected<void, std::string> listen();
    [[nodiscard]] std::uint16_t port() const;
    /// Stops accepting; idle connections end, busy ones after their answer (with `Connection: close`).
    void drain();
    /// Ends whatever is left.
    void stop();
    [[nodiscard]] std::size_t connections() const;

private:
    class State;
    std::shared_ptr<State> state_;
};

}  // namespace http
