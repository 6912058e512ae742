#include "transfer/import_categories.hpp"

#include <gtest/gtest.h>

namespace transfer {
namespace {

using categories::Category;
using categories::Snapshot;

const base::Time kNow = *base::parse_iso("2026-01-01T00:00:00Z");

Category category(std::string name, std::optional<base::Uuid> parent = {}) {
    return {.id = {base::make_uuid(kNow)},
            .name = std::move(name),
            .description = {},
            .color = "#111111",
            .icon = "star",
            .parent_id = parent,
            .order = 3,
            .created_at = kNow,
            .updated_at = kNow};
}

TEST(CategoryPlan, FindsWhatExistsAndMakesNothing) {
    const Category root = category("Tech");
    const Category leaf = category("C++", root.id.uuid);
    CategoryPlan plan({.library_version = 1, .all = {root, leaf}}, true);
    EXPECT_EQ(plan.resolve({"Tech", "C++"}, {}, kNow), leaf.id.uuid);
    EXPECT_EQ(plan.resolve({" Tech "}, {}, kNow), root.id.uuid);
    EXPECT_EQ(plan.resolve({"C++"}, {}, kNow), leaf.id.uuid) << "a name alone means it wherever it hangs";
    EXPECT_FALSE(plan.resolve({}, {}, kNow));
    EXPECT_FALSE(plan.resolve({"", "  "}, {}, kNow));
    EXPECT_TRUE(plan.take_created().empty());
}

TEST(CategoryPlan, MakesWhatIsMissingParentsFirstAndOnce) {
    const Category root = category("Tech");
    CategoryPlan plan({.library_version = 1, .all = {root}}, true);
    const auto leaf = plan.resolve({"Tech", "Languages", "C++"}, {"#abcdef", "code"}, kNow);
    ASSERT_TRUE(leaf);
    EXPECT_EQ(plan.resolve({"Tech", "Languages", "C++"}, {}, kNow), leaf);
    const auto created = plan.take_created();
    ASSERT_EQ(created.size(), 2U);
    EXPECT_EQ(created[0].name, "Languages");
    EXPECT_EQ(created[0].parent_id, root.id.uuid);
    EXPECT_EQ(created[0].color, "#6B7280");
    EXPECT_EQ(created[1].parent_id, created[0].id.uuid);
    EXPECT_EQ(created[1].color, "#abcdef");
    EXPECT_EQ(created[1].icon, "code");
    EXPECT_TRUE(plan.take_created().empty());
}

TEST(CategoryPlan, AnEqualNameInAnotherBranchTakesThePathAsName) {
    const Category a = category("A");
    const Category b = category("B");
    const Category notes = category("Notes", a.id.uuid);
    CategoryPlan plan({.library_version = 1, .all = {a, b, notes}}, true);
    const auto other = plan.resolve({"B", "Notes"}, {}, kNow);
    const auto created = plan.take_created();
    ASSERT_EQ(created.size(), 1U);
    EXPECT_EQ(created[0].name, "B / Notes");
    EXPECT_EQ(created[0].parent_id, b.id.uuid);
    EXPECT_EQ(plan.resolve({"B", "Notes"}, {}, kNow), other);
    EXPECT_TRUE(plan.take_created().empty());
}

TEST(CategoryPlan, UnfitLooksAndLongNamesAreMadeFit) {
    CategoryPlan plan({}, true);
    std::string name;
    for (int i = 0; i < 150; ++i)
        name += "語";
    ASSERT_TRUE(plan.resolve({name}, {"red", std::string(51, 'i')}, kNow));
    const auto created = plan.take_created();
    EXPECT_EQ(created[0].name.size(), 100 * std::string("語").size());
    EXPECT_EQ(created[0].color, "#6B7280");
    EXPECT_EQ(created[0].icon, "folder");
}

TEST(CategoryPlan, StopsAtTheTenthLevelAndSaysSo) {
    CategoryPlan plan({}, true);
    std::vector<std::string> path;
    for (int i = 0; i < 12; ++i)
        path.push_back("level " + std::to_string(i));
    const auto deepest = plan.resolve(path, {}, kNow);
    const auto created = plan.take_created();
    ASSERT_EQ(created.size(), 10U);
    EXPECT_EQ(deepest, created.back().id.uuid);
    EXPECT_TRUE(plan.faults().too_deep);
}

TEST(CategoryPlan, StopsAtTheLargestNumberAndSaysSo) {
    Snapshot full;
    for (std::size_t i = 0; i < categories::kMaxCategories; ++i)
        full.all.push_back(category(std::to_string(i)));
    CategoryPlan plan(full, true);
    EXPECT_FALSE(plan.resolve({"one more"}, {}, kNow));
    EXPECT_TRUE(plan.faults().too_many);
    EXPECT_EQ(plan.resolve({"7"}, {}, kNow), full.all[7].id.uuid);
}

TEST(CategoryPlan, MakesNothingWhenItMayNotExceptTheDefault) {
    CategoryPlan plan({}, false);
    EXPECT_FALSE(plan.resolve({"missing"}, {}, kNow));
    EXPECT_TRUE(plan.faults().missing);
    EXPECT_TRUE(plan.resolve_default("inbox", kNow));
    EXPECT_EQ(plan.take_created().size(), 1U);
}

TEST(CategoryPlan, DefaultIsAnIdOrAName) {
    const Category known = category("Known");
    CategoryPlan plan({.library_version = 1, .all = {known}}, true);
    EXPECT_EQ(plan.resolve_default(base::to_string(known.id.uuid), kNow), known.id.uuid);
    EXPECT_EQ(plan.resolve_default("Known", kNow), known.id.uuid);
    EXPECT_FALSE(plan.resolve_default(base::to_string(base::make_uuid(kNow)), kNow)) << "an id is no name";
    EXPECT_TRUE(plan.take_created().empty());
}

TEST(CategoryPlan, RestoresItsOwnCategoriesAndLeavesThoseOfTheUser) {
    const Category users = category("Mine");
    CategoryPlan plan({.library_version = 1, .all = {users}}, true);
    CategoryRecord record{.name = "Mine",
                          .description = "other",
                          .color = "#ffffff",
                          .icon = {},
                          .path = {"Mine"},
                          .id = {},
                          .parent_id = {},
                          .order = 9};
    plan.restore({record}, kNow);
    EXPECT_TRUE(plan.take_created().empty());
    EXPECT_TRUE(plan.take_changed().empty());

    record.name = "New";
    record.path = {"Mine", "New"};
    record.id = base::make_uuid(kNow);
    plan.restore({record}, kNow);
    const auto created = plan.take_created();
    ASSERT_EQ(created.size(), 1U);
    EXPECT_EQ(created[0].id.uuid, *record.id);
    EXPECT_EQ(created[0].description, "other");
    EXPECT_EQ(created[0].order, 9);
    EXPECT_EQ(created[0].parent_id, users.id.uuid);

    // Its bookmarks came first in the file: it was made with less, and is completed now.
    record.order = 4;
    plan.restore({record}, kNow);
    const auto changed = plan.take_changed();
    ASSERT_EQ(changed.size(), 1U);
    EXPECT_EQ(changed[0].order, 4);
}

}  // namespace
}  // namespace transfer
