#include "resident/resident_sql.hpp"

#include <array>

namespace resident::sql {

#define DOCUMENT_COLUMNS                                                                             \
    "b.id, b.bookmarked_at, b.sync_order, b.content, b.title, b.note, b.author_username,"            \
    " b.author_display_name, b.author_avatar_url, b.tags, b.hashtags, b.category_id, b.post_status," \
    " b.is_archived, b.media <> '[]', b.links <> '{}', b.library_version"

const Statement kOneMoment{
    "resident.one_moment", "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY", {}, Access::read};

const Statement kSelectLibrary{
    "resident.select_library",
    "SELECT version, active_count + archived_count FROM library WHERE user_id = $1",
    {Type::uuid},
    Access::read};

const Statement kSelectNext{
    "resident.select_next",
    "SELECT " DOCUMENT_COLUMNS
    " FROM bookmarks b WHERE b.user_id = $1 AND (b.bookmarked_at, b.sync_order, b.id) < ($2, $3, $4)"
    " ORDER BY b.bookmarked_at DESC, b.sync_order DESC, b.id DESC LIMIT $5",
    {Type::uuid, Type::timestamptz, Type::int8, Type::uuid, Type::int8},
    Access::read};

const Statement kSelectWritten{
    "resident.select_written",
    "SELECT " DOCUMENT_COLUMNS
    ", l.version, l.active_count + l.archived_count FROM library l LEFT JOIN bookmarks b"
    " ON b.user_id = l.user_id AND b.library_version > $2 WHERE l.user_id = $1 LIMIT $3",
    {Type::uuid, Type::int8, Type::int8},
    Access::read};

const Statement kSelectRemoved{
    "resident.select_removed",
    "SELECT l.version, t.item_id FROM library l LEFT JOIN tombstones t ON t.user_id = l.user_id"
    " AND t.library_version > $2 AND t.type = 'bookmark' WHERE l.user_id = $1",
    {Type::uuid, Type::int8},
    Access::read};

const Statement kSelectPage{
    "resident.select_page",
    "SELECT b.id, b.version, b.x_tweet_id, b.url, b.content, b.title, b.note, b.lang, b.author_username,"
    " b.author_display_name, b.author_avatar_url, b.media, b.links, b.hashtags, b.mentions, b.tags,"
    " b.referenced, b.metrics, b.category_id, b.is_archived, b.bookmarked_at, b.bookmarked_at_source,"
    " b.sync_order, b.posted_at, b.post_status, b.source, b.created_at, b.updated_at, l.version"
    " FROM library l LEFT JOIN (SELECT r.* FROM unnest($2::uuid[]) AS p (id) CROSS JOIN LATERAL"
    "   (SELECT * FROM bookmarks WHERE user_id = $1 AND id = p.id OFFSET 0) AS r) AS b ON true WHERE l.user_id = $1",
    {Type::uuid, Type::uuid_array},
    Access::read};

Document read_document(const postgres::Row& row) {
    const auto text = [&row](int column) {
        return row.is_null(column) ? std::string_view() : row.text(column);
    };
    Document document;
    document.id = row.uuid(0);
    document.bookmarked_at = row.time(1);
    document.sync_order = row.integer(2);
    document.content = text(3);
    document.title = text(4);
    document.note = text(5);
    document.author_username = text(6);
    document.author_display_name = text(7);
    if (!row.is_null(8)) document.author_avatar_url = row.text(8);
    document.tags = row.texts(9);
    document.hashtags = row.texts(10);
    document.category = row.maybe_uuid(11);
    document.post_status =
        bookmarks::parse_post_status(row.text(12)).value_or(bookmarks::PostStatus::unknown);
    document.is_archived = row.boolean(13);
    document.has_media = row.boolean(14);
    document.has_links = row.boolean(15);
    return document;
}

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kOneMoment,     &kSelectLibrary, &kSelectNext,
                                     &kSelectWritten, &kSelectRemoved, &kSelectPage};
    return kAll;
}

}  // namespace resident::sql
