#include "search/saved_searches.hpp"

#include <algorithm>

#include "bookmarks/bookmarks_sql.hpp"
#include "search/saved_searches_sql.hpp"

namespace search {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

bool has_name(const SavedSearches::Snapshot& snapshot, std::string_view name,
              const std::optional<base::Uuid>& except) {
    return std::ranges::any_of(snapshot.all, [&](const SavedSearch& saved) {
        return saved.name == name && (!except || saved.id != *except);
    });
}

base::Error name_exists() {
    return {Errc::saved_search_exists, "A saved search of this name exists"};
}

base::Error not_found() {
    return {Errc::saved_search_not_found, "The saved search does not exist"};
}

base::Error version_mismatch(std::int64_t current) {
    return {Errc::precondition_failed,
            "The saved search was changed by somebody else",
            {},
            "\"currentVersion\":" + std::to_string(current)};
}

Params row_params(base::UserId user, std::int64_t library_version, const SavedSearch& saved, base::Time now) {
    Params params;
    params.uuid(user.uuid).uuid(saved.id).int8(library_version).text(saved.name).jsonb(saved.query);
    params.int4(static_cast<std::int32_t>(saved.order)).boolean(saved.pinned).time(now);
    return params;
}

}  // namespace

const SavedSearch* SavedSearches::Snapshot::find(const base::Uuid& id) const {
    const auto found = std::ranges::find(all, id, &SavedSearch::id);
    return found == all.end() ? nullptr : &*found;
}

Task<Result<SavedSearches::Snapshot>> SavedSearches::all(base::UserId user) {
    const auto rows = co_await database_.run(sql::kSelectSaved, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    if (rows->empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return sql::read_saved(*rows);
}

Task<Result<SavedSearches::Snapshot>> SavedSearches::lock(postgres::Transaction& tx, base::UserId user) {
    Commands commands;
    commands.push_back({bookmarks::sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectSaved, std::move(Params().uuid(user.uuid)), {}});
    const auto results = co_await tx.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    if ((*results)[0].empty()) co_return fail(Errc::user_not_found, "This account does not exist any more");
    co_return sql::read_saved((*results)[1]);
}

Task<Result<SavedSearch>> SavedSearches::create(base::UserId user, SavedChanges changes,
                                                postgres::Also<SavedSearch> also) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    const auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    if (has_name(*snapshot, *changes.name, {})) co_return std::unexpected(name_exists());
    if (snapshot->all.size() >= kMax)
        co_return fail(Errc::invalid_saved_search, "A library can have at most 1000 saved searches");
    std::int64_t largest = 0;
    for (const SavedSearch& other : snapshot->all)
        largest = std::max(largest, other.order);
    const base::Time now = clock_.now();
    SavedSearch saved{.id = base::make_uuid(now),
                      .name = *changes.name,
                      .query = *changes.query,
                      .order = changes.order.value_or(std::min<std::int64_t>(largest + 1, INT32_MAX)),
                      .pinned = changes.pinned.value_or(false),
                      .created_at = now,
                      .updated_at = now};
    Commands write;
    write.push_back({sql::kInsertSaved, row_params(user, snapshot->library_version + 1, saved, now), {}});
    if (also) also(saved, write);
    const auto done = co_await announcer_.commit(*tx, std::move(write), user, {.count = 1});
    if (!done) co_return std::unexpected(done.error());
    co_return saved;
}

Task<Result<SavedSearch>> SavedSearches::update(base::UserId user, base::Uuid id, SavedChanges changes,
                                                base::Precondition expected_version) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    const auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const SavedSearch* found = snapshot->find(id);
    if (found == nullptr) co_return std::unexpected(not_found());
    if (!expected_version.holds(found->version)) co_return std::unexpected(version_mismatch(found->version));
    SavedSearch saved = *found;
    saved.name = changes.name.value_or(saved.name);
    if (has_name(*snapshot, saved.name, id)) co_return std::unexpected(name_exists());
    saved.query = changes.query.value_or(saved.query);
    saved.order = changes.order.value_or(saved.order);
    saved.pinned = changes.pinned.value_or(saved.pinned);
    saved.updated_at = clock_.now();
    ++saved.version;
    Commands write;
    write.push_back(
        {sql::kUpdateSaved, row_params(user, snapshot->library_version + 1, saved, saved.updated_at), {}});
    const auto done = co_await announcer_.commit(*tx, std::move(write), user, {.count = 1});
    if (!done) co_return std::unexpected(done.error());
    co_return saved;
}

Task<Result<void>> SavedSearches::remove(base::UserId user, base::Uuid id,
                                         base::Precondition expected_version) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    const auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const SavedSearch* found = snapshot->find(id);
    if (found == nullptr) co_return std::unexpected(not_found());
    if (!expected_version.holds(found->version)) co_return std::unexpected(version_mismatch(found->version));
    Commands write;
    write.push_back(
        {sql::kDeleteSaved,
         std::move(Params().uuid(user.uuid).uuid(id).int8(snapshot->library_version + 1).time(clock_.now())),
         {}});
    const auto done = co_await announcer_.commit(*tx, std::move(write), user, {.count = 1});
    if (!done) co_return std::unexpected(done.error());
    co_return Result<void>{};
}

}  // namespace search
