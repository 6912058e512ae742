// Frames of server-sent events (HTML standard section 9.2, contract 1.13).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace http {

inline constexpr std::string_view kEventStreamType = "text/event-stream; charset=utf-8";
/// What every stream begins with.
inline constexpr std::string_view kEventStreamStart = "retry: 3000\n\n";
inline constexpr std::string_view kEventStreamHeartbeat = ": heartbeat\n\n";

/// One event; `data` may have several lines. `event` empty: the default kind, `message`. Line ends in `event`
/// are dropped, because they would begin another field.
[[nodiscard]] std::string event_frame(std::uint64_t id, std::string_view event, std::string_view data);

}  // namespace http
