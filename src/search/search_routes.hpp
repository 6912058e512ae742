// /api/search: arguments in, answers out (contract 3.6).
#pragma once

#include "base/task.hpp"
#include "bookmarks/bookmarks.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace search::routes {

base::Task<http::Response> search_get(bookmarks::Bookmarks& bookmarks, http::Call& call);
base::Task<http::Response> search_post(bookmarks::Bookmarks& bookmarks, http::Call& call);

}  // namespace search::routes
