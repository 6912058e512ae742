// /api/tags: arguments in, answers out (contract 3.5).
#pragma once

#include "base/task.hpp"
#include "bookmarks/tags.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace bookmarks::routes {

base::Task<http::Response> list_tags(Tags& tags, http::Call& call);
base::Task<http::Response> change_tag(Tags& tags, http::Call& call);
base::Task<http::Response> remove_tag(Tags& tags, http::Call& call);

}  // namespace bookmarks::routes
