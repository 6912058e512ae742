#include "http/parser.hpp"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <limits>
#include <optional>

#include "base/utf8.hpp"
#include "http/simple_head.hpp"

namespace http {
namespace {

namespace beast = boost::beast;
using base::Errc;
using beast::error_code;

// A line of a chunked body's framing, or its trailer, may be this long; all chunk extensions together too.
constexpr std::size_t kChunkFramingMax = 16 * 1024;
// The shortest rest of a chunked body is "0\r\n\r\n". Beast asserts that it has as much when it looks again.
constexpr std::size_t kChunkedRestMin = 5;
// Method, blanks and version beside the target of a request line.
constexpr std::size_t kRequestLineSlack = 64;
constexpr std::size_t kHeadersMax = 256;

Method to_method(beast::http::verb verb) {
    switch (verb) {
        case beast::http::verb::get:
            return Method::get;
        case beast::http::verb::head:
            return Method::head;
        case beast::http::verb::post:
            return Method::post;
        case beast::http::verb::put:
            return Method::put;
        case beast::http::verb::patch:
            return Method::patch;
        case beast::http::verb::delete_:
            return Method::del;
        case beast::http::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

std::string_view view(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
    return std::equal(a.begin(), a.end(), b.begin(), [&](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) {
    const auto from = text.find_first_not_of(" \t");
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(" \t") - from + 1);
}

// Receives Beast's callbacks. It lives for one request, because Beast's parser cannot be reset.
class Parser::Driver {
public:
    class Engine final : public beast::http::basic_parser<true> {
    public:
        explicit Engine(Driver& driver) : driver_(driver) {
            header_limit(std::numeric_limits<std::uint32_t>::max());  // ours are checked before
            body_limit(boost::none);
        }

    private:
        void on_request_impl(beast::http::verb verb, beast::string_view method, beast::string_view target,
                             int http_version, error_code& ec) override {
            driver_.request->method = to_method(verb);
            driver_.request->method_text = view(method);
            driver_.request->target = view(target);
            driver_.version = http_version;
            ec = {};
        }
        void on_response_impl(int, beast::string_view, int, error_code&) override {}
        void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                           error_code& ec) override {
            ec = {};
            if (driver_.header_done) return;  // trailers are of no use to us
            if (driver_.headers->size() == kHeadersMax) {
                ec = beast::http::error::header_limit;
                return;
            }
            driver_.headers->push_back({view(name), view(value)});
        }
        void on_header_impl(error_code& ec) override {
            driver_.header_done = true;
            ec = {};
        }
        void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code& ec) override { ec = {}; }
        std::size_t on_body_impl(beast::string_view body, error_code& ec) override {
            return driver_.take(body, ec);
        }
        void on_chunk_header_impl(std::uint64_t, beast::string_view extensions, error_code& ec) override {
            driver_.extension_bytes += extensions.size();
            ec = {};
            if (driver_.extension_bytes > kChunkFramingMax) ec = beast::http::error::bad_chunk_extension;
        }
        std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code& ec) override {
            return driver_.take(body, ec);
        }
        void on_finish_impl(error_code& ec) override { ec = {}; }

        Driver& driver_;
    };

    void restart(Request& r, std::vector<Header>& h) {
        request = &r;
        headers = &h;
        header_done = false;
        extension_bytes = 0;
        version = 0;
        sink_error.reset();
        engine.reset();
    }

    std::size_t take(beast::string_view body, error_code& ec) {
        ec = {};
        if (auto taken = (*sink)(view(body)); !taken) {
            sink_error = std::move(taken.error());
            ec = beast::http::error::body_limit;
        }
        return body.size();
    }

    std::optional<Engine> engine;
    Request* request = nullptr;
    std::vector<Header>* headers = nullptr;
    const Sink* sink = nullptr;
    std::optional<base::Error> sink_error;
    std::size_t extension_bytes = 0;
    int version = 0;
    bool header_done = false;
};

Parser::Parser(ParserLimits limits) : limits_(limits), driver_(std::make_unique<Driver>()) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;

void Parser::start(Request& request, std::vector<Header>& headers) {
    request_ = &request;
    headers_ = &headers;
    request = Request{};
    headers.clear();
    driver_->restart(request, headers);
    content_length_.reset();
    scanned_ = line_start_ = first_line_ = 0;
    is_simple_ = has_body_ = expects_continue_ = false;
}

Parser::Step Parser::fail(base::Errc code, std::string_view text) {
    error_ = base::Error{code, text};
    return Step::failed;
}

// Looks for the end of the header line by line, so that Beast sees complete headers only and neither bare
// line feeds nor folded lines, which servers read differently (RFC 9112 sections 2.2 and 5.2). Limits come
// before everything else of a line, so that the answer does not depend on how the bytes were cut.
Parser::Step Parser::scan(std::string_view bytes, std::size_t& end) {
    while (scanned_ < bytes.size()) {
        const auto at = std::min(bytes.find('\n', scanned_), bytes.size());
        const std::size_t seen = std::min(at + 1, bytes.size());
        if (first_line_ == 0 && seen > limits_.target_bytes + kRequestLineSlack) {
            return fail(Errc::uri_too_long, "The request target is too long.");
        }
        if (first_line_ != 0 && seen - first_line_ > limits_.header_bytes) {
            return fail(Errc::headers_too_large, "The header fields are too large.");
        }
        scanned_ = seen;
        if (at == bytes.size()) break;
        if (at == line_start_ || bytes[at - 1] != '\r') {
            return fail(Errc::malformed_request, "Lines must end with CR LF.");
        }
        if (first_line_ == 0) {
            first_line_ = at + 1;
        } else if (at == line_start_ + 1) {
            end = at + 1;
            return Step::done;
        } else if (bytes[line_start_] == ' ' || bytes[line_start_] == '\t') {
            return fail(Errc::malformed_request, "Folded header lines are not accepted.");
        }
        line_start_ = at + 1;
    }
    return Step::need_more;
}

Parser::Step Parser::parse_header(std::string_view bytes, std::size_t& consumed) {
    consumed = 0;
    // Empty lines before a request are ignored (RFC 9112 section 2.2).
    std::size_t skipped = 0;
    while (bytes.size() - skipped >= 2 && bytes[skipped] == '\r' && bytes[skipped + 1] == '\n')
        skipped += 2;
    if (skipped > kRequestLineSlack) return fail(Errc::malformed_request, "There are too many empty lines.");
    const auto rest = bytes.substr(skipped);
    if (rest.empty() || rest == "\r") return Step::need_more;
    // Tells TLS and other protocols apart at once instead of by timeout.
    if (!is_token_char(rest.front())) return fail(Errc::malformed_request, "This is not an HTTP request.");

    std::size_t end = 0;
    const auto step = scan(rest, end);
    if (step != Step::done) return step;
    consumed = skipped + end;
    return finish_header(rest.substr(0, end));
}

Parser::Step Parser::finish_header(std::string_view bytes) {
    if (!limits_.always_full) {
        if (const auto head = read_simple_head(bytes, *headers_, kHeadersMax)) {
            request_->method = head->method;
            request_->method_text = head->method_text;
            request_->target = head->target;
            driver_->version = 11;
            is_simple_ = true;
            return finish_target();
        }
        headers_->clear();
    }
    error_code ec;
    driver_->engine.emplace(*driver_);
    driver_->engine->put({bytes.data(), bytes.size()}, ec);
    if (ec == beast::http::error::bad_version) {
        // "HTTP/2.0" is well-formed but not ours; garbage in its place is not.
        const auto line = bytes.substr(0, first_line_);
        const auto version = line.rfind(" HTTP/");
        const bool well_formed = version != std::string_view::npos && line.size() == version + 11 &&
                                 line[version + 6] >= '0' && line[version + 6] <= '9' &&
                                 line[version + 7] == '.';
        return well_formed
                   ? fail(Errc::http_version_not_supported, "Only HTTP/1.1 and HTTP/1.0 are spoken here.")
                   : fail(Errc::malformed_request, "The request line is malformed.");
    }
    if (ec == beast::http::error::header_limit) {
        return fail(Errc::headers_too_large, "There are too many header fields.");
    }
    if (ec == beast::http::error::bad_content_length || ec == beast::http::error::multiple_content_length ||
        ec == beast::http::error::bad_transfer_encoding) {
        return fail(Errc::malformed_request, "The length of the body is ambiguous.");
    }
    if (ec || !driver_->header_done) return fail(Errc::malformed_request, "The request header is malformed.");
    return finish_target();
}

Parser::Step Parser::finish_target() {
    request_->headers = *headers_;
    if (request_->target.size() > limits_.target_bytes) {
        return fail(Errc::uri_too_long, "The request target is too long.");
    }
    if (!split_target()) return fail(Errc::malformed_request, "The request target is malformed.");
    return check_framing();
}

Parser::Step Parser::check_framing() {
    std::size_t hosts = 0;
    bool chunked = false;
    for (const Header& header : *headers_) {
        if (equal_ignoring_case(header.name, "host")) ++hosts;
        if (equal_ignoring_case(header.name, "expect")) {
            expects_continue_ = equal_ignoring_case(header.value, "100-continue");
        }
        if (!equal_ignoring_case(header.name, "transfer-encoding")) continue;
        if (driver_->version < 11) {
            return fail(Errc::malformed_request, "HTTP/1.0 knows no Transfer-Encoding.");
        }
        if (!equal_ignoring_case(trim(header.value), "chunked")) {
            return fail(Errc::not_implemented, "This transfer coding is not supported.");
        }
        chunked = true;
    }
    if (hosts > 1 || (hosts == 0 && driver_->version >= 11)) {
        return fail(Errc::malformed_request, "Exactly one Host header is needed.");
    }
    request_->http_1_1 = driver_->version >= 11;
    if (is_simple_) return Step::done;
    request_->keep_alive = driver_->engine->keep_alive();
    if (const auto length = driver_->engine->content_length()) content_length_ = *length;
    if (chunked) content_length_.reset();
    has_body_ = chunked || content_length_.value_or(0) > 0;
    if (!has_body_ || driver_->version < 11) expects_continue_ = false;
    return Step::done;
}

// origin-form, absolute-form and the asterisk of OPTIONS (RFC 9112 section 3.2).
bool Parser::split_target() {
    std::string_view rest = request_->target;
    if (rest == "*" && request_->method == Method::options) {
        request_->raw_path = rest;
        return true;
    }
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(rest.substr(0, scheme.size()), scheme)) continue;
        const auto path = rest.find_first_of("/?", scheme.size());
        rest = path == std::string_view::npos ? std::string_view("/") : rest.substr(path);
        break;
    }
    if (rest.empty() || rest.find('#') != std::string_view::npos) return false;
    const auto question = rest.find('?');
    request_->raw_path = question == 0 ? std::string_view("/") : rest.substr(0, question);
    if (question != std::string_view::npos) request_->raw_query = rest.substr(question + 1);
    return request_->raw_path.front() == '/';
}

Parser::Step Parser::parse_body(std::string_view bytes, std::size_t& consumed, const Sink& sink) {
    consumed = 0;
    Driver& driver = *driver_;
    driver.sink = &sink;
    while (!driver.engine->is_done()) {
        const auto rest = bytes.substr(consumed);
        if (rest.empty() || (!content_length_ && rest.size() < kChunkedRestMin)) return Step::need_more;
        error_code ec;
        const auto taken = driver.engine->put({rest.data(), rest.size()}, ec);
        consumed += taken;
        if (driver.sink_error) {
            error_ = std::move(*driver.sink_error);
            return Step::failed;
        }
        if (ec == beast::http::error::need_more || (!ec && taken == 0 && !driver.engine->is_done())) {
            if (rest.size() - taken > kChunkFramingMax) {
                return fail(Errc::malformed_request, "The chunked body is malformed.");
            }
            if (taken == 0) return Step::need_more;
            continue;
        }
        if (ec) return fail(Errc::malformed_request, "The chunked body is malformed.");
    }
    return Step::done;
}

}  // namespace http
