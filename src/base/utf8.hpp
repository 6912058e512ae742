// UTF-8 (RFC 3629): checking and walking. Surrogates, overlong forms and code points above U+10FFFF are
// invalid.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace base {

/// U+FFFD, what an invalid byte decodes to.
inline constexpr char32_t kReplacement = 0xFFFD;

/// Decodes the code point at `position` and moves behind it. An invalid byte gives `kReplacement`, moves by
/// one and clears `*valid` when that is given.
char32_t next_code_point(std::string_view text, std::size_t& position, bool* valid = nullptr);
[[nodiscard]] bool is_valid_utf8(std::string_view text);
/// Number of code points of valid UTF-8.
[[nodiscard]] std::size_t count_code_points(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);
/// Valid UTF-8, NUL removed, line ends `\n` (contract 5.2 "text"); invalid bytes become U+FFFD.
[[nodiscard]] std::string clean_text(std::string_view text);

}  // namespace base
