#include "bookmarks/bookmarks.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <functional>
#include <unordered_set>

#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/search_document.hpp"
#include "bookmarks/selection_sql.hpp"
#include "categories/categories_sql.hpp"
#include "text/fold.hpp"

namespace bookmarks {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

constexpr int kAttemptsMax = 2;  ///< of a list whose library changes meanwhile

/// What a cursor belongs to: another user, filter or order must not accept it.
std::string binding_of(base::UserId user, const Filter& filter) {
    std::string out = base::to_string(user.uuid);
    const auto put = [&out](std::string_view text) { out.append(1, '\x1f').append(text); };
    const auto put_flag = [&put](const std::optional<bool>& flag) { put(!flag ? "-" : *flag ? "1" : "0"); };
    const auto put_time = [&put](const std::optional<base::Time>& time) {
        put(time ? base::to_iso(*time) : "-");
    };
    put(filter.query_text);
    for (const base::Uuid& id : filter.category_ids)
        put("c" + base::to_string(id));
    for (const std::string& tag : filter.tags)
        put("t" + tag);
    put(filter.author_username ? "a" + *filter.author_username : "-");
    put_time(filter.date_from);
    put_time(filter.date_to);
    for (const auto& flag : {filter.has_media, filter.has_links, filter.uncategorized, filter.untagged})
        put_flag(flag);
    for (const PostStatus status : filter.post_statuses)
        put(to_string(status));
    put(filter.include_archived ? "1" : "0");
    put_flag(filter.is_archived);
    put(std::to_string(static_cast<int>(filter.sort)) + (filter.ascending ? "up" : "down"));
    put(filter.zone);
    return out;
}

/// Whether counters know the total, and an index the page.
bool is_plain(const Filter& filter) {
    return !filter.query && filter.tags.empty() && !filter.author_username && !filter.date_from &&
           !filter.date_to && !filter.has_media && !filter.has_links && !filter.uncategorized &&
           !filter.untagged && filter.post_statuses.empty();
}

/// The total of a filter that a counter answers; nothing for all others.
std::optional<std::int64_t> counted(const Filter& filter, const Library& library) {
    if (!is_plain(filter)) return {};
    std::int64_t active = library.active_count;
    std::int64_t archived = library.archived_count;
    if (!filter.category_ids.empty()) {
        active = archived = 0;
        for (const categories::Category& category : library.categories.all) {
            if (std::ranges::find(filter.category_ids, category.id.uuid) == filter.category_ids.end())
                continue;
            active += category.active_count;
            archived += category.archived_count;
        }
    }
    if (filter.is_archived) return *filter.is_archived ? archived : active;
    return filter.include_archived ? active + archived : active;
}

/// The counts of a page, and of how many hits at which version.
struct FacetsRead {
    FacetCounts counts;
    std::int64_t total = 0;
    std::optional<std::int64_t> version;  ///< none: there is no such library any more
};

/// `first` is the column of the kind.
FacetsRead read_facets(const postgres::Rows& rows, int first, const categories::Snapshot& categories) {
    FacetsRead read;
    FacetCounts& counts = read.counts;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const postgres::Row row = rows[i];
        if (row.is_null(first)) continue;
        const std::int64_t count = row.integer(first + 5);
        switch (row.integer(first)) {
            case sql::kFacetTotal:
                read.total = count;
                if (!row.is_null(first + 6)) read.version = row.integer(first + 6);
                break;
            case sql::kFacetCategory:
                counts.categories.emplace_back(row.uuid(first + 1), count);
                break;
            case sql::kFacetTag:
                counts.tags.emplace_back(row.text(first + 2), count);
                break;
            case sql::kFacetAuthor:
                counts.authors.push_back({std::string(row.text(first + 2)), std::string(row.text(first + 3)),
                                          row.maybe_text(first + 4), count});
                break;
            case sql::kFacetMonth:
                counts.months.emplace_back(row.text(first + 2), count);
                break;
            default:
                assert(false && "a kind of count that facets does not tell");
        }
    }
    order_categories(counts, categories);
    std::ranges::sort(counts.tags, [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    });
    std::ranges::sort(counts.authors, [](const auto& a, const auto& b) {
        return a.count != b.count ? a.count > b.count : a.username < b.username;
    });
    std::ranges::sort(counts.months, std::greater<>());
    return read;
}

