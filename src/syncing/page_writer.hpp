// One page of X into one library, in one transaction (contract 4.4 rule 3).
#pragma once

#include "base/clock.hpp"
#include "cache/announcements.hpp"
#include "jobs/handler.hpp"
#include "postgres/pool.hpp"
#include "syncing/checkpoint.hpp"
#include "x/client.hpp"

namespace syncing {

/// What goes into each new row besides the post. Between two pages it seldom changes.
struct RowContext {
    std::int64_t search_code = 0;
    std::optional<base::Uuid> category;

    bool operator==(const RowContext&) const = default;
};

struct PageOrder {
    const x::Answer& answer;
    bool full = false;
    Money unit_price = 0;
    /// As the last page had it: rows are made for it while the library is being locked, and again if it has
    /// changed.
    std::optional<RowContext> expected = {};
};

struct PageWritten {
    Checkpoint checkpoint;  ///< as it was committed
    bool is_last = false;   ///< the run is complete
    RowContext context;     ///< of the rows that were written
};

/// Writes the page, its cost, positions, evidence and the checkpoint, or nothing. All must outlive the call.
[[nodiscard]] base::Task<base::Result<PageWritten>> write_page(postgres::Pool& database,
                                                               cache::Announcer& announcer,
                                                               const base::Clock& clock, const jobs::Run& run,
                                                               Checkpoint checkpoint, PageOrder order);

/// Writes what X says of posts that were asked for by id: texts, states, cost and evidence, and that they
/// were checked. Nothing is added to the library.
[[nodiscard]] base::Task<base::Result<Checkpoint>> write_audit(postgres::Pool& database,
                                                               cache::Announcer& announcer,
                                                               const base::Clock& clock, const jobs::Run& run,
                                                               Checkpoint checkpoint, PageOrder order,
                                                               std::vector<std::string> asked);

/// The progress that a checkpoint means.
[[nodiscard]] jobs::Progress progress_of(const Checkpoint& checkpoint, std::string_view step);

}  // namespace syncing
