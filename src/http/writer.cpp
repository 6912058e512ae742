#include "http/writer.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>

#include "http/conditional.hpp"

namespace http {
namespace {

#define XBM_SECURITY_HEADERS                                                                                  \
    "Cross-Origin-Opener-Policy: same-origin\r\n"                                                             \
    "Cross-Origin-Resource-Policy: same-origin\r\n"                                                           \
    "X-Content-Type-Options: nosniff\r\n"                                                                     \
    "X-Frame-Options: DENY\r\n"                                                                               \
    "Referrer-Policy: strict-origin-when-cross-origin\r\n"                                                    \
    "Origin-Agent-Cluster: ?1\r\n"                                                                            \
    "X-DNS-Prefetch-Control: off\r\n"                                                                         \
    "X-Download-Options: noopen\r\n"                                                                          \
    "X-Permitted-Cross-Domain-Policies: none\r\n"                                                             \
    "X-XSS-Protection: 0\r\n"                                                                                 \
    "Permissions-Policy: geolocation=(), microphone=(), camera=()\r\n"                                        \
    "Content-Security-Policy: default-src 'self'; style-src 'self'; font-src 'self'; "                        \
    "img-src 'self' data: https: blob:; media-src 'self' https:; script-src 'self'; script-src-attr 'none'; " \
    "object-src 'none'; frame-src 'none'; connect-src 'self'; worker-src 'self' blob:; base-uri 'self'; "     \
    "form-action 'self'; frame-ancestors 'none'"

// The tail of every head, with the empty line that ends it.
constexpr std::string_view kPlainTail = XBM_SECURITY_HEADERS "\r\n\r\n";
constexpr std::string_view kSecureTail = XBM_SECURITY_HEADERS
    "; upgrade-insecure-requests\r\n"
    "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n\r\n";

#undef XBM_SECURITY_HEADERS

/// Status lines without the version, in order of their number.
constexpr std::string_view kReasons[] = {"200 OK",
                                         "201 Created",
                                         "202 Accepted",
                                         "204 No Content",
                                         "206 Partial Content",
                                         "301 Moved Permanently",
                                         "302 Found",
                                         "303 See Other",
                                         "304 Not Modified",
                                         "307 Temporary Redirect",
                                         "308 Permanent Redirect",
                                         "400 Bad Request",
                                         "401 Unauthorized",
                                         "402 Payment Required",
                                         "403 Forbidden",
                                         "404 Not Found",
                                         "405 Method Not Allowed",
                                         "406 Not Acceptable",
                                         "408 Request Timeout",
                                         "409 Conflict",
                                         "410 Gone",
                                         "412 Precondition Failed",
                                         "413 Content Too Large",
                                         "414 URI Too Long",
                                         "415 Unsupported Media Type",
                                         "416 Range Not Satisfiable",
                                         "422 Unprocessable Content",
                                         "424 Failed Dependency",
                                         "429 Too Many Requests",
                                         "431 Request Header Fields Too Large",
                                         "500 Internal Server Error",
                                         "501 Not Implemented",
                                         "502 Bad Gateway",
                                         "503 Service Unavailable",
                                         "504 Gateway Timeout",
                                         "505 HTTP Version Not Supported"};

std::string_view reason(unsigned status) {
    const auto number = [](std::string_view line) {
        return static_cast<unsigned>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
    };
    if (status == 200) return kReasons[0];
    const auto* found = std::ranges::lower_bound(kReasons, status, {}, number);
    return found != std::end(kReasons) && number(*found) == status ? *found : std::string_view();
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// A value with a line end would be a header of somebody else's making; such bytes become blanks.
void append_header(std::string& out, std::string_view name, std::string_view value) {
    out.append(name).append(": ");
    const std::size_t from = out.size();
    out.append(value);
    for (std::size_t i = from; i < out.size(); ++i) {
        const auto u = static_cast<unsigned char>(out[i]);
        if ((u < 0x20 && u != '\t') || u == 0x7f) out[i] = ' ';
    }
    out.append("\r\n");
}

void append_etag(std::string& out, std::string_view etag, Coding coding) {
    if (coding == Coding::identity || etag.starts_with("W/")) {
        out.append("ETag: ").append(etag).append("\r\n");
    } else {
        append_header(out, "ETag", coded_etag(etag, coding));
    }
}

bool is_read(const Call& call) {
    return call.request.method == Method::get || call.request.method == Method::head;
}

bool has_header(const Response& response, std::string_view name) {
    return std::ranges::any_of(response.headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

void Answer::clear() {
    head.clear();
    tail = {};
    body.reset();
    source.reset();
    source_bytes.reset();
    status = 0;
    keep_alive = true;
    chunked = false;
    coding = Coding::identity;
    is_encodable = false;
}

Writer::Writer(WriterOptions options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock) {}

// IMF-fixdate (RFC 9110 section 5.6.7), written once per second.
void Writer::append_date(std::string& out) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
    if (now != date_second_ || date_.empty()) {
        constexpr std::array<const char*, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        const auto day = std::chrono::floor<std::chrono::days>(now);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss time(now - day);
        std::array<char, 64> text;
        const int size =
            std::snprintf(text.data(), text.size(), "Date: %s, %02u %s %04d %02d:%02d:%02d GMT\r\n",
                          kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                          kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                          static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                          static_cast<int>(time.seconds().count()));
        date_.assign(text.data(), static_cast<std::size_t>(size));
        date_second_ = now;
    }
    out.append(date_);
}

void Writer::append_caching(std::string& out, Caching caching) const {
    switch (caching) {
        case Caching::no_store:
            out.append("Cache-Control: no-store\r\n");
            return;
        case Caching::private_no_cache:
            out.append("Cache-Control: private, no-cache\r\n");
            return;
        case Caching::api_max_age:
            if (options_.api_max_age_seconds <= 0) {
                out.append("Cache-Control: private, no-cache\r\n");
                return;
            }
            out.append("Cache-Control: private, max-age=");
            append_number(out, static_cast<std::uint64_t>(options_.api_max_age_seconds));
            out.append("\r\n");
            return;
        case Caching::immutable_asset:
            out.append("Cache-Control: public, max-age=31536000, immutable\r\n");
            return;
        case Caching::public_day:
            out.append("Cache-Control: public, max-age=86400\r\n");
            return;
        case Caching::no_cache:
            out.append("Cache-Control: no-cache\r\n");
            return;
        case Caching::none:
            return;
    }
}

// Turns the answer to a conditional request into 304 when the client has it already; gives the coding that a
// 200 would have had, because its tag depends on it (RFC 9110 section 15.4.5).
Coding Writer::negotiate(const Call& call, Response& response) const {
    const bool tagged = is_read(call) && response.status == 200 && !response.source;
    if (tagged && response.body && response.etag.empty()) response.etag = content_etag(*response.body);
    if (!tagged || response.etag.empty()) return encode(call, response);
    const auto known = call.request.header("if-none-match");
    if (!known || !matches_any(*known, response.etag)) return encode(call, response);
    response.status = 304;
    const Coding coding = is_encodable(response)
                              ? choose_coding(call.request.header("accept-encoding"), options_.codings)
                              : Coding::identity;
    response.body.reset();
    return coding;
}

bool Writer::is_encodable(const Response& response) const {
    return response.body && response.body->size() >= options_.compression_min_bytes &&
           is_compressible(response.content_type) && !has_header(response, "Content-Encoding");
}

Coding Writer::encode(const Call& call, Response& response) const {
    if (!is_encodable(response)) return Coding::identity;
    const Coding coding = choose_coding(call.request.header("accept-encoding"), options_.codings);
    if (coding == Coding::identity) return coding;
    if (auto kept = Variants::get(response.variants, coding)) {
        response.body = std::move(kept);
        return coding;
    }
    auto coded = compress(*response.body, coding, options_.gzip_level);
    if (!coded) return Coding::identity;
    response.body = Variants::keep(response.variants, coding, std::move(*coded));
    return coding;
}

// Content-Type, Content-Encoding and the length, or how the body ends without one.
void Writer::append_framing(const Call& call, const Response& response, Coding coding, Answer& answer) {
    std::string& out = answer.head;
    if (response.body || response.source)
        out.append("Content-Type: ").append(response.content_type).append("\r\n");
    if (coding != Coding::identity) out.append("Content-Encoding: ").append(to_string(coding)).append("\r\n");
    if (response.source && !response.source_bytes) {
        // A stream needs HTTP/1.1 to be chunked; to others it ends with the connection.
        answer.chunked = call.request.http_1_1;
        if (answer.chunked)
            out.append("Transfer-Encoding: chunked\r\n");
        else
            answer.keep_alive = false;
        return;
    }
    out.append("Content-Length: ");
    append_number(out, response.source ? *response.source_bytes : response.body ? response.body->size() : 0);
    out.append("\r\n");
}

void Writer::append_timing(const Call& call, const Response& response, std::string& out) const {
    const std::chrono::duration<double, std::milli> total = clock_.steady() - call.started;
    std::array<char, 48> text;
    const int size = std::snprintf(text.data(), text.size(), "total;dur=%.3f", total.count());
    std::string value(text.data(), static_cast<std::size_t>(size));
    if (!response.server_timing->empty()) value.append(", ").append(*response.server_timing);
    append_header(out, "Server-Timing", value);
}

void Writer::write(const Call& call, Response response, bool keep_alive, Answer& answer) {
    answer.clear();
    std::string& out = answer.head;
    const Coding coding = negotiate(call, response);
    answer.coding = coding;
    answer.is_encodable = coding != Coding::identity || is_encodable(response);
    const bool bodiless = response.status == 204 || response.status == 304 || response.status < 200;
    answer.status = response.status;
    answer.keep_alive = keep_alive && !response.close;
    out.append("HTTP/1.1 ");
    if (const auto line = reason(response.status); !line.empty()) {
        out.append(line);
    } else {
        append_number(out, response.status);
        out.append(" Unknown");
    }
    out.append("\r\n");
    append_date(out);
    out.append("X-Request-ID: ").append(call.request_id).append("\r\n");
    if (!bodiless) append_framing(call, response, coding, answer);
    append_caching(out, response.caching);
    if (!response.vary.empty()) out.append("Vary: ").append(response.vary).append("\r\n");
    if (!response.etag.empty()) append_etag(out, response.etag, coding);
    append_quotas(out, call.quotas.all(), date_second_);
    if (response.server_timing) append_timing(call, response, out);
    for (const auto& [name, value] : response.headers)
        append_header(out, name, value);
    for (const auto& cookie : response.cookies)
        append_header(out, "Set-Cookie", cookie);
    if (!answer.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (!call.request.http_1_1) {
        out.append("Connection: keep-alive\r\n");
    }
    answer.tail = call.secure ? kSecureTail : kPlainTail;
    if (bodiless || call.request.method == Method::head) return;
    answer.body = std::move(response.body);
    answer.source = std::move(response.source);
    answer.source_bytes = response.source_bytes;
}

}  // namespace http
