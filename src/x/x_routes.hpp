// /api/auth/x: logging in with X, the connection, the own app (contract 3.2).
#pragma once

#include <string>

#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "x/sign_in.hpp"

namespace x::routes {

using base::Task;
using http::Call;
using http::Response;

/// What the routes of one worker work with.
struct Door {
    SignIn& sign_in;
    Access& access;
    accounts::Accounts& accounts;
    std::string public_url;    ///< empty: the host that the request names
    std::string frontend_url;  ///< empty: as `public_url`
};

Task<Response> begin(Door& door, Call& call);
Task<Response> callback(Door& door, Call& call);
Task<Response> post_callback(Door& door, Call& call);
Task<Response> account(Door& door, Call& call);
Task<Response> disconnect(Door& door, Call& call);
Task<Response> put_app(Door& door, Call& call);
Task<Response> delete_app(Door& door, Call& call);

}  // namespace x::routes
