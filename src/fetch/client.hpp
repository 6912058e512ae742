// Outgoing HTTP: requests of one thread on libcurl's multi interface, driven by the thread's io_context.
// Names are resolved on threads of libcurl, so nothing here blocks. Redirects are not followed and
// certificates are checked. What was sent and received is never logged.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "fetch/addresses.hpp"
#include "fetch/breakers.hpp"

namespace fetch {

/// Of HTTP's scheme Basic.
struct Login {
    std::string name;
    std::string password;
};

struct Request {
    std::string method = "GET";
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string body = {};
    std::optional<Login> login = {};
    std::chrono::milliseconds timeout{
        30'000};  ///< from the first to the last byte, name and handshake included
    std::size_t answer_bytes_max = 8UL * 1024 * 1024;  ///< after decoding
    std::string trace_id = {};  ///< 32 hexadecimal digits for `traceparent`; empty: a trace of its own
    /// The caller leaves at once when his coroutine is cancelled (Asio's terminal cancellation). Never for
    /// what must be known to have happened.
    bool may_leave = false;
    /// `ClientOptions::addresses` does not bind it: what the operator runs beside us, and nobody else names.
    bool may_be_private = false;
};

struct Answer {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::string body;

    [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const;
};

/// Why there is no answer.
struct Failure {
    enum class Kind : std::uint8_t {
        refused,      ///< the circuit breaker of the host is open; nothing was sent
        unreachable,  ///< no address, none that is allowed, no connection, or no trusted certificate; nothing
                      ///< was sent
        timed_out,
        broken,     ///< the connection ended before the answer did
        too_large,  ///< the answer
        stopped,    ///< the program ends, or the caller has left
    };
    Kind kind = Kind::broken;
    std::chrono::milliseconds retry_after{};  ///< of `refused`
};
[[nodiscard]] std::string_view to_string(Failure::Kind kind);

struct ClientOptions {
    std::string user_agent = "X-Bookmarker";
    long connections_max = 32;
    std::chrono::milliseconds connect_timeout{10'000};
    Addresses addresses = {};       ///< that may be connected to
    std::string certificates = {};  ///< file of trusted certificates; empty: the system's
};

/// For the thread that runs `io`.
class Client {
public:
    /// `breakers` and `clock` must outlive it.
    Client(base::asio::io_context& io, ClientOptions options, Breakers& breakers, const base::Clock& clock);
    /// As `stop`.
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    /// Any status is an answer. What is not idempotent (everything but GET and HEAD) is sent at most once.
    base::Task<std::expected<Answer, Failure>> send(Request request);
    /// Ends everything that is on its way.
    void stop();

private:
    class Loop;
    std::shared_ptr<Loop> loop_;
    Breakers& breakers_;
    const base::Clock& clock_;
};

/// `https://host:port` of an address, in lower case; what a breaker is kept for.
[[nodiscard]] std::string origin_of(std::string_view url);

}  // namespace fetch
