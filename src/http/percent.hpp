// Percent-encoding (RFC 3986 section 2.1).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace http {

/// For paths: nothing for an invalid escape, NUL, or a result that is not UTF-8. `+` stays.
[[nodiscard]] std::optional<std::string> decode_path(std::string_view raw);
/// For queries and forms: invalid escapes stay as they are, `+` is a blank, bytes that are not UTF-8 become
/// U+FFFD, NUL is removed.
[[nodiscard]] std::string decode_form(std::string_view raw);

}  // namespace http
