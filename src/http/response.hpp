// What a handler returns. The writer turns it into bytes: status line, headers every answer has, compression,
// ETag, conditional answer, HEAD.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/body.hpp"
#include "base/error.hpp"
#include "base/task.hpp"

namespace http {

struct Call;
class Variants;

/// Cache-Control of an answer (contract 1.7).
enum class Caching : unsigned char {
    no_store,          ///< errors, writes, logins
    private_no_cache,  ///< GET under /api
    api_max_age,       ///< as CACHE_API_MAX_AGE says
    immutable_asset,   ///< hashed files of the page: public, max-age=31536000, immutable
    none,              ///< no header
    public_day,        ///< validly signed files: public, max-age=86400
    no_cache           ///< event streams, the page's index
};

/// A body made piece by piece, such as an event stream or an export. One connection reads it.
class BodySource {
public:
    virtual ~BodySource() = default;
    /// The next piece, not empty; nothing at the end. May wait. An exception cuts the connection, so that the
    /// client sees an incomplete body.
    virtual base::Task<std::optional<std::string>> next() = 0;
    /// The server is draining or the client has gone: a waiting `next` should return nothing soon.
    virtual void stop() {}
    /// `next` may wait for something that never comes: whether the client is still there must be looked at.
    [[nodiscard]] virtual bool is_endless() const { return false; }
};

struct Written;

struct Response {
    unsigned status = 200;
    std::string_view content_type = "application/json; charset=utf-8";  ///< static storage
    base::Body body;                                                    ///< null means no body
    Caching caching = Caching::no_store;
    /// With quotes, `W/` where weak; empty: for 200 answers to GET the writer makes a weak one from the
    /// body's hash.
    std::string etag;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<std::string> cookies;  ///< values of Set-Cookie
    bool close = false;                ///< end the connection after this answer
    /// Codings of `body` that live as long as a cached answer does; null: the body is compressed for this
    /// answer only.
    std::shared_ptr<Variants> variants = {};
    /// The library version that the body shows: it was read no later than the rest of it. Set on complete
    /// answers that may be kept.
    std::optional<std::int64_t> library_version = {};
    /// What a write made of the resource, for caches that are written through.
    std::shared_ptr<const Written> written = {};
    std::string_view vary = "Authorization, Cookie, Accept-Encoding";  ///< static storage
    /// When set, the header Server-Timing is `total;dur=…` and then this text.
    std::optional<std::string> server_timing = {};
    /// Instead of `body`: sent as it comes, neither compressed nor tagged.
    std::shared_ptr<BodySource> source = {};
    /// Bytes that `source` will make, when known; otherwise the answer is chunked.
    std::optional<std::uint64_t> source_bytes = {};
};

/// What a GET of a path would be answered now.
struct Written {
    std::string path;
    Response answer;
};

/// 200 (or `status`) with JSON that is already written.
[[nodiscard]] Response json(std::string body, Caching caching = Caching::no_store, unsigned status = 200);

/// The static face of an error (contract 1.3): `type` is `/problems/` + code in lower-case kebab.
struct ProblemType {
    base::Errc errc;
    unsigned status;
    std::string_view code;         ///< upper case, as clients key on it
    std::string_view title;        ///< constant text per code
    std::string_view description;  ///< for GET /problems/:slug
};
[[nodiscard]] const ProblemType& problem_type(base::Errc code);
/// By `lower-case-kebab`; null when unknown.
[[nodiscard]] const ProblemType* find_problem_type(std::string_view slug);

/// An `application/problem+json` answer. `error.text` is `detail` and `error`; the title stands in when it is
/// empty. `status` 0 takes the status of the code.
[[nodiscard]] Response problem(const Call& call, const base::Error& error, unsigned status = 0);
/// 404 ENDPOINT_NOT_FOUND with `path`.
[[nodiscard]] Response endpoint_not_found(const Call& call);
/// 405 METHOD_NOT_ALLOWED with the header Allow, as `Match::allow` says.
[[nodiscard]] Response method_not_allowed(const Call& call, std::string allow);
/// 413 REQUEST_TOO_LARGE with `maxSize`, such as `10mb`.
[[nodiscard]] Response request_too_large(const Call& call, std::uint64_t limit_bytes);
/// `10mb`, `1gb`, `512kb`, `100b`: the largest unit that divides it (contract 2, `maxSize`).
[[nodiscard]] std::string size_text(std::uint64_t bytes);
/// `BOOKMARK_NOT_FOUND` as `bookmark-not-found`.
[[nodiscard]] std::string problem_slug(std::string_view code);

}  // namespace http
