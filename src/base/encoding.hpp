// Text forms of bytes, digests, and comparisons that take the same time for any input.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace base {

using Digest = std::array<std::uint8_t, 32>;

[[nodiscard]] std::string to_hex(std::span<const std::uint8_t> bytes);
[[nodiscard]] std::optional<std::string> from_hex(std::string_view text);
/// RFC 4648 section 5, no padding.
[[nodiscard]] std::string to_base64url(std::string_view bytes);
/// Nothing for characters outside the alphabet, padding, an impossible length, or set unused bits.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);
/// RFC 4648 section 4, padding required.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);
/// Escapes everything but RFC 3986's unreserved characters.
[[nodiscard]] std::string percent_encode(std::string_view text);

[[nodiscard]] Digest sha256(std::string_view bytes);
[[nodiscard]] Digest hmac_sha256(std::string_view key, std::string_view message);
[[nodiscard]] inline std::string_view as_chars(std::span<const std::uint8_t> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace base
