// GET /api/openapi.json (contract 3.1).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace app {

/// docs/openapi.yaml as JSON.
[[nodiscard]] base::Task<http::Response> describe_interface(http::Call& call);

}  // namespace app
