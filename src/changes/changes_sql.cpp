#include "changes/changes_sql.hpp"

#include <array>
#include <string>

#include "accounts/accounts_sql.hpp"
#include "base/json_writer.hpp"
#include "bookmarks/bookmark_json.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "categories/categories_sql.hpp"
#include "categories/category_json.hpp"
#include "search/saved_search_json.hpp"
#include "search/saved_searches_sql.hpp"

namespace changes::sql {
namespace {

using base::JsonWriter;

constexpr postgres::Types kTypes{Type::uuid, Type::int8, Type::int8};

#define SINCE(alias)                           \
    " WHERE " alias ".user_id = $1 AND " alias \
    ".library_version > $2"                    \
    " ORDER BY " alias ".library_version LIMIT $3"

const Statement kBookmarkIds{
    "changes.select_bookmark_ids",
    "SELECT b.library_version, 'bookmark', b.id::text, b.updated_at, false FROM bookmarks b" SINCE("b"),
    kTypes, Access::read};

constexpr int kBookmarkVersionColumn = 28;
const std::string kBookmarksText =
    "SELECT " + std::string(bookmarks::sql::kColumns) + ", b.library_version FROM bookmarks b" SINCE("b");
const Statement kBookmarks{"changes.select_bookmarks", kBookmarksText, kTypes, Access::read};

const Statement kCategoryIds{
    "changes.select_category_ids",
    "SELECT c.library_version, 'category', c.id::text, c.updated_at, false FROM categories c" SINCE("c"),
    kTypes, Access::read};

const Statement kCategories{
    "changes.select_categories",
    "SELECT c.library_version, c.id, c.version, c.name, c.description, c.color, c.icon,"
    " c.parent_id, c.sort_order, c.is_default, c.active_count, c.archived_count,"
    " c.created_at, c.updated_at FROM categories c" SINCE("c"),
    kTypes, Access::read};

const Statement kTagIds{"changes.select_tag_ids",
                        "SELECT t.library_version, 'tag', t.name, t.updated_at, false FROM tags t" SINCE("t"),
                        kTypes, Access::read};

const Statement kTags{
    "changes.select_tags",
    "SELECT t.library_version, t.name, t.color, t.active_count + t.archived_count, t.updated_at"
    " FROM tags t" SINCE("t"),
    kTypes, Access::read};

const Statement kSavedSearchIds{
    "changes.select_saved_search_ids",
    "SELECT s.library_version, 'savedSearch', s.id::text, s.updated_at, false FROM saved_searches s" SINCE(
        "s"),
    kTypes, Access::read};

const Statement kSavedSearches{
    "changes.select_saved_searches",
    "SELECT s.library_version, s.id, s.version, s.name, s.query, s.sort_order, s.pinned, s.created_at, s.updated_at"
    " FROM saved_searches s" SINCE("s"),
    kTypes, Access::read};

// One row at most, whatever the limit: accounts that were made without this feed have none.
const Statement kSettingsIds{"changes.select_settings_ids",
                             "SELECT l.settings_version, 'settings', l.user_id::text, l.settings_at, false"
                             " FROM library l WHERE l.user_id = $1 AND l.settings_version > $2 LIMIT $3",
                             kTypes, Access::read};

const Statement kSettings{"changes.select_settings",
                          "SELECT l.settings_version, l.user_id::text, l.settings_at, u.settings"
                          " FROM library l JOIN users u ON u.id = l.user_id"
                          " WHERE l.user_id = $1 AND l.settings_version > $2 LIMIT $3",
                          kTypes, Access::read};

const Statement kTombstones{
    "changes.select_tombstones",
    "SELECT t.library_version, t.type, t.item_id, t.deleted_at, true FROM tombstones t" SINCE("t"), kTypes,
    Access::read};

/// An upsert; the caller fills in `data`.
Change upsert(std::int64_t version, std::string_view type, std::string id, base::Time at) {
    return {.version = version,
            .type = std::string(type),
            .is_deleted = false,
            .id = std::move(id),
            .at = at,
            .data = {}};
}

Change read_changed_bookmark(const postgres::Row& row, const Context& context) {
    const bookmarks::Bookmark bookmark = bookmarks::sql::read_bookmark(row);
    Change change = upsert(row.integer(kBookmarkVersionColumn), "bookmark", base::to_string(bookmark.id.uuid),
                           bookmark.updated_at);
    JsonWriter json(change.data);
    json.begin_object();
    bookmarks::write_members(json, bookmark, context.user, context.categories);
    json.end_object();
    return change;
}

Change read_changed_category(const postgres::Row& row, const Context& context) {
    const categories::Category category = categories::sql::read_category(row);
    Change change =
        upsert(row.integer(0), "category", base::to_string(category.id.uuid), category.updated_at);
    JsonWriter json(change.data);
    json.begin_object();
    categories::write_members(json, category, context.user);
    json.end_object();
    return change;
}

Change read_changed_tag(const postgres::Row& row, const Context&) {
    const bookmarks::Tag tag{
        .name = std::string(row.text(1)), .color = row.maybe_text(2), .count = row.integer(3)};
    Change change = upsert(row.integer(0), "tag", tag.name, row.time(4));
    JsonWriter json(change.data);
    bookmarks::write_tag(json, tag);
    return change;
}

Change read_changed_search(const postgres::Row& row, const Context&) {
    const search::SavedSearch saved = search::sql::read_saved_search(row);
    Change change = upsert(row.integer(0), "savedSearch", base::to_string(saved.id), saved.updated_at);
    JsonWriter json(change.data);
    search::write_search(json, saved);
    return change;
}

Change read_changed_settings(const postgres::Row& row, const Context&) {
    Change change = upsert(row.integer(0), "settings", std::string(row.text(1)), row.time(2));
    change.data = accounts::sql::write_settings(accounts::sql::read_settings(row.json(3)));
    return change;
}

Change read_tombstone(const postgres::Row& row, const Context&) {
    return read_ids(row);
}

constexpr std::array kSources{
    Source{kBookmarkIds, kBookmarks, kBookmarkVersionColumn, read_changed_bookmark},
    Source{kCategoryIds, kCategories, 0, read_changed_category},
    Source{kTagIds, kTags, 0, read_changed_tag},
    Source{kSavedSearchIds, kSavedSearches, 0, read_changed_search},
    Source{kSettingsIds, kSettings, 0, read_changed_settings},
    Source{kTombstones, kTombstones, kIdsVersionColumn, read_tombstone},
};

}  // namespace

const Statement kSelectVersion{
    "changes.select_version", "SELECT version FROM library WHERE user_id = $1", {Type::uuid}, Access::read};

const Statement kSelectOldest{"changes.select_oldest",
                              "SELECT oldest_version FROM library WHERE user_id = $1",
                              {Type::uuid},
                              Access::read};

const Statement& kSelectCategories = categories::sql::kSelectAll;

const Statement kLockLibrary{"changes.lock_library",
                             "SELECT version FROM library WHERE user_id = $1 FOR UPDATE",
                             {Type::uuid},
                             Access::write};

const Statement kSelectSweepable{"changes.select_sweepable",
                                 "SELECT DISTINCT t.user_id FROM (SELECT user_id FROM tombstones"
                                 " WHERE deleted_at < $1 ORDER BY deleted_at LIMIT $2) t",
                                 {Type::timestamptz, Type::int8},
                                 Access::read};

const Statement kSweep{"changes.sweep",
                       "WITH gone AS (DELETE FROM tombstones WHERE user_id = $1 AND library_version IN"
                       "   (SELECT library_version FROM tombstones WHERE user_id = $1 AND deleted_at < $2"
                       "     ORDER BY library_version LIMIT $3)"
                       "   RETURNING library_version)"
                       " UPDATE library l SET oldest_version = greatest(l.oldest_version, g.newest)"
                       " FROM (SELECT max(library_version) AS newest, count(*) AS amount FROM gone) g"
                       " WHERE l.user_id = $1 AND g.amount > 0 RETURNING g.amount",
                       {Type::uuid, Type::timestamptz, Type::int8},
                       Access::write};

std::span<const Source> sources() {
    return kSources;
}

Change read_ids(const postgres::Row& row) {
    return {.version = row.integer(kIdsVersionColumn),
            .type = std::string(row.text(1)),
            .is_deleted = row.boolean(4),
            .id = std::string(row.text(2)),
            .at = row.time(3),
            .data = {}};
}

categories::Snapshot read_categories(const postgres::Rows& rows) {
    return categories::sql::read_snapshot(rows);
}

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectVersion, &kSelectOldest, &kLockLibrary,    &kSelectSweepable,
                                     &kSweep,         &kBookmarkIds,  &kBookmarks,      &kCategoryIds,
                                     &kCategories,    &kTagIds,       &kTags,           &kSettingsIds,
                                     &kSettings,      &kTombstones,   &kSavedSearchIds, &kSavedSearches};
    return kAll;
}

}  // namespace changes::sql
