#include "transfer/transfer_sql.hpp"

#include <array>

namespace transfer::sql {

const Statement kSelectTakenIds{"import.select_taken_ids",
                                "SELECT id FROM bookmarks WHERE user_id = $1 AND id = ANY($2)",
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

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectTakenIds, &kColorTags, &kSelectKept};
    return kAll;
}

}  // namespace transfer::sql
