#include "search/saved_search_json.hpp"

namespace search {

void write_search(base::JsonWriter& json, const SavedSearch& saved) {
    json.begin_object().member("id", saved.id).member("version", saved.version).member("name", saved.name);
    json.key("query").raw(saved.query).member("order", saved.order).member("pinned", saved.pinned);
    json.member("createdAt", saved.created_at).member("updatedAt", saved.updated_at).end_object();
}

}  // namespace search
