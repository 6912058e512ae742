#include "trace.hpp"

#include <algorithm>
#include <array>
#include <iterator>

#include "base/encoding.hpp"
#include "base/random.hpp"
#include "http/parser.hpp"
#include "http/router.hpp"

namespace app {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::size_t kTraceAt = 3;
constexpr std::size_t kTraceDigits = 32;
constexpr std::size_t kParentAt = 36;
constexpr std::size_t kParentDigits = 16;
constexpr std::size_t kBytes = 55;

bool is_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
    return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::optional<std::string_view> parse_traceparent(std::string_view header) {
    header = http::trim(header);
    if (header.size() < kBytes) return std::nullopt;
    const auto version = header.substr(0, 2);
    const auto trace = header.substr(kTraceAt, kTraceDigits);
    const auto parent = header.substr(kParentAt, kParentDigits);
    if (header[2] != '-' || header[35] != '-' || header[52] != '-') return std::nullopt;
    if (!is_hex(version) || version == "ff" || !is_hex(trace) || is_zero(trace) || !is_hex(parent) ||
        is_zero(parent) || !is_hex(header.substr(53, 2)))
        return std::nullopt;
    // Later versions may be longer, after another dash.
    if (header.size() > kBytes && (version == "00" || header[kBytes] != '-')) return std::nullopt;
    return trace;
}

std::optional<std::string_view> parse_parent(std::string_view header) {
    header = http::trim(header);
    if (!parse_traceparent(header)) return std::nullopt;
    return header.substr(kParentAt, kParentDigits);
}

std::string trace_id(const http::Request& request, std::string_view request_id) {
    if (const auto header = request.header("traceparent")) {
        if (const auto found = parse_traceparent(*header)) return std::string(*found);
    }
    std::string digits;
    digits.reserve(request_id.size());
    std::ranges::copy_if(request_id, std::back_inserter(digits), [](char c) { return c != '-'; });
    if (digits.size() == kTraceDigits && is_hex(digits) && !is_zero(digits)) return digits;
    std::array<std::uint8_t, kTraceDigits / 2> bytes{};
    base::random_bytes(bytes);
    return base::to_hex(bytes);
}

observe::Span make_span(const http::Call& call, unsigned status, std::chrono::microseconds duration,
                        base::Time end) {
    observe::Span span{
        .trace_id = call.trace_id.empty() ? trace_id(call.request, call.request_id) : call.trace_id,
        .method = std::string(http::to_string(call.request.method)),
        .status = status,
        .end = end,
        .duration = duration,
        .cache = http::to_string(call.cache)};
    if (call.route != nullptr) span.route = call.route->pattern;
    std::array<std::uint8_t, kParentDigits / 2> bytes{};
    base::random_bytes(bytes);
    span.span_id = base::to_hex(bytes);
    if (const auto header = call.request.header("traceparent")) {
        if (const auto parent = parse_parent(*header)) span.parent_id = *parent;
    }
    if (call.usage) {
        span.statements = call.usage->statements;
        span.database = std::chrono::duration_cast<std::chrono::microseconds>(call.usage->database);
    }
    return span;
}

}  // namespace app
