// How a category is answered (contract 3.4).
#pragma once

#include "base/json_writer.hpp"
#include "categories/categories.hpp"

namespace categories {

/// The keys of a category, without counts and children, inside an object that the caller opened.
void write_members(base::JsonWriter& json, const Category& category, base::UserId user);

}  // namespace categories
