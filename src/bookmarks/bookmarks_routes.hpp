// /api/bookmarks: arguments in, answers out (contract 3.3).
#pragma once

#include "base/task.hpp"
#include "bookmarks/bookmarks.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace bookmarks::routes {

using base::Task;
using http::Call;
using http::Response;

Task<Response> list(Bookmarks& bookmarks, Call& call);
Task<Response> get(Bookmarks& bookmarks, Call& call);
Task<Response> create(Bookmarks& bookmarks, Call& call);
Task<Response> update(Bookmarks& bookmarks, Call& call);
Task<Response> archive(Bookmarks& bookmarks, Call& call);
Task<Response> remove(Bookmarks& bookmarks, Call& call);
Task<Response> update_many(Bookmarks& bookmarks, Call& call);
Task<Response> remove_many(Bookmarks& bookmarks, Call& call);

}  // namespace bookmarks::routes
