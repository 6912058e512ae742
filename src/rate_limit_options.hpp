// The numbers of contract 1.11.
#pragma once

#include <chrono>
#include <cstdint>

namespace app {

/// Requests per window, 0: no limit.
struct RateLimitOptions {
    std::chrono::milliseconds window{900'000};
    std::int64_t api_ip = 0;
    std::int64_t api_user = 0;
    std::int64_t auth = 0;
    std::int64_t login_account = 0;  ///< failures
    std::int64_t x_api = 0;
    std::int64_t sensitive = 0;  ///< per hour
};

}  // namespace app
