// Any bytes as an access token, and any header and payload under a good signature: nothing crashes, what is
// not signed with the key is never accepted, and what is accepted reads back as it was. The first line of the
// input is the header, the rest the payload; the whole input is a token as well.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "accounts/jwt.hpp"
#include "base/encoding.hpp"

namespace {

using base::Errc;

constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherKey = "0123456789abcdef0123456789abcdeg";
constexpr std::size_t kTokenBytesMax = 4096;  // verify refuses longer ones
const base::Time kNow{std::chrono::seconds{1'790'000'000}};

void require(bool condition) {
    if (!condition) std::abort();
}

std::string with_signature(std::string_view signed_part, std::string_view key) {
    const base::Digest signature = base::hmac_sha256(key, signed_part);
    return std::string(signed_part) + '.' + base::to_base64url(base::as_chars(signature));
}

base::Result<accounts::Claims> verify(std::string_view token, base::Time now = kNow) {
    auto result = accounts::verify(token, kKey, now);
    if (!result) {
        const Errc code = result.error().code;
        require(code == Errc::invalid_token || code == Errc::token_expired || code == Errc::token_not_active);
    }
    return result;
}

/// Bytes that nobody signed.
void check_raw(std::string_view token) {
    if (!verify(token)) return;
    const std::size_t dot = token.rfind('.');
    require(dot != std::string_view::npos);
    const base::Digest expected = base::hmac_sha256(kKey, token.substr(0, dot));
    require(base::from_base64url(token.substr(dot + 1)) == base::as_chars(expected));
}

/// Forgeries of an accepted token.
void check_forgeries(const std::string& signed_part) {
    require(!verify(signed_part));
    require(!verify(signed_part + '.'));
    require(!verify(with_signature(signed_part, kOtherKey)));
    require(!verify(with_signature(signed_part, "")));
    const std::string token = with_signature(signed_part, kKey);
    const std::string signature = token.substr(signed_part.size());
    std::string altered = signed_part;
    for (std::size_t i = 0; i < altered.size(); i += 1 + altered.size() / 16) {
        const char before = altered[i];
        altered[i] = before == 'A' ? 'B' : 'A';
        require(!verify(altered + signature));
        altered[i] = before;
    }
    std::string digest = *base::from_base64url(std::string_view(signature).substr(1));
    digest[digest.size() / 2] ^= 1;
    require(!verify(signed_part + '.' + base::to_base64url(digest)));
}

/// An accepted token holds what it says, no longer than it says.
void check_accepted(const accounts::Claims& claims, const std::string& token) {
    require(claims.expires_at > kNow);
    require(claims.role == base::Role::user || claims.role == base::Role::admin);
    const auto late = verify(token, claims.expires_at);
    require(!late && late.error().code == Errc::token_expired);

    const std::string again = accounts::sign(claims, kKey);
    if (again.size() > kTokenBytesMax) return;
    const auto read = verify(again);
    require(read.has_value());
    require(read->user == claims.user && read->x_user_id == claims.x_user_id);
    require(read->username == claims.username && read->role == claims.role);
    require(read->session == claims.session);
    require(read->issued_at == claims.issued_at && read->expires_at == claims.expires_at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(bytes), size);
    check_raw(input);
    const std::size_t line = std::min(input.find('\n'), input.size());
    const std::string_view header = input.substr(0, line);
    const std::string_view payload = input.substr(std::min(line + 1, input.size()));
    const std::string signed_part = base::to_base64url(header) + '.' + base::to_base64url(payload);
    const std::string token = with_signature(signed_part, kKey);
    const auto claims = verify(token);
    if (!claims) return 0;
    check_accepted(*claims, token);
    check_forgeries(signed_part);
    return 0;
}
