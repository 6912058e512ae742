#include "syncing/sync_sql.hpp"

#include <array>

namespace syncing::sql {

const Statement kSelectPositions{
    "sync.select_positions",
    "SELECT b.post_id, b.position, b.run, coalesce(b.position <= h.position, false)"
    " FROM (SELECT DISTINCT unnest($2::text[])) AS p (id) CROSS JOIN LATERAL"
    " (SELECT * FROM x_bookmarks WHERE user_id = $1 AND post_id = p.id OFFSET 0) AS b"
    " LEFT JOIN x_sync_heads h ON h.user_id = $1",
    {Type::uuid, Type::text_array},
    Access::read};

const Statement kCountBetween{
    "sync.count_between",
    "SELECT count(*) FROM x_bookmarks WHERE user_id = $1 AND position BETWEEN $3 AND $4"
    " AND run <> $2 AND unbookmarked_at IS NULL",
    {Type::uuid, Type::uuid, Type::int8, Type::int8},
    Access::read};

const Statement kSelectDeleted{
    "sync.select_deleted",
    "SELECT d.x_tweet_id FROM (SELECT DISTINCT unnest($2::text[])) AS p (id) CROSS JOIN LATERAL"
    " (SELECT x_tweet_id FROM deleted_posts WHERE user_id = $1 AND x_tweet_id = p.id OFFSET 0) AS d",
    {Type::uuid, Type::text_array},
    Access::read};

const Statement kSavePositions{
    "sync.save_positions",
    "INSERT INTO x_bookmarks (user_id, post_id, position, run)"
    " SELECT $1, p.post_id, p.position, $2 FROM unnest($3::text[], $4::bigint[]) AS p (post_id, position)"
    " ON CONFLICT (user_id, post_id) DO UPDATE SET position = excluded.position, run = excluded.run,"
    " unbookmarked_at = NULL",
    {Type::uuid, Type::uuid, Type::text_array, Type::int8_array},
    Access::write};

const Statement kSaveHead{
    "sync.save_head",
    "INSERT INTO x_sync_heads (user_id, position) VALUES ($1, $2)"
    " ON CONFLICT (user_id) DO UPDATE SET position = greatest(x_sync_heads.position, $2)",
    {Type::uuid, Type::int8},
    Access::write};

const Statement kMarkUnbookmarked{
    "sync.mark_unbookmarked",
    "UPDATE x_bookmarks SET unbookmarked_at = $4 WHERE user_id = $1 AND run <> $2 AND position > $3"
    " AND unbookmarked_at IS NULL",
    {Type::uuid, Type::uuid, Type::int8, Type::timestamptz},
    Access::write};

const Statement kSelectDefaultCategory{
    "sync.select_default_category",
    "SELECT c.id FROM users u JOIN categories c ON c.user_id = u.id AND c.id::text = u.settings->>'defaultCategory'"
    " WHERE u.id = $1",
    {Type::uuid},
    Access::read};

// A resource that was paid for today costs nothing more; what has no id cannot be told apart and costs.
const Statement kAddSpend{
    "sync.add_spend",
    "WITH fresh AS (INSERT INTO x_billed (user_id, day, post_id)"
    "   SELECT $1, ($3 AT TIME ZONE 'UTC')::date, p FROM unnest($7::text[]) AS p ON CONFLICT DO NOTHING RETURNING 1),"
    " counted AS (SELECT count(*) + $8 AS amount FROM fresh)"
    " INSERT INTO x_spend (user_id, id, at, endpoint, status, resources, new_resources, unit_price, amount)"
    " SELECT $1, $2, $3, $4, $5, $6, c.amount, $9, c.amount * $9 FROM counted c RETURNING amount",
    {Type::uuid, Type::uuid, Type::timestamptz, Type::text, Type::int4, Type::int8, Type::text_array,
     Type::int8, Type::int8},
    Access::write};

const Statement kSelectSpent{
    "sync.select_spent",
    "SELECT coalesce(sum(s.amount) FILTER (WHERE s.at >= $2), 0)::bigint, coalesce(sum(s.amount), 0)::bigint,"
    " (SELECT b.daily FROM x_budgets b WHERE b.user_id = $1), (SELECT b.monthly FROM x_budgets b WHERE b.user_id = $1)"
    " FROM x_spend s WHERE s.user_id = $1 AND s.at >= $3",
    {Type::uuid, Type::timestamptz, Type::timestamptz},
    Access::read};

const Statement kSumSpend{
    "sync.sum_spend",
    "SELECT coalesce(sum(amount), 0)::bigint FROM x_spend WHERE user_id = $1 AND at >= $2",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSelectSpendByDay{
    "sync.select_spend_by_day",
    "SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day, endpoint, count(*), sum(resources)::bigint,"
    " sum(amount)::bigint FROM x_spend WHERE user_id = $1 AND at >= $2 GROUP BY 1, 2 ORDER BY 1 DESC, 2",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSetBudget{
    "sync.set_budget",
    "INSERT INTO x_budgets (user_id, daily, monthly) VALUES ($1, $2, $3)"
    " ON CONFLICT (user_id) DO UPDATE SET daily = excluded.daily, monthly = excluded.monthly",
    {Type::uuid, Type::int8, Type::int8},
    Access::write};

const Statement kForgetBilled{"sync.forget_billed",
                              "DELETE FROM x_billed WHERE day < ($1 AT TIME ZONE 'UTC')::date",
                              {Type::timestamptz},
                              Access::write};

const Statement kAddEvidence{
    "sync.add_evidence",
    "INSERT INTO post_evidence (user_id, post_id, status, source, at)"
    " SELECT $1, p.id, p.status, $4, $5 FROM unnest($2::text[], $3::text[]) AS p (id, status)"
    " ON CONFLICT (user_id, post_id) DO UPDATE SET status = excluded.status, source = excluded.source",
    {Type::uuid, Type::text_array, Type::text_array, Type::text, Type::timestamptz},
    Access::write};

const Statement kForgetEvidence{"sync.forget_evidence",
                                "DELETE FROM post_evidence WHERE ctid = ANY(ARRAY(SELECT e.ctid"
                                " FROM unnest($2::text[]) AS p (id) CROSS JOIN LATERAL"
                                " (SELECT ctid FROM post_evidence WHERE user_id = $1 AND post_id = p.id"
                                "   OFFSET 0) AS e))",
                                {Type::uuid, Type::text_array},
                                Access::write};

// Those that a run did not meet lately: what X shows is known to be there.
const Statement kSelectToAudit{
    "sync.select_to_audit",
    "SELECT b.x_tweet_id FROM bookmarks b LEFT JOIN x_audits a ON a.user_id = b.user_id AND a.post_id = b.x_tweet_id"
    " LEFT JOIN x_bookmarks p ON p.user_id = b.user_id AND p.post_id = b.x_tweet_id"
    " WHERE b.user_id = $1 AND b.source = 'x-api' AND b.x_tweet_id ~ '^[0-9]{1,19}$' AND p.run IS DISTINCT FROM $2"
    " AND (a.checked_at IS NULL OR a.checked_at < $3) ORDER BY a.checked_at NULLS FIRST, b.bookmarked_at LIMIT $4",
    {Type::uuid, Type::uuid, Type::timestamptz, Type::int8},
    Access::read};

const Statement kSaveAudit{"sync.save_audit",
                           "INSERT INTO x_audits (user_id, post_id, checked_at)"
                           " SELECT $1, id, $3 FROM unnest($2::text[]) AS id"
                           " ON CONFLICT (user_id, post_id) DO UPDATE SET checked_at = $3",
                           {Type::uuid, Type::text_array, Type::timestamptz},
                           Access::write};

const Statement kSelectGone{
    "sync.select_gone",
    "SELECT b.user_id, b.x_tweet_id FROM post_evidence e JOIN bookmarks b ON b.user_id = e.user_id"
    " AND b.x_tweet_id = e.post_id WHERE e.at < $1 AND b.source = 'x-api'"
    " AND b.post_status IN ('deleted', 'suspended', 'protected', 'withheld')"
    " AND (b.content <> '' OR b.media <> '[]' OR b.links <> '{}' OR b.author_username <> '') ORDER BY e.at LIMIT $2",
    {Type::timestamptz, Type::int8},
    Access::read};

const Statement kSelectDue{
    "sync.select_due",
    "SELECT a.user_id FROM x_accounts a JOIN users u ON u.id = a.user_id"
    " WHERE a.status = 'active' AND coalesce((u.settings->>'autoSync')::boolean, true)"
    " AND NOT EXISTS (SELECT FROM jobs j WHERE j.user_id = a.user_id AND j.type = 'sync'"
    "   AND (j.finished_at IS NULL OR j.created_at > $1)) ORDER BY a.last_sync_at NULLS FIRST LIMIT $2",
    {Type::timestamptz, Type::int8},
    Access::read};

#define COUNTS                                                                                                 \
    "SELECT count(*) FILTER (WHERE state IN ('queued', 'paused')), count(*) FILTER (WHERE state = 'running')," \
    " count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state = 'failed'),"                  \
    " count(*) FILTER (WHERE state = 'failed' AND finished_at > $1), count(*) FROM jobs WHERE type = 'sync'"

const Statement kCountJobs{
    "sync.count_jobs", COUNTS " AND user_id = $2", {Type::timestamptz, Type::uuid}, Access::read};

const Statement kCountAllJobs{"sync.count_all_jobs", COUNTS, {Type::timestamptz}, Access::read};

const Statement kSummarise{
    "sync.summarise",
    "SELECT count(*), count(*) FILTER (WHERE state = 'completed'), count(*) FILTER (WHERE state = 'failed'),"
    " avg((progress->>'current')::float8) FILTER (WHERE state = 'completed'),"
    " max((progress->>'current')::bigint) FILTER (WHERE state = 'completed'), min(created_at), max(created_at)"
    " FROM jobs WHERE user_id = $1 AND type = 'sync' AND created_at >= $2",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSummariseDays{
    "sync.summarise_days",
    "SELECT to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), count(*), count(*) FILTER (WHERE state = 'completed'),"
    " count(*) FILTER (WHERE state = 'failed'), coalesce(sum((progress->>'current')::bigint), 0)::bigint"
    " FROM jobs WHERE user_id = $1 AND type = 'sync' AND created_at >= $2 GROUP BY 1 ORDER BY 1 DESC",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kSummariseErrors{
    "sync.summarise_errors",
    "SELECT error->>'message', count(*), max(finished_at) FROM jobs WHERE user_id = $1 AND type = 'sync'"
    " AND created_at >= $2 AND state = 'failed' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10",
    {Type::uuid, Type::timestamptz},
    Access::read};

const Statement kDeleteHistory{"sync.delete_history",
                               "DELETE FROM jobs WHERE user_id = $1 AND type = 'sync' AND finished_at < $2",
                               {Type::uuid, Type::timestamptz},
                               Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{
        &kSelectToAudit,         &kSaveAudit,     &kSaveHead,      &kSelectPositions,
        &kCountBetween,          &kSelectDeleted, &kSavePositions, &kMarkUnbookmarked,
        &kSelectDefaultCategory, &kAddSpend,      &kSelectSpent,   &kSumSpend,
        &kSelectSpendByDay,      &kSetBudget,     &kForgetBilled,  &kAddEvidence,
        &kForgetEvidence,        &kSelectGone,    &kSelectDue,     &kCountJobs,
        &kCountAllJobs,          &kSummarise,     &kSummariseDays, &kSummariseErrors,
        &kDeleteHistory};
    return kAll;
}

}  // namespace syncing::sql
