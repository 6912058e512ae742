// Requests to X, as they are counted.
#pragma once

#include <string>
#include <string_view>

#include "observe/counters.hpp"

namespace x {

/// `counters` null: nobody counts. `status` 0: there was no answer.
inline void count_request(observe::Counters* counters, std::string_view endpoint, int status) {
    if (counters != nullptr) counters->add(observe::Family::x_requests, {endpoint, std::to_string(status)});
}

}  // namespace x
