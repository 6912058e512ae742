#include "health_sql.hpp"

namespace app::sql {

const postgres::Statement kSelectOne{.name = "health.select_one", .sql = "SELECT 1"};

const postgres::Statement kSelectSyncQueue{
    .name = "health.select_sync_queue",
    .sql =
        "SELECT count(*) FILTER (WHERE state IN ('queued', 'paused')), count(*) FILTER (WHERE state = 'running'), "
        "count(*) FILTER (WHERE state = 'failed') FROM jobs "
        "WHERE type = 'sync' AND (finished_at IS NULL OR (state = 'failed' AND finished_at > $1))",
    .types = {postgres::Type::timestamptz}};

}  // namespace app::sql
