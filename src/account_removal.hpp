// DELETE /api/auth/me (contract 3.2): erasing an account touches what no single feature knows.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <string>

#include "accounts/accounts.hpp"
#include "cache/answers.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "jobs/jobs.hpp"
#include "resident/residents.hpp"
#include "storage/store.hpp"
#include "transfer/import_storage.hpp"
#include "x/access.hpp"

namespace app {

/// Where something of an account may lie. All must outlive who uses them.
struct AccountPlaces {
    accounts::Accounts& accounts;
    x::Accounts& x;
    jobs::Jobs& jobs;
    cache::Answers& answers;
    resident::Residents& residents;
    storage::Store& store;           ///< its calls block:
    boost::asio::thread_pool& disk;  ///< they are made here
};

/// One per worker.
class AccountRemoval {
public:
    /// `uploads` is the directory of ImportStorage.
    AccountRemoval(AccountPlaces places, const std::filesystem::path& uploads)
        : places_(places), uploads_(uploads) {}

    /// Erases the account with library, jobs, tokens and files, and revokes its connection at X. Files go
    /// first: when the storage is away, the account stays as it is and the caller tries again; X and Redis
    /// may be away. What other instances hold in memory nobody can ask for, and makes room for others.
    /// Errors: last_admin, user_not_found, service_unavailable.
    base::Task<base::Result<void>> erase(base::UserId user);
    base::Task<http::Response> answer(http::Call& call);

private:
    base::Task<base::Result<void>> remove_files(base::UserId user);

    base::Task<void> forget(base::UserId user);

    AccountPlaces places_;
    transfer::ImportStorage uploads_;
};

}  // namespace app
