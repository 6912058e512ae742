#include "categories/categories_sql.hpp"

#include <array>

namespace categories::sql {

// A left join, so that the version comes even when there is no category.
const Statement kSelectAll{
    "category.select_all",
    "SELECT l.version, c.id, c.version, c.name, c.description, c.color, c.icon, c.parent_id, c.sort_order,"
    " c.is_default, c.active_count, c.archived_count, c.created_at, c.updated_at"
    " FROM library l LEFT JOIN categories c ON c.user_id = l.user_id WHERE l.user_id = $1"
    " ORDER BY c.sort_order, c.created_at, c.id",
    {Type::uuid},
    Access::read};

const Statement kLockLibrary{"category.lock_library",
                             "SELECT version FROM library WHERE user_id = $1 FOR UPDATE",
                             {Type::uuid},
                             Access::write};

const Statement kInsert{
    "category.insert",
    "INSERT INTO categories (user_id, id, library_version, name, description, color, icon, parent_id, sort_order,"
    " created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
    {Type::uuid, Type::uuid, Type::int8, Type::text, Type::text, Type::text, Type::text, Type::uuid,
     Type::int4, Type::timestamptz},
    Access::write};

const Statement kUpdate{
    "category.update",
    "UPDATE categories SET library_version = $3, name = $4, description = $5, color = $6, icon = $7, parent_id = $8,"
    " sort_order = $9, updated_at = $10, version = version + 1 WHERE user_id = $1 AND id = $2",
    {Type::uuid, Type::uuid, Type::int8, Type::text, Type::text, Type::text, Type::text, Type::uuid,
     Type::int4, Type::timestamptz},
    Access::write};

const Statement kUpdateOrders{
    "category.update_orders",
    "UPDATE categories c SET sort_order = o.sort_order, library_version = $2 + o.n, version = c.version + 1,"
    " updated_at = $3"
    " FROM unnest($4::uuid[], $5::bigint[]) WITH ORDINALITY AS o (id, sort_order, n)"
    " WHERE c.user_id = $1 AND c.id = o.id",
    {Type::uuid, Type::int8, Type::timestamptz, Type::uuid_array, Type::int8_array},
    Access::write};

const Statement kMoveChildrenToRoot{
    "category.move_children_to_root",
    "UPDATE categories c SET parent_id = NULL, library_version = $3 + o.n, version = c.version + 1, updated_at = $4"
    " FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM categories WHERE user_id = $1 AND parent_id = $2) o"
    " WHERE c.user_id = $1 AND c.id = o.id",
    {Type::uuid, Type::uuid, Type::int8, Type::timestamptz},
    Access::write};

const Statement kReassignBookmarks{
    "category.reassign_bookmarks",
    "UPDATE bookmarks b SET category_id = $5, library_version = $3 + o.n, version = b.version + 1, updated_at = $4"
    " FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM bookmarks WHERE user_id = $1 AND category_id = $2) o"
    " WHERE b.user_id = $1 AND b.id = o.id",
    {Type::uuid, Type::uuid, Type::int8, Type::timestamptz, Type::uuid},
    Access::write};

const Statement kDelete{
    "category.delete",
    "WITH gone AS (DELETE FROM categories WHERE user_id = $1 AND id = $2 RETURNING id)"
    " INSERT INTO tombstones (user_id, library_version, type, item_id, deleted_at)"
    " SELECT $1, $3, 'category', id::text, $4 FROM gone"
    " ON CONFLICT (user_id, type, item_id)"
    " DO UPDATE SET library_version = excluded.library_version, deleted_at = excluded.deleted_at",
    {Type::uuid, Type::uuid, Type::int8, Type::timestamptz},
    Access::write};

const Statement kForgetTombstones{
    "category.forget_tombstones",
    "DELETE FROM tombstones WHERE user_id = $1 AND type = 'category' AND item_id = ANY($2)",
    {Type::uuid, Type::text_array},
    Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{
        &kSelectAll,          &kLockLibrary,       &kInsert, &kUpdate,          &kUpdateOrders,
        &kMoveChildrenToRoot, &kReassignBookmarks, &kDelete, &kForgetTombstones};
    return kAll;
}

Category read_category(const postgres::Row& row) {
    return {.id = {row.uuid(1)},
            .version = row.integer(2),
            .name = std::string(row.text(3)),
            .description = row.maybe_text(4),
            .color = std::string(row.text(5)),
            .icon = std::string(row.text(6)),
            .parent_id = row.maybe_uuid(7),
            .order = row.integer(8),
            .is_default = row.boolean(9),
            .active_count = row.integer(10),
            .archived_count = row.integer(11),
            .created_at = row.time(12),
            .updated_at = row.time(13)};
}

Snapshot read_snapshot(const postgres::Rows& rows) {
    Snapshot snapshot;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const postgres::Row row = rows[i];
        snapshot.library_version = row.integer(0);
        if (row.is_null(1)) continue;
        snapshot.all.push_back(read_category(row));
    }
    return snapshot;
}

}  // namespace categories::sql