std::vector<base::Uuid> without_repeats(const std::vector<base::Uuid>& ids) {
    std::vector<base::Uuid> out;
    std::unordered_set<base::Uuid, base::UuidHash> seen;
    for (const base::Uuid& id : ids)
        if (seen.insert(id).second) out.push_back(id);
    return out;
}

std::vector<Bookmark> read_rows(const postgres::Rows& rows) {
    std::vector<Bookmark> out;
    out.reserve(rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        out.push_back(sql::read_bookmark(rows[i]));
    return out;
}

base::Error not_owned() {
    return {Errc::invalid_bookmark_ownership, "One of the bookmarks does not exist"};
}

base::Error version_mismatch(std::int64_t current) {
    return {Errc::precondition_failed,
            "The bookmark was changed by somebody else",
            {},
            "\"currentVersion\":" + std::to_string(current)};
}

/// The rows that `apply` really changed: an unchanged row keeps its version.
bool same(const Bookmark& a, const Bookmark& b) {
    return a.category_id == b.category_id && a.draft.tags == b.draft.tags && a.draft.title == b.draft.title &&
           a.draft.note == b.draft.note && a.draft.is_archived == b.draft.is_archived;
}

/// One row more than the page has says that others follow.
void add_to_page(const postgres::Row& row, const Page& page, Listed& listed) {
    if (listed.found.size() == static_cast<std::size_t>(page.limit)) {
        listed.has_more = true;
        return;
    }
    listed.found.push_back(sql::read_bookmark(row));
    listed.scores.push_back(static_cast<double>(row.integer(sql::kTenthsColumn)) / 10.0);
}

std::string cursor_behind(const Listed& listed, const Filter& filter, const Page& page,
                          const std::string& binding) {
    const Bookmark& last = listed.found.back();
    const bool by_score = filter.sort == Sort::relevance;
    return write_cursor({.rows_before = listed.offset + page.limit,
                         .tenths = by_score ? std::llround(listed.scores.back() * 10.0) : 0,
                         .bookmarked_at = *last.draft.bookmarked_at,
                         .sync_order = last.sync_order,
                         .id = last.id.uuid,
                         .author = text::fold(last.draft.author_display_name)},
                        binding);
}

}  // namespace

void order_categories(FacetCounts& facets, const categories::Snapshot& categories) {
    std::ranges::sort(facets.categories, [&categories](const auto& a, const auto& b) {
        if (a.second != b.second) return a.second > b.second;
        const auto* left = categories.find(a.first);
        const auto* right = categories.find(b.first);
        return (left != nullptr ? left->name : "") < (right != nullptr ? right->name : "");
    });
    if (facets.categories.size() > sql::kFacetMax) facets.categories.resize(sql::kFacetMax);
}

bool Changes::empty() const {
    return !category_id && !tags && add_tags.empty() && remove_tags.empty() && !is_archived &&
           !toggle_archived && !title && !note;
}

void apply(const Changes& changes, Bookmark& bookmark) {
    Draft& draft = bookmark.draft;
    if (changes.category_id) bookmark.category_id = *changes.category_id;
    if (changes.tags) draft.tags = *changes.tags;
    for (const std::string& tag : changes.add_tags)
        if (std::ranges::find(draft.tags, tag) == draft.tags.end()) draft.tags.push_back(tag);
    for (const std::string& tag : changes.remove_tags)
        std::erase(draft.tags, tag);
    if (changes.toggle_archived) draft.is_archived = !draft.is_archived;
    draft.is_archived = changes.is_archived.value_or(draft.is_archived);
    if (changes.title) draft.title = *changes.title;
    if (changes.note) draft.note = *changes.note;
}

Task<Result<std::int64_t>> Bookmarks::version(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectLibrary, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return (*rows)[0].integer(0);
}

Task<Result<postgres::Results>> Bookmarks::run(postgres::Transaction* tx, Commands commands) {
    if (tx != nullptr) co_return co_await tx->run(std::move(commands));
    co_return co_await database_.run(std::move(commands));
}

