// What stands before every handler (contract 1.1 "Order of work"): route, https, credential, CSRF, rights.
// One per worker; knows no feature but accounts.
#pragma once

#include <optional>
#include <string>

#include "accounts/accounts.hpp"
#include "base/single_flight.hpp"
#include "base/task.hpp"
#include "gate.hpp"
#include "http/cors.hpp"
#include "http/router.hpp"
#include "http/sse.hpp"
#include "observe/counters.hpp"
#include "rate_limits.hpp"
#include "trusted_proxies.hpp"

namespace app {

struct AdmissionOptions {
    TrustedProxies trusted_proxies;
    std::string public_url;  ///< no slash at the end
    bool force_https = false;
    bool always_timed = false;              ///< every answer has Server-Timing
    RateLimits* rate_limits = nullptr;      ///< null: none
    bool keeps_answers = true;              ///< there is a cache
    std::string metrics_token;              ///< METRICS_TOKEN; empty: none
    observe::Counters* counters = nullptr;  ///< of refused credentials; null: they are not counted
};

/// The token of an Authorization header: two parts, the scheme Bearer (RFC 6750). Errors:
/// invalid_auth_format, missing_token.
[[nodiscard]] base::Result<std::string> parse_bearer(std::string_view header);

/// 503 with Retry-After: too many requests are being worked on.
[[nodiscard]] http::Response overloaded(http::Call& call);

/// Whether a principal may use a route of this right and method (contract 1.10 "Right"): where any login is
/// enough, an API token needs the scope `read` or `write`. Errors: insufficient_scope, admin_required,
/// interactive_login_required.
[[nodiscard]] base::Result<void> check_right(http::Auth wanted, http::Method method,
                                             const base::Principal& principal);

class Admission {
public:
    /// All must outlive it.
    Admission(const http::Router& router, const http::Cors& cors, accounts::Accounts& accounts,
              AdmissionOptions options, const base::Clock& clock);

    /// Who is calling, from memory alone; null when that takes more than a look, or when clients come through
    /// proxies or must be sent to https, which `receive` sees to. Sets `call.secure`.
    [[nodiscard]] const base::Principal* recall(http::Call& call) const;
    /// Fills in client address, scheme and trace id. The answer: plain HTTP where https is demanded.
    [[nodiscard]] std::optional<http::Response> receive(http::Call& call) const;
    /// After `receive`. Sets route, parameters and principal. A Response refuses the request; an unknown path
    /// gives nothing and leaves `call.route` null. Who is not known from memory is asked for behind `gate`,
    /// as its first kind; null: without it.
    base::Task<std::optional<http::Response>> admit(http::Call& call, Gate* gate);
    /// Headers that an answer to this caller carries: CORS, X-Token-Refresh-Needed, X-Session-Expires-At,
    /// Server-Timing.
    void decorate(const http::Call& call, http::Response& response) const;
    /// Whether the answer is to have Server-Timing (contract 1.5).
    [[nodiscard]] bool is_timed(const http::Call& call) const {
        return options_.always_timed || call.request.header("x-server-timing") == "1";
    }

    /// The right to go on listening, for the caller of a stream that was admitted.
    [[nodiscard]] std::unique_ptr<http::Lease> lease(const http::Call& call) const;

private:
    base::Task<base::Result<base::Principal>> authenticate(http::Call& call, Gate* gate);
    void count_denial(const base::Error& error) const;
    /// Whether the caller presents METRICS_TOKEN, which stands for nobody: there is no principal then.
    [[nodiscard]] bool has_metrics_token(const http::Call& call) const;
    [[nodiscard]] const base::Principal* remembered(const http::Call& call) const;
    base::Task<std::optional<http::Response>> admit_known(http::Call& call, Gate* gate);
    [[nodiscard]] base::Result<void> check_origin(const http::Call& call) const;
    [[nodiscard]] base::Result<void> check_csrf(const http::Call& call) const;

    const http::Router& router_;
    const http::Cors& cors_;
    accounts::Accounts& accounts_;
    AdmissionOptions options_;
    const base::Clock& clock_;
    bool public_https_;
    base::SingleFlight checks_;  ///< by credential
};

}  // namespace app
