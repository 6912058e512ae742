// Asks for a password.
#pragma once

#include <expected>
#include <string>

namespace app {

/// From the terminal, twice and without echo; when standard input is none, its first line. Errors: sentences
/// for the user (they differ, aborted, too short or too long: 8 to 256 characters).
[[nodiscard]] std::expected<std::string, std::string> ask_new_password();

}  // namespace app
