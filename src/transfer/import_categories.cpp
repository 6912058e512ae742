#include "transfer/import_categories.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

#include "base/utf8.hpp"

namespace transfer {
namespace {

using base::Uuid;
using categories::Category;

constexpr std::size_t kNameLengthMax = 100;  // contract 3.4
constexpr std::size_t kIconLengthMax = 50;
constexpr std::size_t kDescriptionLengthMax = 500;
constexpr std::string_view kColor = "#6B7280";
constexpr std::string_view kIcon = "folder";

std::string cut(std::string_view text, std::size_t length_max) {
    std::size_t position = 0;
    for (std::size_t i = 0; i < length_max && position < text.size(); ++i)
        base::next_code_point(text, position);
    return std::string(text.substr(0, position));
}

std::string clean_name(std::string_view text) {
    constexpr std::string_view kBlank = " \t\r\n";
    const std::size_t first = text.find_first_not_of(kBlank);
    if (first == std::string_view::npos) return {};
    std::string name = cut(text.substr(first), kNameLengthMax);
    name.erase(name.find_last_not_of(kBlank) + 1);
    return name;
}

bool is_color(std::string_view text) {
    return text.size() == 7 && text[0] == '#' &&
           text.find_first_not_of("0123456789abcdefABCDEF", 1) == std::string_view::npos;
}

bool is_icon(std::string_view text) {
    return !text.empty() && base::count_code_points(text) <= kIconLengthMax;
}

/// What a record says of a category beside its name and place.
void take_look(const CategoryRecord& record, Category& category, base::Time now) {
    if (record.description) category.description = cut(*record.description, kDescriptionLengthMax);
    if (record.color && is_color(*record.color)) category.color = *record.color;
    if (record.icon && is_icon(*record.icon)) category.icon = *record.icon;
    if (record.order && *record.order >= 0 && *record.order <= std::numeric_limits<std::int32_t>::max())
        category.order = *record.order;
    category.created_at = record.created_at.value_or(now);
    category.updated_at = record.updated_at.value_or(category.created_at);
}

}  // namespace

CategoryPlan::CategoryPlan(categories::Snapshot snapshot, bool may_create)
    : snapshot_(std::move(snapshot)), may_create_(may_create) {
    for (std::size_t i = 0; i < snapshot_.all.size(); ++i) {
        by_name_.emplace(snapshot_.all[i].name, i);
        by_id_.emplace(snapshot_.all[i].id.uuid, i);
    }
}

std::optional<Uuid> CategoryPlan::child(const std::optional<Uuid>& parent, const std::string& name,
                                        const std::string& path_name) const {
    const auto named = by_name_.find(name);
    // Nothing is above the first name of a path: a category of this name is meant wherever it hangs.
    if (named != by_name_.end() && (!parent || snapshot_.all[named->second].parent_id == parent))
        return snapshot_.all[named->second].id.uuid;
    const auto by_path = by_name_.find(path_name);
    if (parent && by_path != by_name_.end()) return snapshot_.all[by_path->second].id.uuid;
    return {};
}

int CategoryPlan::depth(const std::optional<Uuid>& id) const {
    int levels = 0;
    for (std::optional<Uuid> at = id; at && levels <= categories::kMaxDepth; ++levels) {
        const auto found = by_id_.find(*at);
        if (found == by_id_.end()) break;
        at = snapshot_.all[found->second].parent_id;
    }
    return levels;
}

std::optional<Uuid> CategoryPlan::create(const std::optional<Uuid>& parent, std::string name,
                                         const Look& look, base::Time now) {
    if (snapshot_.all.size() >= categories::kMaxCategories) {
        faults_.too_many = true;
        return {};
    }
    std::int64_t order = 0;
    for (const Category& category : snapshot_.all)
        if (category.parent_id == parent) order = std::max(order, category.order);
    Category category{.id = {base::make_uuid(now)},
                      .name = std::move(name),
                      .description = {},
                      .color = look.color && is_color(*look.color) ? *look.color : std::string(kColor),
                      .icon = look.icon && is_icon(*look.icon) ? *look.icon : std::string(kIcon),
                      .parent_id = parent,
                      .order = std::min<std::int64_t>(order + 1, std::numeric_limits<std::int32_t>::max()),
                      .created_at = now,
                      .updated_at = now};
    const Uuid id = category.id.uuid;
    by_name_.emplace(category.name, snapshot_.all.size());
    by_id_.emplace(id, snapshot_.all.size());
    created_.push_back(snapshot_.all.size());
    made_.insert(id);
    snapshot_.all.push_back(std::move(category));
    return id;
}

std::optional<Uuid> CategoryPlan::resolve(const std::vector<std::string>& path, const Look& look,
                                          base::Time now) {
    std::vector<std::string> names;
    for (const std::string& text : path)
        if (std::string name = clean_name(text); !name.empty()) names.push_back(std::move(name));
    std::optional<Uuid> at;
    std::string path_name;
    for (std::size_t i = 0; i < names.size(); ++i) {
        path_name = i == 0 ? names[i] : clean_name(path_name + " / " + names[i]);
        if (const auto found = child(at, names[i], path_name)) {
            at = found;
            continue;
        }
        if (!may_create_) {
            faults_.missing = true;
            return {};
        }
        if (depth(at) >= categories::kMaxDepth) {
            faults_.too_deep = true;
            return at;
        }
        const bool is_last = i + 1 == names.size();
        const auto made =
            create(at, by_name_.contains(names[i]) ? path_name : names[i], is_last ? look : Look{}, now);
        if (!made) return {};
        at = made;
    }
    return at;
}

std::optional<Uuid> CategoryPlan::resolve_default(const std::string& id_or_name, base::Time now) {
    if (const auto id = base::parse_uuid(id_or_name); id && by_id_.contains(*id)) return *id;
    const std::string name = clean_name(id_or_name);
    if (const auto found = by_name_.find(name); found != by_name_.end())
        return snapshot_.all[found->second].id.uuid;
    // The id of a category that is gone must not become the name of a new one.
    if (name.empty() || base::parse_uuid(id_or_name)) {
        faults_.missing = true;
        return {};
    }
    return create({}, name, {}, now);
}

void CategoryPlan::restore(const std::vector<CategoryRecord>& records, base::Time now) {
    std::unordered_set<std::string> names;
    for (const CategoryRecord& record : records)
        names.insert(clean_name(record.name));
    for (const CategoryRecord& record : records)
        if (!adopt(record, names, now)) restore_one(record, now);
}

bool CategoryPlan::is_untouched(const Category& category) const {
    return category.is_default && category.version == 1 &&
           category.active_count + category.archived_count == 0 &&
           category.created_at == category.updated_at && !made_.contains(category.id.uuid) &&
           std::ranges::none_of(snapshot_.all,
                                [&](const Category& other) { return other.parent_id == category.id.uuid; });
}

bool CategoryPlan::adopt(const CategoryRecord& record, const std::unordered_set<std::string>& names,
                         base::Time now) {
    const std::string name = clean_name(record.name);
    if (!may_create_ || !record.is_default || !record.id || name.empty() || by_id_.contains(*record.id))
        return false;
    const auto named = by_name_.find(name);
    // One that had been renamed takes the place of the one that stands where it stood.
    const auto found = named != by_name_.end()
                           ? snapshot_.all.begin() + static_cast<std::ptrdiff_t>(named->second)
                           : std::ranges::find_if(snapshot_.all, [&](const Category& category) {
                                 return category.order == record.order && !names.contains(category.name) &&
                                        is_untouched(category);
                             });
    if (found == snapshot_.all.end() || !is_untouched(*found)) return false;
    if (record.parent_id && !by_id_.contains(*record.parent_id)) return false;
    const auto index = static_cast<std::size_t>(found - snapshot_.all.begin());
    adopted_.emplace_back(found->id.uuid, index);
    by_id_.erase(found->id.uuid);
    by_name_.erase(found->name);
    found->id = {*record.id};
    found->name = name;
    found->parent_id = record.parent_id;
    by_id_.emplace(*record.id, index);
    by_name_.emplace(name, index);
    made_.insert(*record.id);
    found->description = record.description;
    take_look(record, *found, now);
    return true;
}

void CategoryPlan::restore_one(const CategoryRecord& record, base::Time now) {
    const std::size_t known = snapshot_.all.size();
    const std::vector<std::string> path = record.path.empty() ? std::vector{record.name} : record.path;
    const auto id = resolve(path, {record.color, record.icon}, now);
    if (!id) return;
    const auto at = by_id_.find(*id);
    if (!made_.contains(*id)) return;
    Category& category = snapshot_.all[at->second];
    const bool is_new = at->second >= known;
    if (is_new && record.id && !by_id_.contains(*record.id)) {
        // Nothing hangs below a category that was planned a moment ago as the last one of its path.
        const std::size_t index = at->second;
        made_.erase(*id);
        by_id_.erase(at);
        category.id = {*record.id};
        by_id_.emplace(*record.id, index);
        made_.insert(*record.id);
    }
    const Category before = category;
    take_look(record, category, is_new ? now : category.created_at);
    const bool changed = before.description != category.description || before.color != category.color ||
                         before.icon != category.icon || before.order != category.order;
    const auto index = static_cast<std::size_t>(&category - snapshot_.all.data());
    if (changed && std::ranges::find(created_, index) == created_.end()) changed_.insert(index);
}

std::vector<Category> CategoryPlan::take_created() {
    std::vector<Category> out;
    for (const std::size_t index : created_)
        out.push_back(snapshot_.all[index]);
    created_.clear();
    return out;
}

std::vector<CategoryPlan::Adopted> CategoryPlan::take_adopted() {
    std::vector<Adopted> out;
    for (const auto& [old_id, index] : adopted_)
        out.push_back({.old_id = old_id, .category = snapshot_.all[index]});
    adopted_.clear();
    return out;
}

std::vector<Category> CategoryPlan::take_changed() {
    std::vector<Category> out;
    for (const std::size_t index : changed_)
        out.push_back(snapshot_.all[index]);
    changed_.clear();
    return out;
}

}  // namespace transfer
