// How a saved search is answered (contract 3.6).
#pragma once

#include "base/json_writer.hpp"
#include "search/saved_searches.hpp"

namespace search {

/// The object with all keys.
void write_search(base::JsonWriter& json, const SavedSearch& saved);

}  // namespace search
