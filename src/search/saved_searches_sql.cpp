#include "search/saved_searches_sql.hpp"

#include <array>

namespace search::sql {

// A left join, so that the version comes even when there is no saved search.
const Statement kSelectSaved{
    "saved_search.select_all",
    "SELECT l.version, s.id, s.version, s.name, s.query, s.sort_order, s.pinned, s.created_at, s.updated_at"
    " FROM library l LEFT JOIN saved_searches s ON s.user_id = l.user_id WHERE l.user_id = $1"
    " ORDER BY s.sort_order, s.name COLLATE \"C\"",
    {Type::uuid},
    Access::read};

const Statement kInsertSaved{
    "saved_search.insert",
    "INSERT INTO saved_searches (user_id, id, library_version, name, query, sort_order, pinned, created_at, updated_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
    {Type::uuid, Type::uuid, Type::int8, Type::text, Type::jsonb, Type::int4, Type::boolean,
     Type::timestamptz},
    Access::write};

const Statement kUpdateSaved{
    "saved_search.update",
    "UPDATE saved_searches SET library_version = $3, name = $4, query = $5, sort_order = $6, pinned = $7,"
    " updated_at = $8, version = version + 1 WHERE user_id = $1 AND id = $2",
    {Type::uuid, Type::uuid, Type::int8, Type::text, Type::jsonb, Type::int4, Type::boolean,
     Type::timestamptz},
    Access::write};

const Statement kDeleteSaved{
    "saved_search.delete",
    "WITH gone AS (DELETE FROM saved_searches WHERE user_id = $1 AND id = $2 RETURNING id)"
    " INSERT INTO tombstones (user_id, library_version, type, item_id, deleted_at)"
    " SELECT $1, $3, 'savedSearch', id::text, $4 FROM gone"
    " ON CONFLICT (user_id, type, item_id)"
    " DO UPDATE SET library_version = excluded.library_version, deleted_at = excluded.deleted_at",
    {Type::uuid, Type::uuid, Type::int8, Type::timestamptz},
    Access::write};

SavedSearch read_saved_search(const postgres::Row& row) {
    return {.id = row.uuid(1),
            .version = row.integer(2),
            .name = std::string(row.text(3)),
            .query = std::string(row.json(4)),
            .order = row.integer(5),
            .pinned = row.boolean(6),
            .created_at = row.time(7),
            .updated_at = row.time(8)};
}

SavedSearches::Snapshot read_saved(const postgres::Rows& rows) {
    SavedSearches::Snapshot snapshot;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const postgres::Row row = rows[i];
        snapshot.library_version = row.integer(0);
        if (row.is_null(1)) continue;
        snapshot.all.push_back(read_saved_search(row));
    }
    return snapshot;
}

std::span<const Statement* const> all_of_saved() {
    static constexpr std::array kAll{&kSelectSaved, &kInsertSaved, &kUpdateSaved, &kDeleteSaved};
    return kAll;
}

}  // namespace search::sql
