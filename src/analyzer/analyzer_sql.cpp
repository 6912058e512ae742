#include "analyzer/analyzer_sql.hpp"

#include <array>

namespace analyzer::sql {

const Statement kSelectLargest{
    "analyzer.select_largest",
    "SELECT user_id FROM library ORDER BY active_count + archived_count DESC, user_id LIMIT 1",
    {},
    Access::read};

const Statement kSelectAccount{
    "analyzer.select_account",
    "SELECT u.username, coalesce(u.email, ''), coalesce(u.x_user_id, ''), l.version, l.search_code,"
    " (SELECT j.id FROM jobs j WHERE j.user_id = u.id ORDER BY j.created_at DESC, j.id DESC LIMIT 1)"
    " FROM users u JOIN library l ON l.user_id = u.id WHERE u.id = $1",
    {Type::uuid},
    Access::read};

const Statement kSelectRareTag{
    "analyzer.select_rare_tag",
    "SELECT name FROM tags WHERE user_id = $1 AND active_count > 0 ORDER BY active_count, name LIMIT 1",
    {Type::uuid},
    Access::read};

const Statement kSelectNewest{
    "analyzer.select_newest",
    "SELECT id, x_tweet_id, author_username, left(content, 200) FROM bookmarks WHERE user_id = $1 AND NOT is_archived"
    " ORDER BY bookmarked_at DESC, sync_order DESC, id DESC LIMIT 100",
    {Type::uuid},
    Access::read};

const Statement kSelectColumns{
    "analyzer.select_columns",
    "SELECT c.relname::text, array_agg(a.attname::text ORDER BY a.attnum),"
    " array_agg(coalesce(quote_ident(o.collname), '') ORDER BY a.attnum) FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
    " JOIN pg_type t ON t.oid = a.atttypid"
    " LEFT JOIN pg_collation o ON o.oid = a.attcollation AND a.attcollation <> t.typcollation"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') GROUP BY 1 ORDER BY 1",
    {},
    Access::read};

// The bits of indoption: descending, nulls first. An order is written as a plan writes it, without what is
// usual.
const Statement kSelectIndexes{
    "analyzer.select_indexes",
    "SELECT i.relname::text, c.relname::text, m.amname::text, coalesce(pg_get_expr(x.indpred, x.indrelid), ''),"
    " ARRAY(SELECT coalesce(a.attname::text, pg_get_indexdef(x.indexrelid, k, false))"
    "   FROM generate_series(1, x.indnkeyatts::integer) AS k"
    "   LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[k - 1] ORDER BY k),"
    " ARRAY(SELECT (ARRAY['', 'DESC NULLS LAST', 'NULLS FIRST', 'DESC'])[1 + (x.indoption[k - 1] & 3)]"
    "   FROM generate_series(1, x.indnkeyatts::integer) AS k ORDER BY k)"
    " FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid"
    " JOIN pg_am m ON m.oid = i.relam WHERE x.indisvalid AND c.relnamespace = current_schema()::regnamespace ORDER BY 2, 1",
    {},
    Access::read};

const Statement kSelectHypopg{
    "analyzer.select_hypopg",
    "SELECT (SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
    " WHERE e.extname = 'hypopg'), EXISTS (SELECT FROM pg_available_extensions WHERE name = 'hypopg')",
    {},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectLargest, &kSelectAccount, &kSelectRareTag, &kSelectNewest,
                                     &kSelectColumns, &kSelectIndexes, &kSelectHypopg};
    return kAll;
}

namespace {

/// Without a name it is prepared for one execution.
postgres::Command make(std::string sql, postgres::Params params) {
    auto text = std::make_shared<const std::string>(std::move(sql));
    const auto types = params.types();
    return {Statement{.name = "",
                      .sql = *text,
                      .types = postgres::Types(std::span<const Type>(types)),
                      .access = Access::write},
            std::move(params), text};
}

}  // namespace

postgres::Command plain(std::string_view sql) {
    return make(std::string(sql), {});
}

postgres::Command explain(const postgres::Command& query, bool runs) {
    const std::string_view options = runs ? "ANALYZE, BUFFERS, FORMAT JSON" : "FORMAT JSON";
    std::string sql = "EXPLAIN (";
    sql.append(options).append(") ").append(query.statement.sql);
    postgres::Command out = make(std::move(sql), query.params);
    out.statement.types = query.statement.types;
    return out;
}

postgres::Command imagine(const std::string& schema, const std::string& definition) {
    return make("SELECT " + schema + ".hypopg_create_index($1)",
                std::move(postgres::Params().text(definition)));
}

postgres::Command forget(const std::string& schema) {
    return make("SELECT " + schema + ".hypopg_reset()", {});
}

}  // namespace analyzer::sql
