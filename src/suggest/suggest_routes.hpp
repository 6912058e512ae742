// /api/suggestions and /api/search/suggestions: arguments in, answers out (contract 3.6, 3.8).
#pragma once

#include "base/task.hpp"
#include "bookmarks/bookmarks.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "suggest/suggest.hpp"

namespace suggest::routes {

base::Task<http::Response> search_suggestions(Suggest& suggest, http::Call& call);
base::Task<http::Response> search(Suggest& suggest, http::Call& call);
base::Task<http::Response> popular(Suggest& suggest, http::Call& call);
base::Task<http::Response> facets(bookmarks::Bookmarks& bookmarks, http::Call& call);

}  // namespace suggest::routes
