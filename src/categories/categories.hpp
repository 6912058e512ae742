// Categories: a tree per user, of at most ten levels, with exact counts (contract 3.4).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/id.hpp"
#include "base/precondition.hpp"
#include "base/task.hpp"
#include "cache/announcements.hpp"
#include "postgres/also.hpp"
#include "postgres/pool.hpp"

namespace categories {

struct Category {
    base::CategoryId id;
    std::int64_t version = 1;
    std::string name;
    std::optional<std::string> description;
    std::string color;
    std::string icon;
    std::optional<base::Uuid> parent_id;
    std::int64_t order = 0;
    bool is_default = false;
    std::int64_t active_count = 0;    ///< non-archived bookmarks
    std::int64_t archived_count = 0;  ///< archived ones
    base::Time created_at;
    base::Time updated_at;
};

/// All categories of a user by order, creation, id, and the library version that they belong to.
struct Snapshot {
    std::int64_t library_version = 0;
    std::vector<Category> all;
    [[nodiscard]] const Category* find(const base::Uuid& id) const;
};

/// What a caller wants changed; absent members stay. The inner optional of `description` and `parent_id`:
/// nothing clears.
struct Changes {
    std::optional<std::string> name;
    std::optional<std::optional<std::string>> description;
    std::optional<std::string> color;
    std::optional<std::string> icon;
    std::optional<std::optional<base::Uuid>> parent_id;
    std::optional<std::int64_t> order;
    [[nodiscard]] bool empty() const;
};

/// A category as it was written, and the library version that this made.
struct Written {
    Category category;
    std::int64_t library_version = 0;
};

struct Removed {
    std::optional<base::Uuid> reassigned_to;
};

inline constexpr int kMaxDepth = 10;
inline constexpr std::size_t kMaxCategories = 2000;  ///< per user

class Categories {
public:
    Categories(postgres::Pool& database, cache::Announcer& announcer, const base::Clock& clock)
        : database_(database), announcer_(announcer), clock_(clock) {}

    base::Task<base::Result<Snapshot>> all(base::UserId user);
    /// `changes` must hold name, color and icon. Errors: parent_category_not_found, category_depth_exceeded,
    /// category_name_exists.
    base::Task<base::Result<Written>> create(base::UserId user, Changes changes,
                                             postgres::Also<Written> also = {});
    /// With `expected_version` the row must have it. Errors: category_not_found, parent_category_not_found,
    /// self_parent_reference, circular_reference, category_depth_exceeded, category_name_exists,
    /// precondition_failed.
    base::Task<base::Result<Written>> update(base::UserId user, base::Uuid id, Changes changes,
                                             base::Precondition expected_version);
    /// Gives each listed category its order. Returns how many rows changed. Error:
    /// invalid_category_ownership.
    base::Task<base::Result<std::int64_t>> reorder(base::UserId user,
                                                   std::vector<std::pair<base::Uuid, std::int64_t>> orders);
    /// Children move to the root, bookmarks to `reassign_to` or to none. Errors: category_not_found,
    /// cannot_delete_default_category, reassign_target_not_found, precondition_failed.
    base::Task<base::Result<Removed>> remove(base::UserId user, base::Uuid id,
                                             std::optional<base::Uuid> reassign_to,
                                             base::Precondition expected_version);

private:
    base::Task<base::Result<Snapshot>> lock(postgres::Transaction& tx, base::UserId user);

    postgres::Pool& database_;
    cache::Announcer& announcer_;
    const base::Clock& clock_;
};

/// Whether `category` may hang below `parent`: the rules of the tree as a pure function of all categories.
[[nodiscard]] base::Result<void> check_parent(const Snapshot& snapshot,
                                              const std::optional<base::Uuid>& category,
                                              const base::Uuid& parent);

}  // namespace categories
