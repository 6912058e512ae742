// Requests with an Idempotency-Key (contract 1.9): the first call with a key runs, later ones get its answer.
//
//   free ── claim ──> held ── the answer is stored ──> answered ── 24 h ──> free
//                      └── no answer worth keeping, or nothing heard for kHold ──> free
//
// A call that writes stores its answer in the transaction of the write (claim.hpp), so that what happened and
// what is told about it cannot part. A call whose process ended holds its key for kHold at most; should it
// come back after that, its transaction fails.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/task.hpp"
#include "http/router.hpp"
#include "idempotency/claim.hpp"
#include "postgres/pool.hpp"

namespace idempotency {

/// More than a statement may take, so that only calls of ended processes are given up.
inline constexpr std::chrono::seconds kHold{30};
inline constexpr std::chrono::hours kKept{24};

/// The key of the header: 1 to 255 visible ASCII characters, also as a structured-field string in quotes
/// (RFC 8941 section 3.3.3). Nothing for anything else.
[[nodiscard]] std::optional<std::string> parse_key(std::string_view header);

/// One per worker.
class Keys {
public:
    /// All must outlive it. `cpu` hashes uploads.
    Keys(postgres::Pool& database, base::asio::thread_pool& cpu, const base::Clock& clock)
        : database_(database), cpu_(cpu), clock_(clock) {}

    /// Whether the call is one whose header counts: a POST with credentials, not below /api/auth.
    [[nodiscard]] static bool applies(const http::Call& call);
    /// Runs the route's handler, or answers what it answered before.
    base::Task<http::Response> serve(http::Call& call, http::Services& services);

private:
    /// Nothing: the call holds the key. Otherwise its answer.
    base::Task<std::optional<http::Response>> claim(http::Call& call, const base::Digest& body);
    base::Task<base::Digest> hash_body(const http::Call& call);
    /// After the handler: stores the answer when no transaction did, or gives the key back.
    base::Task<void> settle(const http::Call& call, const http::Response& response);
    base::Task<void> release(const http::Claim& claim);
    base::Task<void> sweep();

    postgres::Pool& database_;
    base::asio::thread_pool& cpu_;
    const base::Clock& clock_;
    base::SteadyTime next_sweep_{};
};

}  // namespace idempotency
