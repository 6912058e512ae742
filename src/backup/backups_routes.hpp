// /api/backup (contract 3.13).
#pragma once

#include "backup/backups.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace backup::routes {

base::Task<http::Response> start(Backups& backups, http::Call& call);
base::Task<http::Response> history(Backups& backups, http::Call& call);
base::Task<http::Response> stats(Backups& backups, http::Call& call);
base::Task<http::Response> schedule(Backups& backups, http::Call& call);
base::Task<http::Response> start_schedule(Backups& backups, http::Call& call);
base::Task<http::Response> stop_schedule(Backups& backups, http::Call& call);
base::Task<http::Response> details(Backups& backups, http::Call& call);
base::Task<http::Response> test(Backups& backups, http::Call& call);
base::Task<http::Response> health(Backups& backups, http::Call& call);

}  // namespace backup::routes
