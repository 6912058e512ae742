#include "bookmarks/tags_sql.hpp"

#include <array>

namespace bookmarks::sql {

const Statement kSelectTags{"tag.select_all",
                            "SELECT t.name, t.color, t.active_count + t.archived_count, l.version"
                            " FROM library l LEFT JOIN tags t ON t.user_id = l.user_id WHERE l.user_id = $1",
                            {Type::uuid},
                            Access::read};

const Statement kSelectTag{
    "tag.select_by_name",
    "SELECT color, active_count + archived_count FROM tags WHERE user_id = $1 AND name = $2",
    {Type::uuid, Type::text},
    Access::read};

const Statement kSelectTagged{
    "tag.select_tagged",
    "SELECT id FROM bookmarks WHERE user_id = $1 AND tags @> ARRAY[$2::text] ORDER BY id",
    {Type::uuid, Type::text},
    Access::read};

const Statement kUpdateTagColor{
    "tag.update_color",
    "UPDATE tags SET color = $3, library_version = $4, updated_at = $5 WHERE user_id = $1 AND name = $2",
    {Type::uuid, Type::text, Type::text, Type::int8, Type::timestamptz},
    Access::write};

std::span<const Statement* const> all_of_tags() {
    static constexpr std::array kAll{&kSelectTags, &kSelectTag, &kSelectTagged, &kUpdateTagColor};
    return kAll;
}

}  // namespace bookmarks::sql
