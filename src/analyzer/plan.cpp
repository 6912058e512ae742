#include "analyzer/plan.hpp"

#include <boost/json.hpp>

namespace analyzer {
namespace {

using boost::json::object;

/// A step takes two levels: its object and the array of its children.
constexpr std::size_t kDepthMax = 400;

std::string text_of(const object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

double number_of(const object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_number() ? value->to_number<double>() : 0.0;
}

Node read_node(const object& from) {
    Node node{.type = text_of(from, "Node Type"),
              .role = text_of(from, "Parent Relationship"),
              .relation = text_of(from, "Relation Name"),
              .alias = text_of(from, "Alias"),
              .index = text_of(from, "Index Name"),
              .condition = text_of(from, "Index Cond"),
              .recheck = text_of(from, "Recheck Cond"),
              .filter = text_of(from, "Filter"),
              .is_backward = text_of(from, "Scan Direction") == "Backward",
              .rows = number_of(from, "Actual Rows"),
              .loops = number_of(from, "Actual Loops"),
              .removed = number_of(from, "Rows Removed by Filter") +
                         number_of(from, "Rows Removed by Index Recheck"),
              .cost = number_of(from, "Total Cost"),
              .hits = static_cast<std::int64_t>(number_of(from, "Shared Hit Blocks")),
              .reads = static_cast<std::int64_t>(number_of(from, "Shared Read Blocks"))};
    if (const auto* keys = from.if_contains("Sort Key"); keys != nullptr && keys->is_array())
        for (const auto& key : keys->get_array())
            if (key.is_string()) node.sort_key.emplace_back(key.get_string());
    if (const auto* children = from.if_contains("Plans"); children != nullptr && children->is_array())
        for (const auto& child : children->get_array())
            if (child.is_object()) node.children.push_back(read_node(child.get_object()));
    return node;
}

void collect(const Node& node, const std::string& table, std::vector<IndexUse>& out) {
    // A bitmap of an index does not say of which table: the node above it does.
    const std::string& own = node.relation.empty() ? table : node.relation;
    if (!node.index.empty())
        out.push_back({.index = node.index,
                       .table = own,
                       .scan = node.type,
                       .rows = node.rows,
                       .loops = node.loops});
    for (const Node& child : node.children)
        collect(child, own, out);
}

}  // namespace

std::optional<Plan> parse_plan(std::string_view json) {
    boost::json::parse_options options;
    options.max_depth = kDepthMax;
    boost::system::error_code error;
    const auto parsed = boost::json::parse(json, error, {}, options);
    if (error || !parsed.is_array() || parsed.get_array().empty()) return {};
    const auto& first = parsed.get_array().front();
    if (!first.is_object()) return {};
    const object& explained = first.get_object();
    const auto* root = explained.if_contains("Plan");
    if (root == nullptr || !root->is_object()) return {};
    return Plan{.root = read_node(root->get_object()),
                .planning_ms = number_of(explained, "Planning Time"),
                .execution_ms = number_of(explained, "Execution Time")};
}

std::vector<IndexUse> indexes_of(const Plan& plan) {
    std::vector<IndexUse> out;
    collect(plan.root, "", out);
    return out;
}

}  // namespace analyzer
