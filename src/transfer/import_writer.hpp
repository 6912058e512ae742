// Writes the records of an import into a library, a batch at a time, one transaction each. Used on the thread
// that reads the file; the database is reached through the worker's loop. Knows nothing of files, jobs and
// HTTP.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "bookmarks/bookmarks.hpp"
#include "cache/announcements.hpp"
#include "postgres/pool.hpp"
#include "transfer/blocking.hpp"
#include "transfer/import_categories.hpp"
#include "transfer/import_options.hpp"
#include "transfer/import_parts.hpp"
#include "transfer/import_report.hpp"

namespace transfer {

/// Whose library, and what makes this import repeatable: run again with the same start and job it finds its
/// own rows and writes nothing twice.
struct ImportTarget {
    base::UserId user;
    base::JobId job;
    base::Time
        started;  ///< rows that do not say when they were bookmarked get this moment, in the file's order
};

/// Records that go into the library together.
struct Batch {
    std::vector<Record> records;
    std::int64_t first_index = 0;  ///< position of the first one in the file; gives `sync_order`
};

/// Adds to the transaction of a batch what makes it fail when the import must not write any more. Called on
/// the import's thread.
using Fence = std::function<void(postgres::Commands& commands)>;

/// Where an import writes to. What it refers to outlives the loop's tasks.
struct ImportStore {
    const Loop& loop;
    postgres::Pool& database;
    cache::Announcer& announcer;
    Fence fence = {};
};

class ImportWriter {
public:
    static constexpr std::size_t kBatchRecords = 500;

    /// `report` gets counts, refused records and the samples of a dry run. All references outlive the writer.
    ImportWriter(const ImportStore& store, const base::Clock& clock, ImportTarget target,
                 ImportOptions options, ImportReport& report);
    /// Waits for the batch in flight.
    ~ImportWriter();
    ImportWriter(const ImportWriter&) = delete;
    ImportWriter& operator=(const ImportWriter&) = delete;

    /// Decides about at most `kBatchRecords` records and sends them; they are committed when the next call or
    /// `finish` returns, so that the next batch is read meanwhile. A batch that the database refuses is cut
    /// until the record is found, which becomes an error of that record. Errors: service_unavailable when the
    /// database stays away, user_not_found.
    [[nodiscard]] base::Result<void> write(std::vector<Record> records);
    /// Restores categories of an own export. Errors as `write`.
    [[nodiscard]] base::Result<void> write_categories(const std::vector<CategoryRecord>& records);
    /// Gives colours to tags that have none. Errors as `write`.
    [[nodiscard]] base::Result<void> color_tags(
        const std::vector<std::pair<std::string, std::string>>& colors);
    /// Restores settings, saved and past searches of an own export; what is there already stays. Errors as
    /// `write`.
    [[nodiscard]] base::Result<void> restore(const ImportParts& parts);
    /// Waits until everything is committed. Errors as `write`.
    [[nodiscard]] base::Result<void> finish();

private:
    using Transaction = std::shared_ptr<postgres::Transaction>;
    struct Locked {
        Transaction transaction;
        std::int64_t version = 0;
        std::int64_t search_code = 0;
        std::vector<bookmarks::Bookmark> existing;
        std::vector<base::Uuid> taken;
    };
    /// One row that the batch reads or writes.
    struct Entry {
        bookmarks::Bookmark row;
        bool is_new = false;
        bool is_changed = false;
        bool is_restored = false;  ///< new, under the id that it had in the file
    };
    struct Work {
        std::vector<Entry> entries;
        std::unordered_map<std::string, std::size_t> by_post;
        std::unordered_set<base::Uuid, base::UuidHash> taken;
        ImportCounts counts;
        std::vector<ImportSample> samples;
    };
    struct Prepared {
        Transaction transaction;
        postgres::Commands commands;
        cache::Numbers numbers;
        ImportCounts counts;
        std::vector<ImportSample> samples;
    };
    struct InFlight {
        Batch batch;
        ImportCounts counts;
        std::future<base::Result<cache::Committed>> outcome;
    };

    /// Commits on the loop.
    base::Task<base::Result<cache::Committed>> commit(Transaction transaction, postgres::Commands commands,
                                                      cache::Numbers numbers) const;
    /// Runs without committing.
    base::Result<postgres::Results> run(const Locked& locked, postgres::Commands commands) const;
    base::Result<void> settle();
    base::Result<void> send(Batch batch);
    base::Result<void> recover(Batch batch, base::Error error);
    base::Result<void> write_now(Batch batch);
    base::Result<void> wait_and_retry(Batch& batch, base::Error error);
    /// False when the server is being stopped.
    [[nodiscard]] bool pause(int attempt) const;
    base::Result<void> until_available(const std::function<base::Result<void>()>& step);
    base::Result<Prepared> prepare(const Batch& batch);
    base::Result<Locked> lock(const Batch& batch);
    base::Result<void> load_categories(const Locked& locked);
    [[nodiscard]] bool needs_categories(const Batch& batch) const;
    void consider(const Record& record, std::int64_t index, Work& work);
    void insert(const Record& record, std::string post_id, std::int64_t sync_order, Work& work);
    void change(const Record& record, Decision decision, Entry& entry, Work& work);
    [[nodiscard]] std::optional<base::Uuid> category_of(const Record& record, bool with_default);
    [[nodiscard]] std::string duplicate_id(const Record& record) const;
    [[nodiscard]] postgres::Commands commands_of(Work& work, const Locked& locked, cache::Numbers& numbers);
    std::int64_t add_category_commands(postgres::Commands& commands, std::int64_t version);
    void forget_plan();
    void note_category_faults();

    const Loop& loop_;
    postgres::Pool& database_;
    cache::Announcer& announcer_;
    Fence fence_;
    const base::Clock& clock_;
    ImportTarget target_;
    ImportOptions options_;
    ImportReport& report_;
    std::int64_t next_index_ = 0;
    std::optional<InFlight> in_flight_;
    bool is_counted_ = false;  ///< the planner was told what the first batch wrote
    std::optional<CategoryPlan> plan_;
    std::int64_t plan_version_ = 0;  ///< of the library that the plan was made from
    std::unordered_set<base::Uuid, base::UuidHash> made_categories_;
    /// A dry run writes nothing, so it must remember what the file itself holds: hash of the post id → of its
    /// text.
    std::unordered_map<std::size_t, std::size_t> seen_;
};

}  // namespace transfer
