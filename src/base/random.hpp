// Bytes from the system's cryptographic generator.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace base {

/// Fills `out`; ends the program when the generator fails, because nothing that asks can do without it.
void random_bytes(std::span<std::uint8_t> out);
/// `count` random bytes as base64url without padding (RFC 4648 section 5).
[[nodiscard]] std::string random_base64url(std::size_t count);

}  // namespace base
