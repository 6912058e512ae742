// /api/auth: arguments in, answers out (contract 3.2).
#pragma once

#include "accounts/accounts.hpp"
#include "base/task.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace accounts::routes {

using base::Task;
using http::Call;
using http::Response;

Task<Response> providers(Accounts& accounts, Call& call);
Task<Response> register_account(Accounts& accounts, Call& call);
/// The name that a login is tried with, as written; empty when the body has none.
[[nodiscard]] std::string login_name(const Call& call);
Task<Response> log_in(Accounts& accounts, Call& call);
Task<Response> refresh(Accounts& accounts, Call& call);
Task<Response> log_out(Accounts& accounts, Call& call);
Task<Response> log_out_everywhere(Accounts& accounts, Call& call);
Task<Response> me(Accounts& accounts, Call& call);
Task<Response> change_settings(Accounts& accounts, Call& call);
Task<Response> change_password(Accounts& accounts, Call& call);

/// Gives a page that was just loaded, and asks who its visitor is, its CSRF token again: the answer to that
/// may come from the cache, which keeps no cookies.
void renew_csrf_cookie(const Accounts& accounts, const Call& call, Response& response);

}  // namespace accounts::routes
