// GET /api/performance/queries and POST /api/performance/analyze (contract 3.19).
#pragma once

#include "analyzer/analyzer_json.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace analyzer::routes {

/// What the routes use.
struct Desk {
    Analyzer& analyzer;
    Timings timings;
};

base::Task<http::Response> queries(Desk& desk, http::Call& call);
base::Task<http::Response> analyze(Desk& desk, http::Call& call);

}  // namespace analyzer::routes
