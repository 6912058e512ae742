#include "storage/signed_links.hpp"

#include <charconv>
#include <utility>

#include "base/encoding.hpp"

namespace storage {
namespace {

using std::chrono::seconds;

constexpr std::string_view kPurpose = "signed file links";

}  // namespace

SignedLinks::SignedLinks(std::string_view secret, seconds lifetime, std::string base_url)
    : key_(base::as_chars(base::hmac_sha256(secret, kPurpose))),
      lifetime_(lifetime),
      base_url_(std::move(base_url)) {}

std::string SignedLinks::url(std::string_view path, base::Time now) const {
    return base_url_ + std::string(path) + "?" + sign(path, now);
}

std::string SignedLinks::signature_of(std::string_view path, std::string_view expires) const {
    // A path has no line end.
    const std::string message = std::string(path) + "\n" + std::string(expires);
    return base::to_hex(base::hmac_sha256(key_, message));
}

std::string SignedLinks::sign(std::string_view path, base::Time now) const {
    const auto end = std::chrono::ceil<std::chrono::hours>(now + lifetime_);
    const std::string expires =
        std::to_string(std::chrono::duration_cast<seconds>(end.time_since_epoch()).count());
    return "expires=" + expires + "&signature=" + signature_of(path, expires);
}

base::Result<void> SignedLinks::check(std::string_view path, std::string_view expires,
                                      std::string_view signature, base::Time now) const {
    if (!base::equal_constant_time(signature, signature_of(path, expires)))
        return base::fail(base::Errc::file_link_invalid, "The signature does not fit the link");
    std::int64_t end = 0;
    const auto [rest, error] = std::from_chars(expires.data(), expires.data() + expires.size(), end);
    if (error != std::errc() || rest != expires.data() + expires.size())
        return base::fail(base::Errc::file_link_invalid, "The link has no valid time of expiry");
    if (now >= base::Time(seconds(end)))
        return base::fail(base::Errc::file_link_expired, "The link has expired; ask for a new one");
    return {};
}

std::string file_path(base::UserId user, std::string_view filename) {
    return "/api/files/exports/" + base::to_string(user.uuid) + "/" + base::percent_encode(filename);
}

std::string file_key(base::UserId user, std::string_view filename) {
    return "exports/" + base::to_string(user.uuid) + "/" + std::string(filename);
}

}  // namespace storage
