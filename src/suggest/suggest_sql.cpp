#include "suggest/suggest_sql.hpp"

#include <array>

namespace suggest::sql {

#define AUTHOR_COLUMNS \
    "b.author_username, max(b.author_display_name), max(b.author_avatar_url), count(*) FROM bookmarks b"
#define AUTHOR_ORDER " GROUP BY 1 ORDER BY 4 DESC, b.author_username COLLATE \"C\" LIMIT $3"

const Statement kSelectAuthors{
    "suggestion.select_authors",
    "SELECT " AUTHOR_COLUMNS
    " WHERE b.user_id = $1 AND (strpos(b.author_username_folded, $2) > 0 OR strpos(b.author_name_folded, $2) > 0)" AUTHOR_ORDER,
    {Type::uuid, Type::text, Type::int8},
    Access::read};

const Statement kPopularTags{
    "suggestion.popular_tags",
    "SELECT t.name, count(*) FROM bookmarks b, unnest(b.tags) AS t (name)"
    " WHERE b.user_id = $1 AND b.created_at >= $2 GROUP BY 1 ORDER BY 2 DESC, t.name COLLATE \"C\" LIMIT $3",
    {Type::uuid, Type::timestamptz, Type::int8},
    Access::read};

const Statement kPopularAuthors{"suggestion.popular_authors",
                                "SELECT " AUTHOR_COLUMNS
                                " WHERE b.user_id = $1 AND b.created_at >= $2" AUTHOR_ORDER,
                                {Type::uuid, Type::timestamptz, Type::int8},
                                Access::read};

const Statement kPopularCategories{
    "suggestion.popular_categories",
    "SELECT b.category_id, count(*) FROM bookmarks b"
    " WHERE b.user_id = $1 AND b.created_at >= $2 AND b.category_id IS NOT NULL GROUP BY 1",
    {Type::uuid, Type::timestamptz},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectAuthors, &kPopularTags, &kPopularAuthors, &kPopularCategories};
    return kAll;
}

}  // namespace suggest::sql
