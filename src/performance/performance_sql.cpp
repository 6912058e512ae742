#include "performance/performance_sql.hpp"

#include <array>

namespace performance::sql {

const Statement kSelectOne{"performance.select_one", "SELECT 1", {}, Access::read};

// Of the own database and role: who is no superuser sees little of the others.
const Statement kSelectConnections{
    "performance.select_connections",
    "SELECT coalesce(state, 'background'), count(*) FROM pg_stat_activity WHERE datname = current_database()"
    " GROUP BY 1 ORDER BY 2 DESC, 1",
    {},
    Access::read};

const Statement kSelectLocks{
    "performance.select_locks",
    "SELECT mode, count(*) FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " GROUP BY 1 ORDER BY 2 DESC, 1",
    {},
    Access::read};

const Statement kSelectIndexes{
    "performance.select_indexes",
    "SELECT schemaname::text, relname::text, indexrelname::text, idx_scan, idx_tup_read, idx_tup_fetch"
    " FROM pg_stat_user_indexes ORDER BY idx_scan DESC, 2, 3 LIMIT 200",
    {},
    Access::read};

const Statement kSelectTables{
    "performance.select_tables",
    "SELECT schemaname::text, relname::text, n_tup_ins, n_tup_upd, n_tup_del, n_live_tup, n_dead_tup"
    " FROM pg_stat_user_tables ORDER BY n_live_tup DESC, 2 LIMIT 200",
    {},
    Access::read};

const Statement kCountJobs{
    "performance.count_jobs",
    "SELECT type, CASE WHEN state = 'queued' AND resume_at IS NOT NULL THEN 'delayed' ELSE state END, count(*)"
    " FROM jobs GROUP BY 1, 2",
    {},
    Access::read};

const Statement kSelectJobTimes{
    "performance.select_job_times",
    "SELECT type, coalesce(avg(extract(epoch FROM finished_at - started_at)), 0)::float8, count(*)"
    " FROM jobs WHERE finished_at > $1 AND state = 'completed' GROUP BY 1",
    {Type::timestamptz},
    Access::read};

const Statement kSumTotals{
    "performance.sum_totals",
    "SELECT (SELECT coalesce(sum(active_count + archived_count), 0)::bigint FROM library),"
    " (SELECT coalesce(sum(amount), 0)::bigint FROM x_spend)",
    {},
    Access::read};

const Statement kSelectTroubles{
    "performance.select_troubles",
    "SELECT (SELECT count(*) FROM jobs WHERE finished_at > $1 AND state = 'failed' AND type <> 'backup'),"
    " (SELECT count(*) FROM x_accounts WHERE status = 'needs_reauth'),"
    " (SELECT count(*) FROM jobs WHERE state = 'paused' AND paused_reason = 'budget'),"
    " (SELECT count(*) FROM (SELECT status FROM backups ORDER BY started_at DESC, id DESC LIMIT 1) b WHERE status = 'failure'),"
    " (SELECT count(*) FROM backup_schedule WHERE type = 'daily' AND coalesce(is_enabled, $3) AND heeded_at < $2"
    "   AND NOT EXISTS (SELECT FROM backups WHERE started_at > $2 AND status = 'success'))",
    {Type::timestamptz, Type::timestamptz, Type::boolean},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectOne,      &kSelectConnections, &kSelectLocks,
                                     &kSelectIndexes,  &kSelectTables,      &kCountJobs,
                                     &kSelectJobTimes, &kSumTotals,         &kSelectTroubles};
    return kAll;
}

}  // namespace performance::sql
