// Encryption at rest (contract 4.2): AES-256-GCM with a random nonce. What is sealed says with which key, and
// is bound to what it belongs to, so that it cannot be moved to another account or column. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"

namespace x {

using Key = std::array<std::uint8_t, 32>;

/// 32 bytes written as hexadecimal digits, base64 or base64url are that key; anything else is hashed with
/// SHA-256.
[[nodiscard]] Key key_of(std::string_view text);

class Vault {
public:
    /// `key` seals and opens, `previous` (ENCRYPTION_KEY_PREVIOUS, a comma list) only open.
    Vault(std::string_view key, std::string_view previous = {});

    /// `context` is what the text belongs to; `open` must be told the same.
    [[nodiscard]] std::string seal(std::string_view text, std::string_view context) const;
    /// Nothing: another context, an unknown key, or not what was sealed.
    [[nodiscard]] std::optional<std::string> open(std::string_view sealed, std::string_view context) const;

private:
    using KeyId = std::array<char, 8>;
    struct Known {
        KeyId id;
        Key key;
    };
    static Known known(std::string_view text);

    std::vector<Known> keys_;  ///< the one that seals first
};

/// The context of a value of an account: `purpose` is the column.
[[nodiscard]] std::string context_of(base::UserId user, std::string_view purpose);

}  // namespace x
