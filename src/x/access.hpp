// Everything that one thread needs to talk to X, put together: a worker has one, and so has whatever runs
// jobs.
#pragma once

#include "fetch/client.hpp"
#include "x/account.hpp"
#include "x/client.hpp"
#include "x/oauth.hpp"

namespace x {

struct AccessOptions {
    fetch::ClientOptions http;
    ClientOptions client;
    OAuthOptions oauth;
    AccountsOptions accounts;
};

struct Access {
    /// All must outlive it. For the thread of `io`.
    Access(base::asio::io_context& io, postgres::Pool& database, const Vault& vault,
           fetch::Breakers& breakers, AccessOptions options, const base::Clock& clock)
        : http(io, std::move(options.http), breakers, clock),
          oauth(http, std::move(options.oauth), clock),
          client(http, std::move(options.client), clock),
          accounts(database, oauth, vault, std::move(options.accounts), clock) {}

    /// Ends requests that are on their way.
    void stop() { http.stop(); }

    fetch::Client http;
    OAuth oauth;
    Client client;
    Accounts accounts;
};

}  // namespace x
