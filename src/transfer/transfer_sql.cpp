#include "transfer/transfer_sql.hpp"

#include <array>

namespace transfer::sql {

const Statement kSelectTakenIds{"import.select_taken_ids",
                                "SELECT b.id FROM unnest($2::uuid[]) AS p (id) CROSS JOIN LATERAL"
                                " (SELECT id FROM bookmarks WHERE user_id = $1 AND id = p.id OFFSET 0) AS b",
                                {Type::uuid, Type::uuid_array},
                                Access::read};

const Statement kColorTags{"import.color_tags",
                           "UPDATE tags t SET color = r.color, library_version = $2 + r.n, updated_at = $5"
                           " FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS r (name, color, n)"
                           " WHERE t.user_id = $1 AND t.name = r.name AND t.color IS NULL",
                           {Type::uuid, Type::int8, Type::text_array, Type::text_array, Type::timestamptz},
                           Access::write};

const Statement kSelectKept{
    "import.select_kept",
    "SELECT user_id, id FROM jobs WHERE type = 'import' AND place = $1 AND finished_at IS NULL",
    {Type::text},
    Access::read};

const Statement kInsertCategory{
    "import.insert_category",
    "INSERT INTO categories (user_id, id, library_version, name, description, color, icon, parent_id, sort_order,"
    " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    {Type::uuid, Type::uuid, Type::int8, Type::text, Type::text, Type::text, Type::text, Type::uuid,
     Type::int4, Type::timestamptz, Type::timestamptz},
    Access::write};

const Statement kAdoptCategory{
    "import.adopt_category",
    "WITH adopted AS (UPDATE categories SET id = $3, library_version = $4, name = $5, description = $6, color = $7,"
    "   icon = $8, parent_id = $9, sort_order = $10, created_at = $11, updated_at = $12"
    "   WHERE user_id = $1 AND id = $2 RETURNING updated_at)"
    " INSERT INTO tombstones (user_id, library_version, type, item_id, deleted_at)"
    " SELECT $1, $4 + 1, 'category', $2::text, now() FROM adopted"
    " ON CONFLICT (user_id, type, item_id)"
    " DO UPDATE SET library_version = excluded.library_version, deleted_at = excluded.deleted_at",
    {Type::uuid, Type::uuid, Type::uuid, Type::int8, Type::text, Type::text, Type::text, Type::text,
     Type::uuid, Type::int4, Type::timestamptz, Type::timestamptz},
    Access::write};

const Statement kRestoreSavedSearches{
    "import.restore_saved_searches",
    "INSERT INTO saved_searches (user_id, id, library_version, name, query, sort_order, pinned, created_at, updated_at)"
    " SELECT $1, r.id, $2 + r.n, r.name, r.query, r.sort_order, r.pinned, r.created_at, r.updated_at"
    "   FROM unnest($3::uuid[], $4::text[], $5::jsonb[], $6::bigint[], $7::boolean[], $8::timestamptz[],"
    "               $9::timestamptz[]) WITH ORDINALITY"
    "        AS r (id, name, query, sort_order, pinned, created_at, updated_at, n)"
    " LIMIT greatest(0, 1000 - (SELECT count(*) FROM saved_searches WHERE user_id = $1))"
    " ON CONFLICT DO NOTHING",
    {Type::uuid, Type::int8, Type::uuid_array, Type::text_array, Type::jsonb_array, Type::int8_array,
     Type::boolean_array, Type::timestamptz_array, Type::timestamptz_array},
    Access::write};

const Statement kForgetSavedTombstones{
    "import.forget_saved_tombstones",
    "DELETE FROM tombstones WHERE user_id = $1 AND type = 'savedSearch' AND item_id = ANY($2)"
    " AND EXISTS (SELECT FROM saved_searches s WHERE s.user_id = $1 AND s.id::text = item_id)",
    {Type::uuid, Type::text_array},
    Access::write};

const Statement kRestoreHistory{
    "import.restore_history",
    "INSERT INTO search_history (user_id, id, query, result_count, execution_ms, created_at)"
    " SELECT $1, r.id, r.query, r.result_count, r.execution_ms, r.created_at"
    "   FROM unnest($2::uuid[], $3::jsonb[], $4::bigint[], $5::double precision[], $6::timestamptz[])"
    "        AS r (id, query, result_count, execution_ms, created_at) ON CONFLICT DO NOTHING",
    {Type::uuid, Type::uuid_array, Type::jsonb_array, Type::int8_array, Type::float8_array,
     Type::timestamptz_array},
    Access::write};

// A default category that is not there stays out.
#define RESTORED                                                                                        \
    "(settings || CASE WHEN jsonb_typeof($2::jsonb -> 'defaultCategory') = 'string' AND NOT EXISTS"     \
    " (SELECT FROM categories c WHERE c.user_id = $1 AND c.id::text = $2::jsonb ->> 'defaultCategory')" \
    " THEN $2::jsonb - 'defaultCategory' ELSE $2::jsonb END)"
const Statement kRestoreSettings{"import.restore_settings",
                                 "WITH changed AS (UPDATE users SET settings = " RESTORED
                                 ", updated_at = $4"
                                 "   WHERE id = $1 AND settings IS DISTINCT FROM " RESTORED
                                 " RETURNING id)"
                                 " UPDATE library l SET settings_version = $3, settings_at = $4 FROM changed"
                                 " WHERE l.user_id = changed.id",
                                 {Type::uuid, Type::jsonb, Type::int8, Type::timestamptz},
                                 Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectTakenIds,        &kColorTags,      &kSelectKept,
                                     &kInsertCategory,        &kAdoptCategory,  &kRestoreSavedSearches,
                                     &kForgetSavedTombstones, &kRestoreHistory, &kRestoreSettings};
    return kAll;
}

}  // namespace transfer::sql
