#include "resident/lists.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <unordered_map>

#include "base/log.hpp"
#include "base/offload.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "resident/load.hpp"
#include "resident/resident_sql.hpp"
#include "resident/selection.hpp"

namespace resident {
namespace {

using base::Task;
using bookmarks::Cursor;
using bookmarks::Filter;
using bookmarks::Listed;
using bookmarks::Page;

/// What a worker may look at itself. The way to the thread pool and back costs some 0.05 ms.
constexpr std::size_t kInlineCost = std::size_t{10} << 20U;
/// A library that changes faster than that is PostgreSQL's.
constexpr int kAttemptsMax = 3;

/// Nothing: a row is missing, though nothing was written.
std::optional<Listed> compose(const Library& library, Selected selected, const postgres::Rows& rows,
                              const Filter& filter) {
    std::unordered_map<base::Uuid, std::size_t, base::UuidHash> places;
    for (std::size_t i = 0; i < rows.size(); ++i)
        if (!rows[i].is_null(0)) places.emplace(rows[i].uuid(0), i);
    Listed listed;
    listed.total = selected.total;
    listed.has_more = selected.has_more;
    listed.categories = *library.categories;
    listed.facets = std::move(selected.facets);
    if (filter.facets) bookmarks::order_categories(listed.facets, listed.categories);
    for (std::size_t i = 0; i < selected.ids.size(); ++i) {
        const auto place = places.find(selected.ids[i]);
        if (place == places.end()) return {};
        listed.found.push_back(bookmarks::sql::read_bookmark(rows[place->second]));
        listed.scores.push_back(static_cast<double>(selected.tenths[i]) / 10.0);
    }
    return listed;
}

}  // namespace

Task<std::optional<Listed>> Lists::list(base::UserId user, const Filter& filter, const Page& page,
                                        const std::optional<Cursor>& cursor) {
    if (!residents_.enabled()) co_return std::nullopt;
    std::optional<Listed> listed;
    if (LibraryPointer library = residents_.find(user))
        listed = co_await list_from(std::move(library), user, filter, page, cursor);
    else
        begin_load(user);
    residents_.count_answer(listed.has_value());
    co_return listed;
}

Task<std::optional<Listed>> Lists::list_from(LibraryPointer library, base::UserId user, const Filter& filter,
                                             const Page& page, const std::optional<Cursor>& cursor) {
    const auto known = versions_.find(user, clock_.steady());
    if (known && *known > library->version) library = co_await update(user, std::move(library));
    for (int attempt = 0; library != nullptr && attempt < kAttemptsMax; ++attempt) {
        Selected selected;
        if (cost(*library, filter) <= kInlineCost) {
            selected = select(*library, filter, page, cursor);
        } else {
            // SAFETY: the arguments live in our caller, who waits for us; the pool ends before the workers.
            selected = co_await base::offload(
                cpu_, [library, &filter, &page, &cursor] { return select(*library, filter, page, cursor); });
        }
        auto rows = co_await database_.run(
            sql::kSelectPage, std::move(postgres::Params().uuid(user.uuid).uuid_array(selected.ids)));
        if (!rows) co_return std::nullopt;
        // Of the same statement as the rows: nothing can have been written in between.
        const auto version = rows->empty() ? -1 : (*rows)[0].integer(sql::kPageVersionColumn);
        if (version == library->version) {
            auto listed = compose(*library, std::move(selected), *rows, filter);
            if (!listed) residents_.drop(user);
            co_return listed;
        }
        if (version < library->version) {
            residents_.drop(user);
            break;
        }
        library = co_await update(user, std::move(library));
    }
    co_return std::nullopt;
}

Task<LibraryPointer> Lists::update(base::UserId user, LibraryPointer library) {
    auto newer = co_await read_changes(database_, cpu_, user, std::move(library));
    if (!newer) co_return nullptr;
    if (*newer == nullptr) {
        residents_.drop(user);
        begin_load(user);
        co_return nullptr;
    }
    residents_.update(user, *newer);
    co_return std::move(*newer);
}

void Lists::begin_load(base::UserId user) {
    if (residents_.begin_load(user, clock_.steady()))
        base::asio::co_spawn(io_, load_library(user), base::asio::detached);
}

Task<void> Lists::load_library(base::UserId user) {
    const base::SteadyTime start = clock_.steady();
    auto loaded = co_await load(database_, cpu_, user, residents_.budget_bytes());
    const std::string id = base::to_string(user.uuid);
    if (!loaded || *loaded == nullptr) {
        residents_.end_load(user, loaded ? Residents::Failure::too_large : Residents::Failure::error,
                            clock_.steady());
        base::log::info("library is not resident", {{"user_id", id}, {"too_large", loaded.has_value()}});
        co_return;
    }
    const std::chrono::duration<double, std::milli> passed = clock_.steady() - start;
    base::log::info("library is resident", {{"user_id", id},
                                            {"bookmarks", (*loaded)->size()},
                                            {"bytes", (*loaded)->bytes()},
                                            {"text_bytes", (*loaded)->text_bytes()},
                                            {"duration_ms", passed.count()}});
    residents_.end_load(user, std::move(*loaded));
}

}  // namespace resident
