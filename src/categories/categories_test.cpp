#include <gtest/gtest.h>

#include "categories/categories.hpp"

namespace categories {
namespace {

using base::Errc;

base::Uuid id(int n) {
    base::Uuid uuid;
    uuid.bytes[15] = static_cast<std::uint8_t>(n);
    return uuid;
}

/// 1 ← 2 ← … ← n, and one root of its own, 100, with the child 101.
Snapshot chain(int n) {
    Snapshot snapshot;
    for (int i = 1; i <= n; ++i) {
        Category category;
        category.id = {id(i)};
        if (i > 1) category.parent_id = id(i - 1);
        snapshot.all.push_back(category);
    }
    Category other;
    other.id = {id(100)};
    snapshot.all.push_back(other);
    other.id = {id(101)};
    other.parent_id = id(100);
    snapshot.all.push_back(other);
    return snapshot;
}

Errc check(const Snapshot& snapshot, std::optional<int> category, int parent) {
    std::optional<base::Uuid> moved;
    if (category) moved = id(*category);
    const auto result = check_parent(snapshot, moved, id(parent));
    return result ? Errc::kCount : result.error().code;
}

TEST(CheckParent, NewCategory) {
    EXPECT_EQ(check(chain(9), {}, 9), Errc::kCount);
    EXPECT_EQ(check(chain(10), {}, 10), Errc::category_depth_exceeded);
    EXPECT_EQ(check(chain(3), {}, 50), Errc::parent_category_not_found);
}

TEST(CheckParent, MovesWholeSubtrees) {
    EXPECT_EQ(check(chain(8), 100, 8), Errc::kCount);
    EXPECT_EQ(check(chain(9), 100, 9), Errc::category_depth_exceeded);
    EXPECT_EQ(check(chain(9), 101, 9), Errc::kCount);
}

TEST(CheckParent, NoCycles) {
    EXPECT_EQ(check(chain(5), 3, 3), Errc::self_parent_reference);
    EXPECT_EQ(check(chain(5), 1, 5), Errc::circular_reference);
    EXPECT_EQ(check(chain(5), 2, 3), Errc::circular_reference);
    EXPECT_EQ(check(chain(5), 5, 1), Errc::kCount);
}

}  // namespace
}  // namespace categories
