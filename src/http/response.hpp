// What a handler returns. The writer turns it into bytes: status line, headers every answer has, compression,
// ETag, conditional answer, HEAD.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/body.hpp"
#include "base/error.hpp"

namespace http {

struct Call;

/// Cache-Control of an answer (contract 1.7).
enum class Caching : unsigned char {
    no_store,          ///< errors, writes, logins
    private_no_cache,  ///< GET under /api
    api_max_age,       ///< as CACHE_API_MAX_AGE says
    immutable_asset,   ///< hashed files of the page: public, max-age=31536000, immutable
    none               ///< no header
};

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

}  // namespace http
