#include "categories/categories_routes.hpp"

#include <algorithm>

#include "base/json_writer.hpp"
#include "categories/category_json.hpp"
#include "http/validation.hpp"
#include "http/version_tag.hpp"
#include "idempotency/claim.hpp"

namespace categories::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using http::Faults;
using http::ObjectReader;

void write_tree(JsonWriter& json, const Snapshot& snapshot, const std::optional<base::Uuid>& parent,
                base::UserId user, bool count) {
    json.begin_array();
    for (const Category& category : snapshot.all) {
        if (category.parent_id != parent) continue;
        json.begin_object();
        write_members(json, category, user);
        if (count) json.member("bookmarkCount", category.active_count);
        json.key("children");
        write_tree(json, snapshot, category.id.uuid, user, count);
        json.end_object();
    }
    json.end_array();
}

Response single(const Written& written, base::UserId user, std::string_view message, unsigned status) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("category").begin_object();
    write_members(json, written.category, user);
    json.end_object().end_object().member("message", message).end_object();
    Response response = http::json(std::move(body), http::Caching::no_store, status);
    response.etag = http::row_etag(written.category.version, written.library_version);
    return response;
}

Response created(const Written& written, base::UserId user) {
    Response response = single(written, user, "Category created", 201);
    response.headers.emplace_back("Location", "/api/categories/" + base::to_string(written.category.id.uuid));
    return response;
}

bool is_color(std::string_view text) {
    return text.size() == 7 && text[0] == '#' && std::ranges::all_of(text.substr(1), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
           });
}

Changes read_changes(ObjectReader& reader, Faults& faults, bool required) {
    Changes changes;
    changes.name = reader.text("name", {1, 100}, required);
    if (reader.is_null("description")) {
        changes.description = std::optional<std::string>{};
    } else if (auto description = reader.text("description", {0, 500})) {
        changes.description = std::move(description);
    }
    changes.color = reader.text("color", {}, required);
    if (changes.color && !is_color(*changes.color)) faults.invalid_string("color", "regex");
    changes.icon = reader.text("icon", {1, 50}, required);
    if (reader.is_null("parentId")) {
        changes.parent_id = std::optional<base::Uuid>{};
    } else if (const auto parent = reader.uuid("parentId")) {
        changes.parent_id = parent;
    }
    changes.order = reader.integer("order", 0, INT32_MAX);
    return changes;
}

/// The id of the path, or nothing when it is no UUID.
std::optional<base::Uuid> path_id(const Call& call) {
    return base::parse_uuid(call.parameters.front());
}

Response not_found(const Call& call) {
    return http::problem(call, {Errc::category_not_found, "The category does not exist", {}, {}}, 404);
}

/// Errors of a category as a field are 400, of the addressed category 404.
Response problem_of(const Call& call, const base::Error& error) {
    return http::problem(call, error, error.code == Errc::category_not_found ? 404 : 0);
}

}  // namespace

Task<Response> list(Categories& categories, Call& call) {
    if (auto unchanged = http::unchanged_list(call)) co_return std::move(*unchanged);
    const auto snapshot = co_await categories.all(call.principal->user);
    if (!snapshot) co_return http::problem(call, snapshot.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("categories");
    write_tree(json, *snapshot, {}, call.principal->user, call.query.flag("includeCount").value_or(false));
    json.member("total", static_cast<std::int64_t>(snapshot->all.size())).end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, snapshot->library_version);
    response.library_version = snapshot->library_version;
    co_return response;
}

