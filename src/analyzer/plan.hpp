// A plan as EXPLAIN (FORMAT JSON) tells it, with what the analyzer looks at. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace analyzer {

/// A step of a plan. Rows are those of one loop, as PostgreSQL tells them.
struct Node {
    std::string type;      ///< such as `Index Scan`
    std::string role;      ///< to its parent: `Outer`, `Inner`, `InitPlan`, `SubPlan`, `Subquery`, `Member`
    std::string relation;  ///< the table that it reads; empty: none
    std::string alias;     ///< its name in the statement
    std::string index;
    std::string condition;  ///< that the index answers
    std::string recheck;    ///< the same, of a bitmap
    std::string filter;     ///< that is looked at row by row
    std::vector<std::string> sort_key;
    bool is_backward = false;  ///< reads the index from its end
    double rows = 0;           ///< that it gave
    double loops = 1;
    double removed = 0;  ///< rows that filter and recheck threw away
    double cost = 0;     ///< planner's units, of the node with its children
    std::int64_t hits = 0;
    std::int64_t reads = 0;
    std::vector<Node> children;
};

struct Plan {
    Node root;
    double planning_ms = 0;
    double execution_ms = 0;  ///< 0 when it was not run
};

/// Nothing when the text is no plan.
[[nodiscard]] std::optional<Plan> parse_plan(std::string_view json);

/// An index that a plan reads.
struct IndexUse {
    std::string index;
    std::string table;
    std::string scan;
    double rows = 0;
    double loops = 0;
};
/// In the order of the plan.
[[nodiscard]] std::vector<IndexUse> indexes_of(const Plan& plan);

}  // namespace analyzer
