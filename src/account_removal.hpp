// DELETE /api/auth/me (contract 3.2): erasing an account touches what no single feature knows.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <string>

#include "accounts/accounts.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "storage/store.hpp"
#include "transfer/import_storage.hpp"
#include "x/access.hpp"

namespace app {

/// One per worker.
class AccountRemoval {
public:
    /// Calls of the storage block: they are made on `disk`. `uploads` is the directory of ImportStorage.
    AccountRemoval(accounts::Accounts& accounts, x::Accounts& x, storage::Store& store,
                   boost::asio::thread_pool& disk, const std::filesystem::path& uploads)
        : accounts_(accounts), x_(x), store_(store), disk_(disk), uploads_(uploads) {}

    /// Erases the account with library, jobs, tokens and files, and revokes its connection at X. Files go
    /// first: when the storage is away, the account stays as it is and the caller tries again. Errors:
    /// last_admin, user_not_found, service_unavailable.
    base::Task<base::Result<void>> erase(base::UserId user);
    base::Task<http::Response> answer(http::Call& call);

private:
    base::Task<base::Result<void>> remove_files(base::UserId user);

    accounts::Accounts& accounts_;
    x::Accounts& x_;
    storage::Store& store_;
    boost::asio::thread_pool& disk_;
    transfer::ImportStorage uploads_;
};

}  // namespace app
