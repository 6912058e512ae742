// /api/export: arguments in, answers out (contract 3.14).
#pragma once

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "jobs/events.hpp"
#include "transfer/export_job.hpp"

namespace transfer::routes {

base::Task<http::Response> start_export(Exports& exports, http::Call& call);
base::Task<http::Response> export_status(Exports& exports, http::Call& call);
base::Task<http::Response> export_history(Exports& exports, http::Call& call);
/// How the stream of progress shows a job.
[[nodiscard]] jobs::View export_view(const Exports& exports);

}  // namespace transfer::routes
