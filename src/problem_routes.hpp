// GET /problems/:slug: what a problem's type means (contract 1.3).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace app {

base::Task<http::Response> describe_problem(http::Call& call);

}  // namespace app
