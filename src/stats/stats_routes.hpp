// /api/stats: arguments in, answers out (contract 3.16).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "stats/stats.hpp"

namespace stats::routes {

base::Task<http::Response> database(Stats& stats, http::Call& call);
base::Task<http::Response> usage(Stats& stats, http::Call& call);
base::Task<http::Response> export_all(Stats& stats, http::Call& call);

}  // namespace stats::routes
