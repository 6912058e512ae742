// What the headers of an answer say about its rate limit. Pure.
#pragma once

#include "fetch/client.hpp"
#include "x/verdict.hpp"

namespace x {

/// `x-rate-limit-…`; `retry-after` stands in for a missing reset.
[[nodiscard]] RateLimit rate_limit_of(const fetch::Answer& answer, base::Time now);

}  // namespace x
