// What an answer of X means for who asked (contract 4.5). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace x {

struct RateLimit {
    std::optional<std::int64_t> limit;
    std::optional<std::int64_t> remaining;
    std::optional<base::Time> reset;
};

enum class Decision : std::uint8_t {
    ok,              ///< commit page and cursor
    switch_dialect,  ///< 400 that names a field: ask again in the other dialect, once, and record it
    bad_cursor,      ///< 400 on a cursor: drop it, begin at page 1 again, once per run
    bad_request,     ///< 400 otherwise: the job fails
    unauthorized,    ///< 401: one refresh, one more try, then needs_reauth
    budget,          ///< 402, usage-capped, UsageCapExceeded, out of credits: pause until the next UTC day
    needs_reauth,    ///< 403: the account needs a new login
    not_enrolled,    ///< 403 client-forbidden: the app may not use the API
    user_gone,       ///< 404: there is no such user
    rate_limited,    ///< 429: pause until `until`; without it 60 s, doubled each time, at most 15 min
    unavailable,     ///< 5xx, timeout, broken connection, malformed answer: backoff, the same cursor
    breaker,         ///< nothing was sent: the circuit breaker is open until `until`
};
[[nodiscard]] std::string_view to_string(Decision decision);

struct Verdict {
    Decision decision = Decision::unavailable;
    std::optional<base::Time> until = {};  ///< of rate_limited and breaker

    bool operator==(const Verdict&) const = default;
};

/// What `judge` looks at.
struct Observation {
    int status = 0;  ///< 0: no answer
    /// Of `errors[]` or of a problem document; all that the body has, in one text (types, codes, titles,
    /// details, names of parameters). Not for a person.
    std::string_view body;
    RateLimit rate_limit;
    bool has_cursor = false;     ///< the request had a pagination_token
    bool is_well_formed = true;  ///< a 200 body could be read
    bool may_switch = true;      ///< the dialect of the request is not fixed
};

[[nodiscard]] Verdict judge(const Observation& observation);

/// What X said in a body that is not a 200, in one line for a person: the first title and detail, at most 300
/// bytes, without what looks like a token; empty when it said nothing readable.
[[nodiscard]] std::string describe(std::string_view body);

}  // namespace x
