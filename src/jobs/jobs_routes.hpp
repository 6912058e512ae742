// /api/jobs: arguments in, answers out (contract 3.11), and what the routes of exports and imports share
// (contract 3.14, 3.15).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "jobs/events.hpp"
#include "jobs/jobs.hpp"

namespace jobs::routes {

base::Task<http::Response> list(Jobs& jobs, http::Call& call);
base::Task<http::Response> get(Jobs& jobs, http::Call& call);
base::Task<http::Response> cancel(Jobs& jobs, http::Call& call);

/// 202 with `jobId` and `Location`.
[[nodiscard]] http::Response accepted(base::JobId id);
/// GET /status/:jobId of exports or imports.
base::Task<http::Response> transfer_status(Jobs& jobs, Type type, http::Call& call,
                                           ShowResult show_result = {});
/// GET /history of exports or imports.
base::Task<http::Response> transfer_history(Jobs& jobs, Type type, http::Call& call,
                                            ShowResult show_result = {});

}  // namespace jobs::routes
