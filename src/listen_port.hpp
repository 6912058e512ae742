// Whether a port can be taken.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace app {

/// The workers share their port (SO_REUSEPORT), and so would a second server without noticing: this asks for
/// the port alone. 0 is always free. The error is a sentence for the operator.
[[nodiscard]] std::expected<void, std::string> check_port_is_free(const std::string& host,
                                                                  std::uint16_t port);

}  // namespace app
