// Secrets that are made once and kept in DATA_DIR.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace app {

/// Reads the secret in `file`, or makes one of 43 characters (256 bits, base64url) with mode 0600. Two
/// processes that do so at once get the same. The error is a sentence for the operator.
[[nodiscard]] std::expected<std::string, std::string> load_or_make_secret(const std::filesystem::path& file);

}  // namespace app
