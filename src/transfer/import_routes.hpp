// /api/import: arguments in, answers out (contract 3.15).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "jobs/events.hpp"
#include "transfer/import_job.hpp"

namespace transfer::routes {

using base::Task;
using http::Call;
using http::Response;

/// The body must have been spooled (`Route::spool`).
Task<Response> start(Imports& imports, Call& call);
/// Stores nothing.
Task<Response> validate(Imports& imports, Call& call);
Task<Response> status(Imports& imports, Call& call);
Task<Response> history(Imports& imports, Call& call);
/// How the stream of progress shows a job.
[[nodiscard]] jobs::View import_view(const Imports& imports);

}  // namespace transfer::routes
