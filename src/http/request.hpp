// What a handler sees of one request.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/usage.hpp"
#include "http/principal.hpp"
#include "http/quota.hpp"

namespace http {

enum class Method : std::uint8_t { get, head, post, put, patch, del, options, other };
[[nodiscard]] std::string_view to_string(Method method);

struct Header {
    std::string_view name;
    std::string_view value;
};

/// Views into the connection's buffer; valid until the handler has returned its Response.
struct Request {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view target;  ///< as received
    std::string_view raw_path;
    std::string_view raw_query;  ///< without the question mark
    std::span<const Header> headers;
    std::string_view body;  ///< decoded; empty when the body was spooled to a file
    std::string_view peer;  ///< address of the socket's other end, no port
    bool keep_alive = true;
    bool http_1_1 = true;  ///< false for HTTP/1.0

    /// The first header of that name, compared case-insensitively.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const;
    /// The value of a cookie (RFC 6265).
    [[nodiscard]] std::optional<std::string_view> cookie(std::string_view name) const;
};

/// The query string after percent-decoding, in order of appearance. `a[]=1` and `a[0]=1` are stored under `a`
/// (contract 1.1 "Query arrays"); names keep their case.
class Query {
public:
    Query() = default;
    /// Invalid escapes stay as they are; `+` is a blank; bytes that are not UTF-8 become U+FFFD.
    explicit Query(std::string_view raw_query);

    /// Appends a pair that is already decoded.
    void add(std::string name, std::string value) { pairs_.emplace_back(std::move(name), std::move(value)); }
    /// The last value of that name.
    [[nodiscard]] std::optional<std::string_view> get(std::string_view name) const;
    /// All values of that name; with `split_commas` also those of `a=1,2`. Empty ones are dropped.
    [[nodiscard]] std::vector<std::string> list(std::string_view name, bool split_commas) const;
    /// `true` `1` `false` `0`; anything else is ignored.
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const;
    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const { return pairs_; }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Route;

/// What an Idempotency-Key has claimed (contract 1.9). Opaque here: idempotency/ defines it.
struct Claim;

/// What the cache did for an answer (contract 1.5 "Server-Timing").
enum class CacheUse : std::uint8_t { bypass, hit, miss };
[[nodiscard]] std::string_view to_string(CacheUse use);

/// One request on its way: the request, what the router and admission found, and where its body went.
struct Call {
    const Request& request;
    std::string request_id;  ///< X-Request-ID, taken or made
    base::SteadyTime started;
    std::string path;                     ///< percent-decoded, without a trailing slash; case as received
    const Route* route = nullptr;         ///< set by admission
    std::vector<std::string> parameters;  ///< values of `:name` segments in order, decoded
    std::optional<Principal> principal;
    Query query;                         ///< parsed before `admit`
    std::filesystem::path spooled_body;  ///< the file that holds the body on spooling routes; removed after
                                         ///< the answer unless moved away
    std::string trace_id;                ///< W3C Trace Context, 32 hexadecimal digits; set by admission
    std::string client_address;          ///< behind trusted proxies; contract 1.11
    bool secure = false;                 ///< https, as told by a trusted proxy
    Quotas quotas;                       ///< of the rate limits that it was counted against; for every answer
    /// A version that the caller's library has reached, when that is known already.
    std::optional<std::int64_t> library_version;
    std::shared_ptr<Claim> claim;              ///< of the request's Idempotency-Key
    std::shared_ptr<base::Usage> usage;        ///< set when Server-Timing is wanted
    std::chrono::nanoseconds authenticated{};  ///< how long admission took
    CacheUse cache = CacheUse::bypass;
    bool is_counted = false;    ///< among those that are in flight
    bool was_overload = false;  ///< it was refused because there was too much to do

    explicit Call(const Request& r) : request(r) {}
};

}  // namespace http
