// /api/categories: arguments in, answers out (contract 3.4).
#pragma once

#include "base/task.hpp"
#include "categories/categories.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace categories::routes {

using base::Task;
using http::Call;
using http::Response;

Task<Response> list(Categories& categories, Call& call);
Task<Response> defaults(Categories& categories, Call& call);
Task<Response> get(Categories& categories, Call& call);
Task<Response> create(Categories& categories, Call& call);
Task<Response> reorder(Categories& categories, Call& call);
Task<Response> update(Categories& categories, Call& call);
Task<Response> remove(Categories& categories, Call& call);

}  // namespace categories::routes
