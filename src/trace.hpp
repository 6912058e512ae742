// W3C Trace Context (https://www.w3.org/TR/trace-context/): whose trace a request belongs to.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "http/request.hpp"
#include "observe/hub.hpp"

namespace app {

/// The trace id (32 lower-case hexadecimal digits) of a `traceparent` header; nothing when it is invalid.
[[nodiscard]] std::optional<std::string_view> parse_traceparent(std::string_view header);

/// The request's; else the digits of `request_id` when that is a UUID, or a new one.
[[nodiscard]] std::string trace_id(const http::Request& request, std::string_view request_id);

/// The parent id (16 digits) of a `traceparent` header; nothing when it is invalid.
[[nodiscard]] std::optional<std::string_view> parse_parent(std::string_view header);

/// What OpenTelemetry is told of a request that was answered: the parent is the caller's, if there is one.
[[nodiscard]] observe::Span make_span(const http::Call& call, unsigned status,
                                      std::chrono::microseconds duration, base::Time end);

}  // namespace app