Task<Result<Bookmarks::Context>> Bookmarks::read_context(postgres::Transaction* tx, base::UserId user,
                                                         const Filter& filter) {
    const bool has_query = filter.query && !filter.query->empty_text;
    const bool needs_tags = sql::needs_tag_names(filter);
    Commands commands;
    commands.push_back({sql::kSelectLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    if (has_query) commands.push_back({sql::kSelectOverflow, std::move(Params().uuid(user.uuid)), {}});
    if (needs_tags) commands.push_back({sql::kSelectTagNames, std::move(Params().uuid(user.uuid)), {}});
    auto results = co_await run(tx, std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[0].empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    const postgres::Row row = (*results)[0][0];
    auto library = std::make_shared<Library>();
    library->lexeme_prefix = lexeme_prefix(row.integer(1));
    library->active_count = row.integer(2);
    library->archived_count = row.integer(3);
    library->categories = categories::sql::read_snapshot((*results)[1]);
    Context context{.library = {}, .tag_names = {}, .overflow = {}};
    if (has_query) {
        context.overflow = read_rows((*results)[2]);
        library->fits_vectors = context.overflow.empty();
    }
    if (needs_tags) {
        const postgres::Rows& names = results->back();
        for (std::size_t i = 0; i < names.size(); ++i)
            context.tag_names.emplace_back(names[i].text(0));
        if (context.tag_names.size() <= Libraries::kTagNamesMax) library->tag_names = context.tag_names;
    }
    // Several statements, several moments: what is told is the first one. What is remembered of a later
    // moment is told with a version that no row shows any more, and is read again.
    if (library->categories.library_version == row.integer(0)) libraries_.keep(user, library);
    library->categories.library_version = row.integer(0);
    context.library = std::move(library);
    co_return context;
}

Bookmarks::Context Bookmarks::remembered_context(base::UserId user, const Filter& filter) const {
    LibraryPointer library = libraries_.find(user);
    if (!library) return {};
    const bool has_query = filter.query && !filter.query->empty_text;
    if (has_query && !library->fits_vectors) return {};
    Context context;
    if (sql::needs_tag_names(filter)) {
        if (!library->tag_names) return {};
        context.tag_names = *library->tag_names;
    }
    context.library = std::move(library);
    return context;
}

Task<Result<Listed>> Bookmarks::list(base::UserId user, Filter filter, Page page) {
    const std::string binding = binding_of(user, filter);
    std::optional<Cursor> cursor;
    if (page.cursor) {
        cursor = read_cursor(*page.cursor, binding);
        if (!cursor) co_return fail(Errc::invalid_cursor, "The cursor is damaged or belongs to another list");
    }
    std::optional<Listed> listed;
    if (shortcut_ != nullptr && (filter.facets || !is_plain(filter)))
        listed = co_await shortcut_->list(user, filter, page, cursor);
    if (!listed) {
        auto read = co_await list_from_database(user, filter, page, cursor);
        if (!read) co_return std::unexpected(read.error());
        listed = std::move(*read);
    }
    listed->offset = cursor ? cursor->rows_before : page.offset;
    if (listed->has_more) listed->next_cursor = cursor_behind(*listed, filter, page, binding);
    co_return std::move(*listed);
}

Task<Result<Listed>> Bookmarks::list_from_database(base::UserId user, const Filter& filter, const Page& page,
                                                   const std::optional<Cursor>& cursor) {
    Context context = remembered_context(user, filter);
    for (int attempt = 0;; ++attempt) {
        const bool remembered = context.library != nullptr;
        if (!remembered) {
            auto read = co_await read_context(nullptr, user, filter);
            if (!read) co_return std::unexpected(read.error());
            context = std::move(*read);
        }
        auto listed = co_await list_with(nullptr, context, user, filter, page, cursor);
        if (!listed) co_return std::unexpected(listed.error());
        // Rows of another version than counts and categories: once more.
        const bool agrees = listed->shown_version == context.library->categories.library_version;
        // Without a row nothing tells the version, and nothing contradicts a total that has none left either.
        const std::int64_t offset = cursor ? cursor->rows_before : page.offset;
        const bool is_past_end = !listed->shown_version && listed->listed.total <= offset;
        if (agrees || (!remembered && is_past_end)) co_return std::move(listed->listed);
        // Writes come faster than that.
        if (!remembered && (attempt >= kAttemptsMax || !listed->shown_version))
            co_return co_await list_at_once(user, filter, page, cursor);
        context = {};
    }
}

// Everything of one moment. It takes a connection for itself, which is too much for every list.
Task<Result<Listed>> Bookmarks::list_at_once(base::UserId user, const Filter& filter, const Page& page,
                                             const std::optional<Cursor>& cursor) {
    auto tx = co_await database_.begin(postgres::Isolation::one_moment);
    if (!tx) co_return std::unexpected(tx.error());
    const auto context = co_await read_context(&*tx, user, filter);
    if (!context) co_return std::unexpected(context.error());
    auto listed = co_await list_with(&*tx, *context, user, filter, page, cursor);
    if (!listed) co_return std::unexpected(listed.error());
    co_return std::move(listed->listed);
}

Task<Result<Bookmarks::Attempt>> Bookmarks::list_with(postgres::Transaction* tx, const Context& context,
                                                      base::UserId user, const Filter& filter,
                                                      const Page& page, const std::optional<Cursor>& cursor) {
    const Library& library = *context.library;
    const sql::Context sql_context{.user = user,
                                   .lexeme_prefix = library.lexeme_prefix,
                                   .categories = library.categories,
                                   .tag_names = context.tag_names,
                                   .overflow = context.overflow};
    const sql::Selection selection(sql_context, filter);
    Commands commands;
    if (selection.keeps_plan()) commands.push_back({sql::kKeepPlans, {}, {}});
    if (filter.facets || selection.keeps_plan()) {
        commands.push_back(selection.page_with_counts(page, cursor));
        const auto results = co_await run(tx, std::move(commands));
        if (!results) co_return std::unexpected(results.error());
        co_return read_page_with_counts(results->back(), library, page);
    }
    const auto total = counted(filter, library);
    if (!total) commands.push_back(selection.total());
    // Last, because it tells the version: what was read before it is not newer.
    commands.push_back(selection.page(page, cursor));
    const auto results = co_await run(tx, std::move(commands));
    if (!results) co_return std::unexpected(results.error());

    const postgres::Rows& rows = results->back();
    Attempt attempt = read_page(rows, library, page);
    Listed& listed = attempt.listed;
    if (total) {
        listed.total = *total;
        co_return attempt;
    }
    const postgres::Row counts = (*results)[results->size() - 2][0];
    listed.total = counts.integer(0);
    // A total that was counted tells the version too, unless the rows that it promises were gone a moment
    // later.
    const std::int64_t offset = cursor ? cursor->rows_before : page.offset;
    if (rows.empty() && !counts.is_null(1) && listed.total <= offset)
        attempt.shown_version = counts.integer(1);
    co_return attempt;
}

Bookmarks::Attempt Bookmarks::read_page(const postgres::Rows& rows, const Library& library,
                                        const Page& page) {
    Attempt attempt;
    attempt.listed.categories = library.categories;
    if (!rows.empty()) attempt.shown_version = rows[0].integer(sql::kVersionColumn);
    for (std::size_t i = 0; i < rows.size(); ++i)
        add_to_page(rows[i], page, attempt.listed);
    return attempt;
}

Bookmarks::Attempt Bookmarks::read_page_with_counts(const postgres::Rows& rows, const Library& library,
                                                    const Page& page) {
    Attempt attempt;
    Listed& listed = attempt.listed;
    listed.categories = library.categories;
    std::vector<std::pair<std::int64_t, std::size_t>> places;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!rows[i].is_null(sql::kPlaceColumn)) places.emplace_back(rows[i].integer(sql::kPlaceColumn), i);
    std::ranges::sort(places);
    for (const auto& [place, row] : places)
        add_to_page(rows[row], page, listed);
    auto read = read_facets(rows, sql::kFacetsColumn, library.categories);
    listed.facets = std::move(read.counts);
    listed.total = read.total;
    attempt.shown_version = read.version;
    return attempt;
}

Task<Result<FacetsCounted>> Bookmarks::facets(base::UserId user, Filter filter, std::size_t tags_max) {
    Context context = remembered_context(user, filter);
    const bool remembered = context.library != nullptr;
    // Without a text query nothing must be known before the counts can be asked for.
    if (!remembered && filter.query) {
        auto read = co_await read_context(nullptr, user, filter);
        if (!read) co_return std::unexpected(read.error());
        context = std::move(*read);
    }
    const categories::Snapshot none{};
    const sql::Context sql_context{
        .user = user,
        .lexeme_prefix = context.library ? context.library->lexeme_prefix : std::string(),
        .categories = context.library ? context.library->categories : none,
        .tag_names = context.tag_names,
        .overflow = context.overflow};
    const sql::Selection selection(sql_context, filter);
    Commands commands;
    if (!remembered)
        commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    if (selection.keeps_plan()) commands.push_back({sql::kKeepPlans, {}, {}});
    commands.push_back(selection.facets(tags_max));
    auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    FacetsCounted counted{.counts = {}, .categories = {}};
    counted.categories =
        remembered ? context.library->categories : categories::sql::read_snapshot(results->front());
    FacetsRead read = read_facets(results->back(), 0, counted.categories);
    if (remembered && read.version != context.library->categories.library_version) {
        libraries_.forget(user);
        co_return co_await facets(user, std::move(filter), tags_max);
    }
    counted.counts = std::move(read.counts);
    co_return counted;
}

Task<Result<Found>> Bookmarks::get(base::UserId user, base::Uuid id) {
    for (int attempt = 0;; ++attempt) {
        Commands commands;
        commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
        commands.push_back({sql::kSelectByIds,
                            std::move(Params().uuid(user.uuid).uuid_array(std::vector<base::Uuid>{id})),
                            {}});
        auto results = co_await database_.run(std::move(commands));
        if (!results) co_return std::unexpected(results.error());
        if ((*results)[1].empty()) co_return fail(Errc::bookmark_not_found, "The bookmark does not exist");
        const postgres::Row row = (*results)[1][0];
        Found found{sql::read_bookmark(row), categories::sql::read_snapshot((*results)[0])};
        // Two statements, two moments: a row that is newer than the version it is told with would be seen
        // here and then, in answers kept under that version, not be seen again.
        const bool agrees = row.integer(sql::kShownVersionColumn) == found.categories.library_version;
        if (agrees || attempt >= kAttemptsMax) co_return found;
    }
}

Task<Result<Found>> Bookmarks::create(base::UserId user, Draft draft, std::optional<base::Uuid> category,
                                      postgres::Also<Found> also) {
    return creations_.create(user, std::move(draft), category, std::move(also));
}

Task<Result<std::vector<Bookmark>>> Bookmarks::update(base::UserId user, std::vector<base::Uuid> ids,
                                                      Changes changes, base::Precondition expected_version,
                                                      postgres::Also<std::vector<Bookmark>> also) {
    ids = without_repeats(ids);
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectByIds, std::move(Params().uuid(user.uuid).uuid_array(ids)), {}});
    auto results = co_await tx->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    std::vector<Bookmark> rows = read_rows((*results)[2]);
    if (rows.size() != ids.size()) co_return std::unexpected(not_owned());
    if (!expected_version.holds(rows.front().version))
        co_return std::unexpected(version_mismatch(rows.front().version));
    const postgres::Row library = (*results)[0][0];
    const categories::Snapshot categories = categories::sql::read_snapshot((*results)[1]);
    if (changes.category_id && *changes.category_id && categories.find(**changes.category_id) == nullptr)
        co_return fail(Errc::category_not_found, "The category does not exist");
    const base::Time now = clock_.now();
    std::vector<Bookmark> changed;
    for (Bookmark& row : rows) {
        const Bookmark before = row;
        apply(changes, row);
        if (same(before, row)) continue;
        row.updated_at = now;
        changed.push_back(row);
        ++row.version;
    }
    if (changed.empty()) co_return rows;
    Commands write;
    write.push_back(changes.touches_text() ? sql::update_rows(user, library.integer(0),
                                                              lexeme_prefix(library.integer(1)), changed, now)
                                           : sql::update_places(user, library.integer(0), changed, now));
    const auto count = static_cast<std::int64_t>(changed.size());
    if (also) also(rows, write);
    auto written = co_await announcer_.commit(*tx, std::move(write), user, {.count = count});
    if (!written) co_return std::unexpected(written.error());
    co_return rows;
}

Task<Result<std::vector<base::Uuid>>> Bookmarks::remove(base::UserId user, std::vector<base::Uuid> ids,
                                                        base::Precondition expected_version) {
    ids = without_repeats(ids);
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectByIds, std::move(Params().uuid(user.uuid).uuid_array(ids)), {}});
    auto results = co_await tx->run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[1].size() != ids.size()) co_return std::unexpected(not_owned());
    if (!expected_version.is_empty()) {
        const std::int64_t current = (*results)[1][0].integer(1);
        if (!expected_version.holds(current)) co_return std::unexpected(version_mismatch(current));
    }
    Commands write;
    const std::int64_t version = (*results)[0][0].integer(0);
    const auto count = static_cast<std::int64_t>(ids.size());
    write.push_back(sql::delete_rows(user, version, ids, clock_.now()));
    auto written = co_await announcer_.commit(*tx, std::move(write), user, {.count = count});
    if (!written) co_return std::unexpected(written.error());
    co_return ids;
}

}  // namespace bookmarks
