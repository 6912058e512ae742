// Turns bytes into a Request. Owns Boost.Beast's parser and everything that must hold before a byte is
// trusted: limits, strict line ends, request smuggling. Does no I/O; the connection feeds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "http/request.hpp"

namespace http {

struct ParserLimits {
    std::size_t header_bytes = 64 * 1024;  ///< all field lines of one request
    std::size_t target_bytes = 16 * 1024;
    bool always_full =
        false;  ///< without the short way for simple heads; both must agree, which tests compare
};

/// States: header → (body →) complete, or failed from anywhere. After `complete` or `failed` call `start`.
class Parser {
public:
    enum class Step : std::uint8_t { need_more, done, failed };
    /// Takes the next decoded piece of a body; an error ends the parsing with it.
    using Sink = std::function<base::Result<void>(std::string_view)>;

    explicit Parser(ParserLimits limits);
    ~Parser();
    Parser(Parser&&) noexcept;
    Parser& operator=(Parser&&) = delete;

    /// Gets ready for the next request, whose fields will be stored in `request` and `headers`.
    void start(Request& request, std::vector<Header>& headers);
    /// `bytes` holds everything received of this request so far, at any address. Nothing is stored before the
    /// whole header is there; then the views of the request point into `bytes` and `consumed` is the length
    /// of the header. Errors: malformed_request, headers_too_large, uri_too_long, not_implemented,
    /// http_version_not_supported.
    [[nodiscard]] Step parse_header(std::string_view bytes, std::size_t& consumed);

    /// After the header: whether a body follows.
    [[nodiscard]] bool has_body() const { return has_body_; }
    /// Nothing for chunked bodies.
    [[nodiscard]] std::optional<std::uint64_t> content_length() const { return content_length_; }
    /// The client waits for `100 Continue` (RFC 9110 section 10.1.1).
    [[nodiscard]] bool expects_continue() const { return expects_continue_; }
    /// Hands the body's pieces to `sink`. What was not consumed must come again, followed by more. Errors:
    /// those of the sink, malformed_request.
    [[nodiscard]] Step parse_body(std::string_view bytes, std::size_t& consumed, const Sink& sink);

    /// Why the last step failed.
    [[nodiscard]] const base::Error& error() const { return error_; }

private:
    class Driver;

    Step fail(base::Errc code, std::string_view text);
    Step scan(std::string_view bytes, std::size_t& end);
    Step finish_header(std::string_view bytes);
    Step finish_target();
    Step check_framing();
    bool split_target();

    ParserLimits limits_;
    std::unique_ptr<Driver> driver_;
    Request* request_ = nullptr;
    std::vector<Header>* headers_ = nullptr;
    base::Error error_;
    std::optional<std::uint64_t> content_length_;
    std::size_t scanned_ = 0;     ///< bytes of the header in which line ends were looked for
    std::size_t line_start_ = 0;  ///< of the line that `scanned_` lies in
    std::size_t first_line_ = 0;  ///< length of the request line with its line end; 0 while unknown
    bool is_simple_ = false;  ///< read without `driver_`: HTTP/1.1 that keeps the connection and has no body
    bool has_body_ = false;
    bool expects_continue_ = false;
};

/// ASCII letters compare without case.
[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace http
