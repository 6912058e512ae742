// /api/changes: arguments in, answers out (contract 3.17).
#pragma once

#include <memory>

#include "base/task.hpp"
#include "cache/versions.hpp"
#include "changes/changes.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/sse.hpp"

namespace changes::routes {

using base::Task;
using http::Call;
using http::Response;

/// What a stream needs beside the feed. Outlives it.
struct Live {
    cache::Watches& watches;
    const cache::Versions& versions;
    const http::Streams& streams;
};

Task<Response> list(Feed& feed, Call& call);
Task<Response> stream(Feed& feed, const Live& live, Call& call, std::unique_ptr<http::Lease> lease);

}  // namespace changes::routes
