#include "categories/category_json.hpp"

namespace categories {

void write_members(base::JsonWriter& json, const Category& category, base::UserId user) {
    json.member("id", category.id).member("userId", user).member("version", category.version);
    json.member("name", category.name).member("description", category.description);
    json.member("color", category.color).member("icon", category.icon).member("parentId", category.parent_id);
    json.member("order", category.order).member("isDefault", category.is_default);
    json.member("createdAt", category.created_at).member("updatedAt", category.updated_at);
}

}  // namespace categories
