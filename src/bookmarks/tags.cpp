#include "bookmarks/tags.hpp"

#include <algorithm>

#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/cursor.hpp"
#include "bookmarks/search_document.hpp"
#include "bookmarks/tags_sql.hpp"
#include "text/fold.hpp"

namespace bookmarks {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

/// A library row, the tag and what carries it, read under the library's lock.
struct Locked {
    std::int64_t version = 0;
    std::string prefix;
    std::optional<std::string> color;
    std::int64_t count = 0;
    std::vector<Bookmark> tagged;
};

Task<Result<Locked>> lock_tag(postgres::Transaction& tx, base::UserId user, const std::string& name) {
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectTag, std::move(Params().uuid(user.uuid).text(name)), {}});
    commands.push_back({sql::kSelectTagged, std::move(Params().uuid(user.uuid).text(name)), {}});
    auto results = co_await tx.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[0].empty() || (*results)[1].empty())
        co_return fail(Errc::tag_not_found, "The tag does not exist");
    Locked locked{.version = (*results)[0][0].integer(0),
                  .prefix = lexeme_prefix((*results)[0][0].integer(1)),
                  .color = (*results)[1][0].maybe_text(0),
                  .count = (*results)[1][0].integer(1),
                  .tagged = {}};
    std::vector<base::Uuid> ids;
    for (std::size_t i = 0; i < (*results)[2].size(); ++i)
        ids.push_back((*results)[2][i].uuid(0));
    auto rows = co_await tx.run(sql::kSelectByIds, std::move(Params().uuid(user.uuid).uuid_array(ids)));
    if (!rows) co_return std::unexpected(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i)
        locked.tagged.push_back(sql::read_bookmark((*rows)[i]));
    co_return locked;
}

void replace_tag(std::vector<std::string>& tags, const std::string& from, const std::string& to) {
    if (std::ranges::find(tags, to) != tags.end()) {
        std::erase(tags, from);
    } else {
        std::ranges::replace(tags, from, to);
    }
}

}  // namespace

Task<Result<TagsListed>> Tags::list(base::UserId user, std::string substring, bool by_name, Page page) {
    const std::string folded = text::fold(substring);
    const std::string binding =
        "tags " + base::to_string(user.uuid) + (by_name ? " name " : " count ") + folded;
    std::optional<Cursor> cursor;
    if (page.cursor) {
        cursor = read_cursor(*page.cursor, binding);
        if (!cursor) co_return fail(Errc::invalid_cursor, "The cursor is damaged or belongs to another list");
    }
    auto rows = co_await database_.run(sql::kSelectTags, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    TagsListed listed;
    listed.library_version = (*rows)[0].integer(3);
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const postgres::Row row = (*rows)[i];
        if (row.is_null(0)) continue;
        std::string name(row.text(0));
        if (text::fold(name).find(folded) == std::string::npos) continue;
        listed.tags.push_back({std::move(name), row.maybe_text(1), row.integer(2)});
    }
    const auto is_before = [by_name](const Tag& a, const Tag& b) {
        if (!by_name && a.count != b.count) return a.count > b.count;
        return a.name < b.name;
    };
    std::ranges::sort(listed.tags, is_before);
    listed.total = static_cast<std::int64_t>(listed.tags.size());
    auto begin = std::min(page.offset, listed.total);
    listed.offset = page.offset;
    if (cursor) {
        const Tag last{.name = cursor->author, .color = {}, .count = cursor->sync_order};
        begin = std::ranges::upper_bound(listed.tags, last, is_before) - listed.tags.begin();
        listed.offset = cursor->rows_before;
    }
    const auto end = std::min(begin + page.limit, listed.total);
    if (end < listed.total) {
        const Tag& last = listed.tags[static_cast<std::size_t>(end - 1)];
        listed.next_cursor = write_cursor({.rows_before = listed.offset + page.limit,
                                           .tenths = 0,
                                           .bookmarked_at = {},
                                           .sync_order = last.count,
                                           .id = {},
                                           .author = last.name},
                                          binding);
    }
    listed.tags.erase(listed.tags.begin() + end, listed.tags.end());
    listed.tags.erase(listed.tags.begin(), listed.tags.begin() + begin);
    co_return listed;
}

Task<Result<TagChanged>> Tags::change(base::UserId user, std::string name,
                                      std::optional<std::string> new_name,
                                      std::optional<std::optional<std::string>> color) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto locked = co_await lock_tag(*tx, user, name);
    if (!locked) co_return std::unexpected(locked.error());
    const std::string target = new_name.value_or(name);
    const bool renames = target != name;
    TagChanged changed{.tag = {target, color.value_or(locked->color), locked->count}};
    std::int64_t version = locked->version;
    const base::Time now = clock_.now();
    Commands write;
    if (renames) {
        auto existing = co_await tx->run(sql::kSelectTag, std::move(Params().uuid(user.uuid).text(target)));
        if (!existing) co_return std::unexpected(existing.error());
        changed.merged = !existing->empty();
        // A tag that takes another one in keeps its own colour.
        if (changed.merged && !color && !(*existing)[0].is_null(0))
            changed.tag.color = (*existing)[0].maybe_text(0);
        for (Bookmark& row : locked->tagged) {
            replace_tag(row.draft.tags, name, target);
            row.updated_at = now;
        }
        changed.affected = static_cast<std::int64_t>(locked->tagged.size());
        write.push_back(sql::update_rows(user, version, locked->prefix, locked->tagged, now));
        version += changed.affected;
    }
    write.push_back(
        {sql::kUpdateTagColor,
         std::move(Params().uuid(user.uuid).text(target).text(changed.tag.color).int8(++version).time(now)),
         {}});
    write.push_back({sql::kSelectTag, std::move(Params().uuid(user.uuid).text(target)), {}});
    auto written =
        co_await announcer_.commit(*tx, std::move(write), user, {.count = version - locked->version});
    if (!written) co_return std::unexpected(written.error());
    const postgres::Rows& tag = written->results.back();
    if (!tag.empty()) changed.tag.count = tag[0].integer(1);
    co_return changed;
}

Task<Result<std::int64_t>> Tags::remove(base::UserId user, std::string name) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto locked = co_await lock_tag(*tx, user, name);
    if (!locked) co_return std::unexpected(locked.error());
    const base::Time now = clock_.now();
    for (Bookmark& row : locked->tagged)
        std::erase(row.draft.tags, name);
    const auto affected = static_cast<std::int64_t>(locked->tagged.size());
    Commands write;
    write.push_back(sql::update_rows(user, locked->version, locked->prefix, locked->tagged, now));
    // The tag goes with its last bookmark, and leaves its tombstone then.
    auto written = co_await announcer_.commit(*tx, std::move(write), user, {.count = affected});
    if (!written) co_return std::unexpected(written.error());
    co_return affected;
}

}  // namespace bookmarks
