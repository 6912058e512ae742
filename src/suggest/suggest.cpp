#include "suggest/suggest.hpp"

#include <algorithm>
#include <unordered_map>

#include "base/utf8.hpp"
#include "bookmarks/tags_sql.hpp"
#include "categories/categories_sql.hpp"
#include "suggest/suggest_sql.hpp"
#include "text/fold.hpp"
#include "text/tokens.hpp"

namespace suggest {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;
using postgres::Row;
using postgres::Rows;

constexpr std::chrono::days kPopularSpan{30};

/// Most frequent first, then by name; the first `limit`.
template <class Item, class Count, class Name>
void keep_top(std::vector<Item>& items, std::int64_t limit, Count count, Name name) {
    const auto size = std::min(items.size(), static_cast<std::size_t>(limit));
    std::ranges::partial_sort(items, items.begin() + static_cast<std::ptrdiff_t>(size),
                              [&](const Item& a, const Item& b) {
                                  return count(a) != count(b) ? count(a) > count(b) : name(a) < name(b);
                              });
    items.resize(size);
}

void keep_top_categories(std::vector<Category>& categories, std::int64_t limit) {
    keep_top(
        categories, limit, [](const Category& c) { return c.count; },
        [](const Category& c) -> const std::string& { return c.name; });
}

std::vector<bookmarks::FacetCounts::Author> read_authors(const Rows& rows) {
    std::vector<bookmarks::FacetCounts::Author> out;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row row = rows[i];
        out.push_back(
            {std::string(row.text(0)), std::string(row.text(1)), row.maybe_text(2), row.integer(3)});
    }
    return out;
}

}  // namespace

bool is_long_enough(std::string_view trimmed) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < trimmed.size(); ++count)
        if (text::script_of(base::next_code_point(trimmed, at)) == text::Script::cjk) return true;
    return count >= 2;
}

Task<Result<Suggestions>> Suggest::find(base::UserId user, std::string text, Kinds kinds,
                                        std::int64_t limit) {
    const std::string folded = text::fold(text);
    if (folded.empty()) kinds = {.tags = false, .categories = false, .authors = false};
    Commands commands;
    // First, because it tells the version: what is read after it is not older.
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    if (kinds.tags)
        commands.push_back({bookmarks::sql::kSelectTags, std::move(Params().uuid(user.uuid)), {}});
    if (kinds.authors)
        commands.push_back(
            {sql::kSelectAuthors, std::move(Params().uuid(user.uuid).text(folded).int8(limit)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if (results->front().empty())
        co_return fail(Errc::user_not_found, "This account does not exist any more");
    const categories::Snapshot snapshot = categories::sql::read_snapshot(results->front());
    const auto holds = [&folded](std::string_view name) {
        return text::fold(name).find(folded) != std::string::npos;
    };
    Suggestions out{.tags = {}, .categories = {}, .authors = {}, .library_version = snapshot.library_version};
    if (kinds.tags) {
        const Rows& rows = (*results)[1];
        for (std::size_t i = 0; i < rows.size(); ++i)
            if (!rows[i].is_null(0) && holds(rows[i].text(0)))
                out.tags.emplace_back(rows[i].text(0), rows[i].integer(2));
        keep_top(
            out.tags, limit, [](const auto& tag) { return tag.second; },
            [](const auto& tag) -> const std::string& { return tag.first; });
    }
    if (kinds.categories) {
        for (const categories::Category& category : snapshot.all)
            if (holds(category.name))
                out.categories.push_back({category.id.uuid, category.name, category.color,
                                          category.active_count + category.archived_count});
        keep_top_categories(out.categories, limit);
    }
    if (kinds.authors) out.authors = read_authors(results->back());
    co_return out;
}

Task<Result<Suggestions>> Suggest::popular(base::UserId user, Kinds kinds, std::int64_t limit) {
    const base::Time since = clock_.now() - kPopularSpan;
    Commands commands;
    commands.push_back({categories::sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    if (kinds.tags)
        commands.push_back(
            {sql::kPopularTags, std::move(Params().uuid(user.uuid).time(since).int8(limit)), {}});
    if (kinds.categories)
        commands.push_back({sql::kPopularCategories, std::move(Params().uuid(user.uuid).time(since)), {}});
    if (kinds.authors)
        commands.push_back(
            {sql::kPopularAuthors, std::move(Params().uuid(user.uuid).time(since).int8(limit)), {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if (results->front().empty())
        co_return fail(Errc::user_not_found, "This account does not exist any more");
    const categories::Snapshot snapshot = categories::sql::read_snapshot(results->front());
    Suggestions out{.tags = {}, .categories = {}, .authors = {}, .library_version = snapshot.library_version};
    std::size_t next = 1;
    if (kinds.tags) {
        const Rows& rows = (*results)[next++];
        for (std::size_t i = 0; i < rows.size(); ++i)
            out.tags.emplace_back(rows[i].text(0), rows[i].integer(1));
    }
    if (kinds.categories) {
        const Rows& rows = (*results)[next++];
        std::unordered_map<base::Uuid, std::int64_t, base::UuidHash> counts;
        for (std::size_t i = 0; i < rows.size(); ++i)
            counts.emplace(rows[i].uuid(0), rows[i].integer(1));
        for (const categories::Category& category : snapshot.all)
            out.categories.push_back(
                {category.id.uuid, category.name, category.color, counts[category.id.uuid]});
        keep_top_categories(out.categories, limit);
    }
    if (kinds.authors) out.authors = read_authors((*results)[next]);
    co_return out;
}

}  // namespace suggest
