// What PostgreSQL's planner knows of the tables that a library is written into.
#pragma once

#include "base/task.hpp"
#include "postgres/pool.hpp"

namespace bookmarks {

/// Lets PostgreSQL count tables of which it knows no row, once something has been written into them. Until
/// then plans read all of a user's rows where one would do, and are kept; autovacuum comes by a minute later
/// (docs/decisions/011-rows-by-key.md). Milliseconds; of a table that is not empty never again. Not being
/// able to is no fault: statements are slower, not wrong.
base::Task<void> count_uncounted(postgres::Pool& database);

}  // namespace bookmarks
