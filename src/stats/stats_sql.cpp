#include "stats/stats_sql.hpp"

#include <array>

namespace stats::sql {

#define MONTH_BEGIN "(date_trunc('month', $2::timestamptz AT TIME ZONE $3) AT TIME ZONE $3)"
#define WEEK_BEGIN "(date_trunc('week', $2::timestamptz AT TIME ZONE $3) AT TIME ZONE $3)"
#define OF_USER(column) "($1::uuid IS NULL OR " column " = $1)"

const Statement kCountAll{
    "stats.count_all",
    "SELECT (SELECT count(*) FROM users u WHERE " OF_USER("u.id") "),"
    " (SELECT count(DISTINCT s.user_id) FROM sessions s WHERE " OF_USER("s.user_id")
    "   AND s.last_active_at >= $2 - interval '30 days'),"
    " (SELECT count(*) FROM users u WHERE " OF_USER("u.id") " AND u.created_at >= " MONTH_BEGIN "),"
    " (SELECT coalesce(sum(l.active_count + l.archived_count), 0)::bigint FROM library l WHERE " OF_USER("l.user_id")
    "),"
    " (SELECT count(*) FROM bookmarks b WHERE " OF_USER("b.user_id") " AND b.created_at >= " MONTH_BEGIN "),"
    " (SELECT count(*) FROM categories c WHERE " OF_USER("c.user_id") "),"
    " (SELECT count(DISTINCT t.name) FROM tags t WHERE " OF_USER("t.user_id") "),"
    " (SELECT count(*) FROM search_history h WHERE " OF_USER("h.user_id") "),"
    " (SELECT count(*) FROM search_history h WHERE " OF_USER("h.user_id") " AND h.created_at >= " WEEK_BEGIN ")",
    {Type::uuid, Type::timestamptz, Type::text},
    Access::read};

const Statement kTopCategories{
    "stats.top_categories",
    "SELECT c.name, sum(c.active_count + c.archived_count)::bigint FROM categories c WHERE " OF_USER(
        "c.user_id") " GROUP BY 1 HAVING sum(c.active_count + c.archived_count) > 0 ORDER BY 2 DESC, c.name COLLATE \"C\" LIMIT 10",
    {Type::uuid},
    Access::read};

const Statement kTopTags{
    "stats.top_tags",
    "SELECT t.name, sum(t.active_count + t.archived_count)::bigint FROM tags t WHERE " OF_USER(
        "t.user_id") " GROUP BY 1 HAVING sum(t.active_count + t.archived_count) > 0 ORDER BY 2 DESC, t.name COLLATE \"C\" LIMIT 10",
    {Type::uuid},
    Access::read};

#define LAST_DAY "($2::timestamptz AT TIME ZONE $3)::date"
#define FIRST_DAY "(" LAST_DAY " - ($4::bigint - 1)::integer)"
#define IN_PERIOD(column) column " >= (" FIRST_DAY "::timestamp AT TIME ZONE $3) AND " column " <= $2"

const Statement kCountDays{
    "stats.count_days",
    "WITH added AS (SELECT (created_at AT TIME ZONE $3)::date AS day, count(*) AS n FROM bookmarks b"
    "   WHERE " OF_USER("b.user_id") " AND " IN_PERIOD("created_at") " GROUP BY 1),"
    " searched AS (SELECT (created_at AT TIME ZONE $3)::date AS day, count(*) AS n FROM search_history h"
    "   WHERE " OF_USER("h.user_id") " AND " IN_PERIOD("created_at") " GROUP BY 1)"
    " SELECT to_char(d.day, 'YYYY-MM-DD'), coalesce(a.n, 0), coalesce(s.n, 0)"
    "   FROM generate_series(" FIRST_DAY "::timestamp, " LAST_DAY "::timestamp, interval '1 day') AS d (day)"
    "   LEFT JOIN added a ON a.day = d.day::date LEFT JOIN searched s ON s.day = d.day::date ORDER BY d.day",
    {Type::uuid, Type::timestamptz, Type::text, Type::int8},
    Access::read};

const Statement kDistribute{
    "stats.distribute",
    "SELECT c.name, (c.active_count + c.archived_count),"
    " round(100.0 * (c.active_count + c.archived_count) / greatest(l.active_count + l.archived_count, 1), 2)"
    "   ::double precision"
    " FROM categories c JOIN library l ON l.user_id = c.user_id"
    " WHERE c.user_id = $1 AND c.active_count + c.archived_count > 0 ORDER BY 2 DESC, c.name COLLATE \"C\"",
    {Type::uuid},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kCountAll, &kTopCategories, &kTopTags, &kCountDays, &kDistribute};
    return kAll;
}

}  // namespace stats::sql
