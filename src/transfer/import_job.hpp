// Imports as jobs: an upload is stored, a job says so, and the process that has the upload works it off.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <string>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "cache/announcements.hpp"
#include "jobs/handler.hpp"
#include "jobs/jobs.hpp"
#include "observe/counters.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"
#include "storage/signed_links.hpp"
#include "storage/store.hpp"
#include "transfer/import_options.hpp"
#include "transfer/import_storage.hpp"

namespace transfer {

/// A file that was uploaded, as it lies in the spooled body of a request.
struct Upload {
    std::filesystem::path file;
    std::uint64_t offset = 0;
    std::uint64_t size_bytes = 0;
    std::string name;
};

/// What one worker does for imports: it stores uploads and asks for jobs.
class Imports {
public:
    static constexpr int kAttemptsMax = 2;

    /// `storage` is DATA_DIR/storage, `place` says which processes can read it. `offload` is for short
    /// blocking work.
    Imports(postgres::Pool& database, jobs::Jobs& jobs, base::asio::thread_pool& offload,
            const storage::SignedLinks& links, const base::Clock& clock, std::filesystem::path storage,
            std::string place);

    /// Stores the upload and the job. Error: service_unavailable (no space).
    base::Task<base::Result<base::Uuid>> start(base::UserId user, ImportOptions options, Upload upload,
                                               postgres::Also<base::Uuid> also = {});
    /// The result of a finished import, in which names of files are links that were signed just now.
    [[nodiscard]] std::string show_result(const jobs::Job& job) const;
    [[nodiscard]] jobs::Jobs& jobs() { return jobs_; }
    /// For blocking work of the routes.
    [[nodiscard]] base::asio::thread_pool& offload() { return offload_; }

private:
    postgres::Pool& database_;
    jobs::Jobs& jobs_;
    base::asio::thread_pool& offload_;
    const storage::SignedLinks& links_;
    const base::Clock& clock_;
    ImportStorage storage_;
    std::string place_;
};

/// What the process that runs jobs does for imports.
class ImportHandler final : public jobs::Handler {
public:
    /// `counters` are told of the records; null: nobody is. `io` runs `database` and `announcer`; files are
    /// read on `threads`, of which each import takes one.
    ImportHandler(base::asio::io_context& io, postgres::Pool& database, cache::Announcer& announcer,
                  base::asio::thread_pool& threads, storage::Store& store, const base::Clock& clock,
                  std::filesystem::path storage, observe::Counters* counters = nullptr);

    base::Task<jobs::Outcome> run(jobs::Run& run) override;
    base::Task<void> clean_up(base::UserId user, base::JobId id) override;
    /// Removes uploads of `place` that no job needs: a crash may leave one behind. Not while uploads are
    /// stored.
    base::Task<base::Result<void>> remove_leftovers(std::string place);

private:
    base::asio::io_context& io_;
    postgres::Pool& database_;
    cache::Announcer& announcer_;
    base::asio::thread_pool& threads_;
    storage::Store& store_;
    const base::Clock& clock_;
    ImportStorage storage_;
    observe::Counters* counters_;
};

}  // namespace transfer
