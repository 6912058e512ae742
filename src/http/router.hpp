// The static table of routes and the look-up in it (contract 1.1 "Matching").
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace http {

/// The features of one worker. Opaque here: the composition root defines it, the feature's route functions
/// get what they need out of it through the table's one-line adapters.
struct Services;

using Handler = base::Task<Response> (*)(Services&, Call&);

/// The right that a route needs (contract 1.10). `metrics`: as `admin`, or METRICS_TOKEN as a bearer token.
enum class Auth : unsigned char { none, optional, login, interactive, admin, read, write, metrics };

/// Which answers of a GET may be kept and for how long (contract 5.5); `none`: it is made each time. An
/// answer that is kept depends on nothing but user, library version, path parameters and query.
enum class CacheKind : unsigned char { none, list, search, suggestions, categories, analytics, standard };
inline constexpr std::size_t kCacheKinds = 7;

/// What a request counts against beside `api-ip`, which all of /api does (contract 1.11). `login` is `auth`
/// and, when the login fails, `login-account`.
enum class Limiter : unsigned char { none, api_user, auth, login, x_api, sensitive };

/// What a request costs, which decides how many may be worked on at a time. `none` always gets in: health
/// checks and what needs no store. `heavy` takes the processor or the disk for long: password hashes,
/// uploads.
enum class Load : unsigned char { none, usual, heavy };

struct Route {
    Method method;
    std::string_view pattern;  ///< `/api/bookmarks/:id`
    std::string_view name;     ///< `bookmarks.get`: metric label and log word
    Auth auth;
    base::Errc fail;  ///< answered instead of internal_error
    Handler handler;
    std::size_t body_limit = 10 * 1024 * 1024;  ///< bytes after decoding; `kUpload` spools to a file
    bool spool = false;  ///< the body goes to a file, for uploads of up to MAX_UPLOAD_SIZE
    CacheKind cache = CacheKind::none;
    bool streams = false;  ///< events: the credential may come as `?access_token=` (contract 1.10)
    Limiter limiter = Limiter::none;
    Load load = Load::usual;
};

struct Match {
    const Route* route = nullptr;
    std::vector<std::string> parameters;
    std::string allow;  ///< for a known path with another method: the value of the Allow header
};

class Router {
public:
    /// The table must outlive the router. Two routes of one method and path are a bug and throw.
    explicit Router(std::span<const Route> routes);
    ~Router();
    Router(Router&&) noexcept;
    [[nodiscard]] std::span<const Route> routes() const { return routes_; }
    /// `path` as received (Request::raw_path): it is cut at slashes first and decoded then, so that `%2F` is
    /// part of a segment. One trailing slash is ignored. Fixed segments compare without case and win over
    /// `:name`. HEAD finds GET; PATCH finds PUT where no PATCH is listed.
    [[nodiscard]] Match find(Method method, std::string_view path) const;

private:
    struct Node;
    struct Search;
    std::span<const Route> routes_;
    std::unique_ptr<Node> root_;
};

}  // namespace http
