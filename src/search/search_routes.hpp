// /api/search: arguments in, answers out (contract 3.6).
#pragma once

#include "base/task.hpp"
#include "bookmarks/bookmarks.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "search/history.hpp"
#include "search/saved_searches.hpp"

namespace search::routes {

base::Task<http::Response> search_get(bookmarks::Bookmarks& bookmarks, History& history, http::Call& call);
base::Task<http::Response> search_post(bookmarks::Bookmarks& bookmarks, History& history, http::Call& call);

base::Task<http::Response> list_history(History& history, http::Call& call);
base::Task<http::Response> add_history(History& history, http::Call& call);
base::Task<http::Response> remove_history(History& history, http::Call& call);
base::Task<http::Response> clear_history(History& history, http::Call& call);
base::Task<http::Response> analytics(History& history, http::Call& call);

base::Task<http::Response> list_saved(SavedSearches& saved, http::Call& call);
base::Task<http::Response> create_saved(SavedSearches& saved, http::Call& call);
base::Task<http::Response> get_saved(SavedSearches& saved, http::Call& call);
base::Task<http::Response> update_saved(SavedSearches& saved, http::Call& call);
base::Task<http::Response> remove_saved(SavedSearches& saved, http::Call& call);

}  // namespace search::routes
