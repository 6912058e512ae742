#include "search/history_sql.hpp"

#include <array>

namespace search::sql {

const Statement kInsertHistory{
    "history.insert",
    "INSERT INTO search_history (user_id, id, query, result_count, execution_ms, created_at)"
    " SELECT r.user_id, r.id, r.query, r.result_count, r.execution_ms, r.created_at"
    "   FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::bigint[], $5::double precision[], $6::timestamptz[])"
    "        AS r (user_id, id, query, result_count, execution_ms, created_at)"
    "   JOIN users u ON u.id = r.user_id",
    {Type::uuid_array, Type::uuid_array, Type::jsonb_array, Type::int8_array, Type::float8_array,
     Type::timestamptz_array},
    Access::write};

// The first entry that is too many is found on the primary key: 1.5 ms for the 10,000th one.
const Statement kTrimHistory{
    "history.trim",
    "DELETE FROM search_history h USING unnest($1::uuid[]) AS u (id) CROSS JOIN LATERAL"
    " (SELECT o.id FROM search_history o WHERE o.user_id = u.id ORDER BY o.id DESC OFFSET $2 LIMIT 1) AS edge"
    " WHERE h.user_id = u.id AND h.id <= edge.id",
    {Type::uuid_array, Type::int8},
    Access::write};

const Statement kSelectHistory{"history.select",
                               "SELECT id, query, result_count, execution_ms, created_at FROM search_history"
                               " WHERE user_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3 OFFSET $4",
                               {Type::uuid, Type::uuid, Type::int8, Type::int8},
                               Access::read};

const Statement kCountHistory{
    "history.count", "SELECT count(*) FROM search_history WHERE user_id = $1", {Type::uuid}, Access::read};

const Statement kDeleteEntry{"history.delete",
                             "DELETE FROM search_history WHERE user_id = $1 AND id = $2",
                             {Type::uuid, Type::uuid},
                             Access::write};

const Statement kClearHistory{
    "history.clear", "DELETE FROM search_history WHERE user_id = $1", {Type::uuid}, Access::write};

// Today and the days before it, as days of the time zone.
#define LAST_DAY "($2::timestamptz AT TIME ZONE $3)::date"
#define FIRST_DAY "(" LAST_DAY " - ($4::bigint - 1)::integer)"
#define PERIOD_BEGIN "(" FIRST_DAY "::timestamp AT TIME ZONE $3)"

const Statement kSummarise{"history.summarise",
                           "SELECT count(*), coalesce(avg(execution_ms), 0)::double precision, " PERIOD_BEGIN
                           " FROM search_history WHERE user_id = $1 AND created_at >= " PERIOD_BEGIN
                           " AND created_at <= $2",
                           {Type::uuid, Type::timestamptz, Type::text, Type::int8},
                           Access::read};

const Statement kCountTerms{"history.count_terms",
                            "SELECT query->>'text' AS text, count(*) FROM search_history"
                            " WHERE user_id = $1 AND created_at >= " PERIOD_BEGIN
                            " AND created_at <= $2 AND query->>'text' <> ''"
                            " GROUP BY 1 ORDER BY 2 DESC, (query->>'text') COLLATE \"C\" LIMIT 10",
                            {Type::uuid, Type::timestamptz, Type::text, Type::int8},
                            Access::read};

const Statement kCountDays{
    "history.count_days",
    "WITH counts AS (SELECT (created_at AT TIME ZONE $3)::date AS day, count(*) AS searches FROM search_history"
    "   WHERE user_id = $1 AND created_at >= " PERIOD_BEGIN
    " AND created_at <= $2 GROUP BY 1)"
    " SELECT to_char(d.day, 'YYYY-MM-DD'), coalesce(c.searches, 0)"
    "   FROM generate_series(" FIRST_DAY "::timestamp, " LAST_DAY
    "::timestamp, interval '1 day') AS d (day)"
    "   LEFT JOIN counts c ON c.day = d.day::date ORDER BY d.day",
    {Type::uuid, Type::timestamptz, Type::text, Type::int8},
    Access::read};

HistoryEntry read_entry(const postgres::Row& row) {
    return {.id = row.uuid(0),
            .query = std::string(row.json(1)),
            .result_count = row.integer(2),
            .milliseconds = row.float8(3),
            .created_at = row.time(4)};
}

std::span<const Statement* const> all_of_history() {
    static constexpr std::array kAll{&kInsertHistory, &kTrimHistory, &kSelectHistory,
                                     &kCountHistory,  &kDeleteEntry, &kClearHistory,
                                     &kSummarise,     &kCountTerms,  &kCountDays};
    return kAll;
}

}  // namespace search::sql
