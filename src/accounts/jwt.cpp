#include "accounts/jwt.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/encoding.hpp"
#include "base/json_writer.hpp"
#include "base/random.hpp"

namespace accounts {
namespace {

using base::Errc;
using std::chrono::floor;
using std::chrono::seconds;

constexpr std::string_view kIssuer = "x-bookmarker";
constexpr std::string_view kAudience = "x-bookmarker-app";
constexpr std::size_t kMaxToken = 4096;

std::int64_t to_seconds(base::Time time) {
    return floor<seconds>(time).time_since_epoch().count();
}

/// `access_<ms>_<9 base36>`.
std::string make_jti(base::Time now) {
    constexpr std::string_view digits = "0123456789abcdefghijklmnopqrstuvwxyz";
    std::array<std::uint8_t, 9> random{};
    base::random_bytes(random);
    std::string jti =
        "access_" + std::to_string(floor<std::chrono::milliseconds>(now).time_since_epoch().count()) + '_';
    for (const std::uint8_t byte : random)
        jti += digits[byte % digits.size()];
    return jti;
}

std::optional<boost::json::object> read_part(std::string_view part) {
    const auto json = base::from_base64url(part);
    if (!json) return {};
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(*json, error);
    if (error || !value.is_object()) return {};
    return std::move(value.as_object());
}

std::optional<std::string_view> text_claim(const boost::json::object& claims, std::string_view name) {
    const boost::json::value* value = claims.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return std::string_view(value->as_string());
}

/// Seconds since 1970; whole numbers up to the year 9999 only.
std::optional<base::Time> time_claim(const boost::json::object& claims, std::string_view name) {
    const boost::json::value* value = claims.if_contains(name);
    if (value == nullptr || !value->is_int64()) return {};
    const std::int64_t number = value->as_int64();
    if (number < 0 || number > 253'402'300'799) return {};
    return base::Time{seconds{number}};
}

bool has_audience(const boost::json::object& claims) {
    const boost::json::value* value = claims.if_contains("aud");
    if (value == nullptr) return false;
    if (value->is_string()) return std::string_view(value->as_string()) == kAudience;
    if (!value->is_array()) return false;
    for (const boost::json::value& item : value->as_array())
        if (item.is_string() && std::string_view(item.as_string()) == kAudience) return true;
    return false;
}

std::optional<Claims> read_claims(const boost::json::object& json) {
    if (text_claim(json, "iss") != kIssuer || text_claim(json, "typ") != "access" || !has_audience(json))
        return {};
    const auto user = base::parse_uuid(text_claim(json, "userId").value_or(""));
    const auto x_user_id = text_claim(json, "xUserId");
    const auto username = text_claim(json, "username");
    const auto role = text_claim(json, "role");
    const auto issued = time_claim(json, "iat");
    const auto expires = time_claim(json, "exp");
    if (!user || !x_user_id || !username || !issued || !expires || !text_claim(json, "jti")) return {};
    if (role != "user" && role != "admin") return {};
    Claims claims{.user = {*user},
                  .x_user_id = std::string(*x_user_id),
                  .username = std::string(*username),
                  .role = role == "admin" ? base::Role::admin : base::Role::user,
                  .session = {},
                  .issued_at = *issued,
                  .expires_at = *expires};
    if (json.contains("sid")) {
        const auto session = base::parse_uuid(text_claim(json, "sid").value_or(""));
        if (!session) return {};
        claims.session = base::SessionId{*session};
    }
    return claims;
}

}  // namespace

std::string sign(const Claims& claims, std::string_view key) {
    std::string payload;
    base::JsonWriter json(payload);
    json.begin_object().member("userId", claims.user).member("xUserId", claims.x_user_id);
    json.member("username", claims.username)
        .member("role", base::to_string(claims.role))
        .member("typ", "access");
    if (claims.session) json.member("sid", *claims.session);
    json.member("iat", to_seconds(claims.issued_at)).member("exp", to_seconds(claims.expires_at));
    json.member("aud", kAudience)
        .member("iss", kIssuer)
        .member("jti", make_jti(claims.issued_at))
        .end_object();
    std::string token =
        base::to_base64url(R"({"alg":"HS256","typ":"JWT"})") + '.' + base::to_base64url(payload);
    const base::Digest signature = base::hmac_sha256(key, token);
    return token + '.' + base::to_base64url(base::as_chars(signature));
}

base::Result<Claims> verify(std::string_view token, std::string_view key, base::Time now) {
    const auto invalid = base::fail(Errc::invalid_token, "The access token is not valid");
    const std::size_t first = token.find('.');
    const std::size_t second = token.find('.', first == std::string_view::npos ? first : first + 1);
    if (token.size() > kMaxToken || second == std::string_view::npos) return invalid;
    const auto signature = base::from_base64url(token.substr(second + 1));
    const base::Digest expected = base::hmac_sha256(key, token.substr(0, second));
    if (!signature || !base::equal_constant_time(*signature, base::as_chars(expected))) return invalid;
    const auto header = read_part(token.substr(0, first));
    if (!header || text_claim(*header, "alg") != "HS256" || header->contains("crit")) return invalid;
    const auto json = read_part(token.substr(first + 1, second - first - 1));
    if (!json) return invalid;
    auto claims = read_claims(*json);
    if (!claims) return invalid;
    if (json->contains("nbf")) {
        const auto not_before = time_claim(*json, "nbf");
        if (!not_before) return invalid;
        if (now < *not_before)
            return base::fail(Errc::token_not_active, "The access token is not active yet");
    }
    if (now >= claims->expires_at) return base::fail(Errc::token_expired, "The access token has expired");
    return std::move(*claims);
}

}  // namespace accounts
