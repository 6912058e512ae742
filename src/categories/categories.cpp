#include "categories/categories.hpp"

#include <algorithm>
#include <unordered_map>

#include "categories/categories_sql.hpp"

namespace categories {
namespace {

using base::Errc;
using base::fail;
using base::Result;
using base::Task;
using postgres::Commands;
using postgres::Params;

/// Levels of the subtree below and including `id`; never more than kMaxDepth + 1 steps deep.
int height(const Snapshot& snapshot, const base::Uuid& id, int level = 1) {
    int deepest = 1;
    if (level > kMaxDepth) return deepest;
    for (const Category& child : snapshot.all)
        if (child.parent_id == id)
            deepest = std::max(deepest, 1 + height(snapshot, child.id.uuid, level + 1));
    return deepest;
}

bool has_name(const Snapshot& snapshot, std::string_view name, const std::optional<base::Uuid>& except) {
    return std::ranges::any_of(snapshot.all, [&](const Category& category) {
        return category.name == name && (!except || category.id.uuid != *except);
    });
}

std::int64_t next_order(const Snapshot& snapshot, const std::optional<base::Uuid>& parent) {
    std::int64_t largest = 0;
    for (const Category& category : snapshot.all)
        if (category.parent_id == parent) largest = std::max(largest, category.order);
    return largest + 1;
}

base::Error version_mismatch(std::int64_t current) {
    return {Errc::precondition_failed,
            "The category was changed by somebody else",
            {},
            "\"currentVersion\":" + std::to_string(current)};
}

Params row_params(base::UserId user, std::int64_t library_version, const Category& category, base::Time now) {
    Params params;
    params.uuid(user.uuid).uuid(category.id.uuid).int8(library_version).text(category.name);
    params.text(category.description).text(category.color).text(category.icon).uuid(category.parent_id);
    params.int4(static_cast<std::int32_t>(category.order)).time(now);
    return params;
}

}  // namespace

const Category* Snapshot::find(const base::Uuid& id) const {
    const auto found =
        std::ranges::find_if(all, [&id](const Category& category) { return category.id.uuid == id; });
    return found == all.end() ? nullptr : &*found;
}

bool Changes::empty() const {
    return !name && !description && !color && !icon && !parent_id && !order;
}

Result<void> check_parent(const Snapshot& snapshot, const std::optional<base::Uuid>& category,
                          const base::Uuid& parent) {
    if (category == parent) return fail(Errc::self_parent_reference, "A category cannot be its own parent");
    const Category* above = snapshot.find(parent);
    if (above == nullptr) return fail(Errc::parent_category_not_found, "The parent category does not exist");
    int depth = 1;
    for (; above->parent_id && depth <= kMaxDepth; ++depth) {
        if (category && *above->parent_id == *category)
            return fail(Errc::circular_reference, "A category cannot hang below one of its own children");
        above = snapshot.find(*above->parent_id);
        if (above == nullptr) break;
    }
    if (depth + (category ? height(snapshot, *category) : 1) > kMaxDepth)
        return fail(Errc::category_depth_exceeded, "Categories can be nested ten levels deep");
    return {};
}

Task<Result<Snapshot>> Categories::all(base::UserId user) {
    auto rows = co_await database_.run(sql::kSelectAll, std::move(Params().uuid(user.uuid)));
    if (!rows) co_return std::unexpected(rows.error());
    co_return sql::read_snapshot(*rows);
}

Task<Result<Snapshot>> Categories::lock(postgres::Transaction& tx, base::UserId user) {
    Commands commands;
    commands.push_back({sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
    commands.push_back({sql::kSelectAll, std::move(Params().uuid(user.uuid)), {}});
    auto results = co_await tx.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    co_return sql::read_snapshot((*results)[1]);
}

Task<Result<Written>> Categories::create(base::UserId user, Changes changes, postgres::Also<Written> also) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const std::optional<base::Uuid> parent = changes.parent_id.value_or(std::nullopt);
    if (parent) {
        if (auto allowed = check_parent(*snapshot, {}, *parent); !allowed)
            co_return std::unexpected(allowed.error());
    }
    if (has_name(*snapshot, *changes.name, {}))
        co_return fail(Errc::category_name_exists, "A category of this name exists");
    if (snapshot->all.size() >= kMaxCategories)
        co_return fail(Errc::invalid_category_data, "A library can have at most 2000 categories");
    const base::Time now = clock_.now();
    Category category{.id = {base::make_uuid(now)},
                      .name = *changes.name,
                      .description = changes.description.value_or(std::nullopt),
                      .color = *changes.color,
                      .icon = *changes.icon,
                      .parent_id = parent,
                      .order = changes.order.value_or(next_order(*snapshot, parent)),
                      .created_at = now,
                      .updated_at = now};
    Commands commands;
    commands.push_back({sql::kInsert, row_params(user, snapshot->library_version + 1, category, now), {}});
    Written written{std::move(category), snapshot->library_version + 1};
    if (also) also(written, commands);
    auto done = co_await announcer_.commit(*tx, std::move(commands), user, {.count = 1});
    if (!done) co_return std::unexpected(done.error());
    written.library_version = done->version;
    co_return written;
}

Task<Result<Written>> Categories::update(base::UserId user, base::Uuid id, Changes changes,
                                         base::Precondition expected_version) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const Category* found = snapshot->find(id);
    if (found == nullptr) co_return fail(Errc::category_not_found, "The category does not exist");
    if (!expected_version.holds(found->version)) co_return std::unexpected(version_mismatch(found->version));
    Category category = *found;
    if (changes.parent_id) {
        category.parent_id = *changes.parent_id;
        if (category.parent_id) {
            if (auto allowed = check_parent(*snapshot, id, *category.parent_id); !allowed)
                co_return std::unexpected(allowed.error());
        }
    }
    category.name = changes.name.value_or(category.name);
    if (has_name(*snapshot, category.name, id))
        co_return fail(Errc::category_name_exists, "A category of this name exists");
    if (changes.description) category.description = *changes.description;
    category.color = changes.color.value_or(category.color);
    category.icon = changes.icon.value_or(category.icon);
    category.order = changes.order.value_or(category.order);
    category.updated_at = clock_.now();
    ++category.version;
    Commands commands;
    commands.push_back(
        {sql::kUpdate, row_params(user, snapshot->library_version + 1, category, category.updated_at), {}});
    auto done = co_await announcer_.commit(*tx, std::move(commands), user, {.count = 1});
    if (!done) co_return std::unexpected(done.error());
    co_return Written{std::move(category), done->version};
}

Task<Result<std::int64_t>> Categories::reorder(base::UserId user,
                                               std::vector<std::pair<base::Uuid, std::int64_t>> orders) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    std::unordered_map<base::Uuid, std::int64_t, base::UuidHash> wanted;
    for (const auto& [id, order] : orders) {
        if (snapshot->find(id) == nullptr)
            co_return fail(Errc::invalid_category_ownership, "One of the categories does not exist");
        wanted.insert_or_assign(id, order);
    }
    std::vector<base::Uuid> ids;
    std::vector<std::int64_t> numbers;
    for (const auto& [id, order] : wanted) {
        if (snapshot->find(id)->order == order) continue;
        ids.push_back(id);
        numbers.push_back(order);
    }
    const auto changed = static_cast<std::int64_t>(ids.size());
    if (changed == 0) co_return static_cast<std::int64_t>(wanted.size());
    Commands commands;
    commands.push_back({sql::kUpdateOrders,
                        std::move(Params()
                                      .uuid(user.uuid)
                                      .int8(snapshot->library_version)
                                      .time(clock_.now())
                                      .uuid_array(ids)
                                      .int8_array(numbers)),
                        {}});
    auto done = co_await announcer_.commit(*tx, std::move(commands), user, {.count = changed});
    if (!done) co_return std::unexpected(done.error());
    co_return static_cast<std::int64_t>(wanted.size());
}