Task<Response> defaults(Categories& categories, Call& call) {
    if (auto unchanged = http::unchanged_list(call)) co_return std::move(*unchanged);
    const auto snapshot = co_await categories.all(call.principal->user);
    if (!snapshot) co_return http::problem(call, snapshot.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_array();
    for (const Category& category : snapshot->all) {
        if (!category.is_default) continue;
        json.begin_object();
        write_members(json, category, call.principal->user);
        json.end_object();
    }
    json.end_array().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    response.etag = http::list_etag(*call.principal, snapshot->library_version);
    response.library_version = snapshot->library_version;
    co_return response;
}

Task<Response> get(Categories& categories, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const auto snapshot = co_await categories.all(call.principal->user);
    if (!snapshot) co_return http::problem(call, snapshot.error());
    const Category* category = snapshot->find(*id);
    if (category == nullptr) co_return not_found(call);
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).key("data").begin_object().key("category").begin_object();
    write_members(json, *category, call.principal->user);
    json.member("bookmarkCount", category->active_count).key("parent");
    if (const Category* parent = category->parent_id ? snapshot->find(*category->parent_id) : nullptr) {
        json.begin_object().member("id", parent->id).member("name", parent->name).end_object();
    } else {
        json.null();
    }
    json.key("children").begin_array();
    for (const Category& child : snapshot->all) {
        if (child.parent_id != *id) continue;
        json.begin_object();
        write_members(json, child, call.principal->user);
        json.member("bookmarkCount", child.active_count).end_object();
    }
    json.end_array().end_object().end_object().end_object();
    Response response = http::json(std::move(body), http::Caching::api_max_age);
    // Counts, parent and children change with the library, not with the row.
    response.etag = http::row_etag(category->version, snapshot->library_version);
    response.library_version = snapshot->library_version;
    co_return response;
}

Task<Response> create(Categories& categories, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    Changes changes = read_changes(reader, faults, true);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_category_data);
    const auto category = co_await categories.create(
        call.principal->user, std::move(changes), [&call](const Written& made, postgres::Commands& commands) {
            if (call.claim) idempotency::store(call, created(made, call.principal->user), commands);
        });
    if (!category) co_return http::problem(call, category.error());
    co_return created(*category, call.principal->user);
}

Task<Response> reorder(Categories& categories, Call& call) {
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    std::vector<std::pair<base::Uuid, std::int64_t>> orders;
    if (reader.has("categoryIds")) {
        const auto ids = reader.uuids("categoryIds", 1, kMaxCategories, true);
        for (std::size_t i = 0; ids && i < ids->size(); ++i)
            orders.emplace_back((*ids)[i], static_cast<std::int64_t>(i) + 1);
    } else if (const auto items = reader.objects("categoryOrders", 1, kMaxCategories, true)) {
        for (std::size_t i = 0; i < items->size(); ++i) {
            ObjectReader item(*(*items)[i], faults, "categoryOrders[" + std::to_string(i) + "].");
            const auto id = item.uuid("id", true);
            const auto order = item.integer("order", 0, INT32_MAX, true);
            if (id && order) orders.emplace_back(*id, *order);
        }
    }
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_order_data);
    const auto updated = co_await categories.reorder(call.principal->user, std::move(orders));
    if (!updated) co_return http::problem(call, updated.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true).member("message", "Order saved").key("data").begin_object();
    json.member("updatedCount", *updated).end_object().end_object();
    co_return http::json(std::move(body));
}

Task<Response> update(Categories& categories, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    const auto object = http::read_object(call.request);
    if (!object) co_return http::problem(call, object.error());
    Faults faults;
    ObjectReader reader(*object, faults);
    Changes changes = read_changes(reader, faults, false);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_update_data);
    if (changes.empty())
        co_return http::problem(call, {Errc::no_update_fields, "There is nothing to change", {}, {}});
    const base::Precondition expected = http::read_if_match(call.request);
    const auto category = co_await categories.update(call.principal->user, *id, std::move(changes), expected);
    if (!category) co_return problem_of(call, category.error());
    co_return single(*category, call.principal->user, "Category updated", 200);
}

Task<Response> remove(Categories& categories, Call& call) {
    const auto id = path_id(call);
    if (!id) co_return not_found(call);
    std::optional<base::Uuid> target;
    if (const auto text = call.query.get("reassignTo"); text && !text->empty()) {
        target = base::parse_uuid(*text);
        if (!target)
            co_return http::problem(call, {Errc::reassign_target_not_found,
                                           "The category that should take the bookmarks does not exist",
                                           {},
                                           {}});
    }
    const base::Precondition expected = http::read_if_match(call.request);
    const auto removed = co_await categories.remove(call.principal->user, *id, target, expected);
    if (!removed) co_return problem_of(call, removed.error());
    std::string body;
    JsonWriter json(body);
    json.begin_object()
        .member("success", true)
        .member("message", "Category deleted")
        .key("data")
        .begin_object();
    json.member("deletedId", *id).member("reassignedTo", removed->reassigned_to).end_object().end_object();
    co_return http::json(std::move(body));
}

}  // namespace categories::routes
