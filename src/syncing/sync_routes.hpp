// /api/sync: arguments in, answers out (contract 3.9).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "syncing/syncs.hpp"

namespace syncing::routes {

using base::Task;
using http::Call;
using http::Response;

Task<Response> start(Syncs& syncs, Call& call);
Task<Response> status(Syncs& syncs, Call& call);
Task<Response> cancel(Syncs& syncs, Call& call);
Task<Response> history(Syncs& syncs, Call& call);
Task<Response> clean_up(Syncs& syncs, Call& call);
Task<Response> stats(Syncs& syncs, Call& call);
Task<Response> analytics(Syncs& syncs, Call& call);
Task<Response> health(Syncs& syncs, Call& call);
Task<Response> spend(Syncs& syncs, Call& call);
Task<Response> budget(Syncs& syncs, Call& call);
Task<Response> forecast(Syncs& syncs, Call& call);

}  // namespace syncing::routes
