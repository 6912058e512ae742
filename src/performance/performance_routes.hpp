// GET /metrics and /api/performance/* (contract 3.19, 7).
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"
#include "performance/performance.hpp"

namespace performance::routes {

base::Task<http::Response> metrics(Performance& performance, http::Call& call);
base::Task<http::Response> dashboard(Performance& performance, http::Call& call);
base::Task<http::Response> database(Performance& performance, http::Call& call);
base::Task<http::Response> cache(Performance& performance, http::Call& call);
base::Task<http::Response> queues(Performance& performance, http::Call& call);
base::Task<http::Response> api(Performance& performance, http::Call& call);
base::Task<http::Response> health(Performance& performance, http::Call& call);
base::Task<http::Response> recommendations(Performance& performance, http::Call& call);
base::Task<http::Response> reset(Performance& performance, http::Call& call);

}  // namespace performance::routes
