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

/// `x`: whether logins with X are possible.
Task<Response> providers(Accounts& accounts, bool x, Call& call);
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

/// The answer to a login, with its cookies (contract 3.2 "Login answer").
[[nodiscard]] Response login_answer(const Accounts& accounts, const Call& call, const Login& login,
                                    unsigned status, std::string_view text);
void clear_session_cookies(Response& response, const Call& call);
void set_session_cookies(Response& response, const Call& call, const Login& login, base::Time now);
[[nodiscard]] Origin origin_of(const Call& call);
struct Cookie {
    std::string_view name;
    std::string_view value;
    std::int64_t max_age_seconds = 0;
    bool http_only = true;
};
/// The value of Set-Cookie: SameSite=Lax, Path=/, Secure under https.
[[nodiscard]] std::string write_cookie(const Call& call, const Cookie& cookie);

/// Gives a page that was just loaded, and asks who its visitor is, its CSRF token again: the answer to that
/// may come from the cache, which keeps no cookies.
void renew_csrf_cookie(const Accounts& accounts, const Call& call, Response& response);

}  // namespace accounts::routes
