// /api/auth/sessions and /api/auth/tokens: arguments in, answers out (contract 3.2).
#pragma once

#include "accounts/accounts_routes.hpp"

namespace accounts::routes {

Task<Response> list_sessions(Accounts& accounts, Call& call);
Task<Response> end_session(Accounts& accounts, Call& call);
Task<Response> end_other_sessions(Accounts& accounts, Call& call);
Task<Response> list_tokens(Accounts& accounts, Call& call);
Task<Response> make_token(Accounts& accounts, Call& call);
Task<Response> delete_token(Accounts& accounts, Call& call);

}  // namespace accounts::routes
