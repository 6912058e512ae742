// /api/files: arguments in, answers out (contract 3.12).
#pragma once

#include "base/task.hpp"
#include "files/files.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace files::routes {

/// With a signature, or the owner's credential.
base::Task<http::Response> get(Files& files, http::Call& call);
base::Task<http::Response> download(Files& files, http::Call& call);
base::Task<http::Response> info(Files& files, http::Call& call);
base::Task<http::Response> list(Files& files, http::Call& call);
base::Task<http::Response> remove(Files& files, http::Call& call);
base::Task<http::Response> stats(Files& files, http::Call& call);
base::Task<http::Response> clean_up(Files& files, http::Call& call);

}  // namespace files::routes
