#include "transfer/export_sql.hpp"

#include <array>
#include <string>

#include "bookmarks/bookmarks_sql.hpp"

namespace transfer::sql {

using postgres::Access;
using postgres::Statement;
using postgres::Type;

#define CONDITIONS                                                                                  \
    " b.user_id = $1 AND ($2::timestamptz IS NULL OR b.bookmarked_at >= $2)"                        \
    " AND ($3::timestamptz IS NULL OR b.bookmarked_at <= $3)"                                       \
    " AND ($4::uuid[] IS NULL OR b.category_id = ANY($4)) AND ($5::text[] IS NULL OR b.tags && $5)" \
    " AND ($6 OR NOT b.is_archived)"

const std::string kOpenCursorText =
    "DECLARE exported NO SCROLL CURSOR FOR SELECT " + std::string(bookmarks::sql::kColumns) +
    " FROM bookmarks b WHERE" CONDITIONS
    " AND ($7::uuid IS NULL OR b.category_id = $7) AND (NOT $8 OR b.category_id IS NULL)"
    " ORDER BY b.bookmarked_at DESC, b.sync_order DESC, b.id DESC";
const Statement kOpenCursor{"export.open_cursor",
                            kOpenCursorText,
                            {Type::uuid, Type::timestamptz, Type::timestamptz, Type::uuid_array,
                             Type::text_array, Type::boolean, Type::uuid, Type::boolean},
                            Access::write};

const Statement kFetch{"export.fetch", "FETCH 1000 FROM exported", {}, Access::write};
const Statement kCloseCursor{"export.close_cursor", "CLOSE exported", {}, Access::write};
// A storage may be slow to take what was read.
const Statement kStayOpen{"export.stay_open",
                          "SELECT set_config('idle_in_transaction_session_timeout', '600000', true)",
                          {},
                          Access::write};

const Statement kCount{
    "export.count",
    "SELECT count(*) FROM bookmarks b WHERE" CONDITIONS,
    {Type::uuid, Type::timestamptz, Type::timestamptz, Type::uuid_array, Type::text_array, Type::boolean},
    Access::read};

const Statement kSelectTags{
    "export.select_tags",
    "SELECT name, color FROM tags WHERE user_id = $1"
    " AND (active_count + archived_count > 0 OR color IS NOT NULL) ORDER BY name COLLATE \"C\"",
    {Type::uuid},
    Access::read};

const Statement kSelectSearches{"export.select_searches",
                                "SELECT id, query, result_count, execution_ms, created_at FROM search_history"
                                " WHERE user_id = $1 ORDER BY id DESC LIMIT 1000",
                                {Type::uuid},
                                Access::read};

const Statement kSelectSettings{
    "export.select_settings", "SELECT settings FROM users WHERE id = $1", {Type::uuid}, Access::read};

const Statement kSelectUnfinishedFile{"export.select_unfinished_file",
                                      "SELECT options, created_at FROM jobs WHERE user_id = $1 AND id = $2"
                                      " AND type = 'export' AND state IN ('failed', 'cancelled')",
                                      {Type::uuid, Type::uuid},
                                      Access::read};

std::span<const Statement* const> export_statements() {
    static constexpr std::array kAll{&kOpenCursor,     &kFetch,          &kCloseCursor,
                                     &kStayOpen,       &kCount,          &kSelectTags,
                                     &kSelectSearches, &kSelectSettings, &kSelectUnfinishedFile};
    return kAll;
}

}  // namespace transfer::sql
