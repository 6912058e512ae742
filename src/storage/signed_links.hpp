// Links that whoever has them may follow for a time, without a login: path, expiry and an HMAC-SHA-256 (RFC
// 2104) of both.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/id.hpp"

namespace storage {

class SignedLinks {
public:
    /// `secret` is that of access tokens; the key is derived from it. `lifetime` is rounded up to the next
    /// full hour of the clock, so that links of one hour are the same. `base_url` stands in front of paths;
    /// it may be empty.
    SignedLinks(std::string_view secret, std::chrono::seconds lifetime, std::string base_url);

    /// The whole link.
    [[nodiscard]] std::string url(std::string_view path, base::Time now) const;

    /// The query of the link, `expires=<seconds since 1970>&signature=<64 hexadecimal digits>`; `path` is
    /// what the server is asked for, in its percent encoded form.
    [[nodiscard]] std::string sign(std::string_view path, base::Time now) const;
    /// Errors: file_link_invalid, file_link_expired.
    [[nodiscard]] base::Result<void> check(std::string_view path, std::string_view expires,
                                           std::string_view signature, base::Time now) const;

private:
    [[nodiscard]] std::string signature_of(std::string_view path, std::string_view expires) const;

    std::string key_;
    std::chrono::seconds lifetime_;
    std::string base_url_;
};

/// Where a file of a user is served: `/api/files/exports/<userId>/<filename>`.
[[nodiscard]] std::string file_path(base::UserId user, std::string_view filename);
/// Its key (contract 5.4).
[[nodiscard]] std::string file_key(base::UserId user, std::string_view filename);

}  // namespace storage