Task<Result<Removed>> Categories::remove(base::UserId user, base::Uuid id,
                                         std::optional<base::Uuid> reassign_to,
                                         base::Precondition expected_version) {
    auto tx = co_await database_.begin();
    if (!tx) co_return std::unexpected(tx.error());
    auto snapshot = co_await lock(*tx, user);
    if (!snapshot) co_return std::unexpected(snapshot.error());
    const Category* found = snapshot->find(id);
    if (found == nullptr) co_return fail(Errc::category_not_found, "The category does not exist");
    if (found->is_default)
        co_return fail(Errc::cannot_delete_default_category, "A default category cannot be deleted");
    if (reassign_to && (*reassign_to == id || snapshot->find(*reassign_to) == nullptr))
        co_return fail(Errc::reassign_target_not_found,
                       "The category that should take the bookmarks does not exist");
    if (!expected_version.holds(found->version)) co_return std::unexpected(version_mismatch(found->version));
    const base::Time now = clock_.now();
    const auto children =
        std::ranges::count_if(snapshot->all, [&id](const Category& c) { return c.parent_id == id; });
    const std::int64_t filed = found->active_count + found->archived_count;
    // Versions are handed out in this order: children, bookmarks, the category itself.
    const std::int64_t after_children = snapshot->library_version + children;
    const std::int64_t after_bookmarks = after_children + filed;
    Commands commands;
    commands.push_back(
        {sql::kMoveChildrenToRoot,
         std::move(Params().uuid(user.uuid).uuid(id).int8(snapshot->library_version).time(now)),
         {}});
    commands.push_back(
        {sql::kReassignBookmarks,
         std::move(Params().uuid(user.uuid).uuid(id).int8(after_children).time(now).uuid(reassign_to)),
         {}});
    commands.push_back(
        {sql::kDelete, std::move(Params().uuid(user.uuid).uuid(id).int8(after_bookmarks + 1).time(now)), {}});
    auto done = co_await announcer_.commit(*tx, std::move(commands), user, {.count = children + filed + 1});
    if (!done) co_return std::unexpected(done.error());
    co_return Removed{reassign_to};
}

}  // namespace categories
