// Reads the conditions and sort keys that a plan shows as text. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace analyzer {

enum class ConditionKind : std::uint8_t {
    equal,     ///< one place in a B-tree
    is_null,   ///< likewise
    range,     ///< a part of a B-tree, also `= ANY`
    is_true,   ///< of a boolean column
    is_false,  ///< of a boolean column
    contains,  ///< `@@`, `&&`, `@>`: what a GIN index answers
};

/// What is asked of one column.
struct Condition {
    std::string column;
    ConditionKind kind = ConditionKind::equal;
    bool operator==(const Condition&) const = default;
};

/// The columns of a table, each with its collation as a plan writes it; empty: the usual one of its type.
using Columns = std::map<std::string, std::string, std::less<>>;

/// Whose columns are meant: of a table under the name that it has in the statement.
struct Scope {
    std::string_view alias;
    const Columns& columns;
};

/// What a condition of a plan (`Filter`, `Index Cond`, …) asks of columns of that table by AND. What no index
/// can answer is left out.
[[nodiscard]] std::vector<Condition> parse_conditions(std::string_view text, const Scope& scope);

/// A column and how it is ordered: empty, `DESC`, `NULLS FIRST`, `DESC NULLS LAST`.
struct SortColumn {
    std::string column;
    std::string order;
    bool operator==(const SortColumn&) const = default;
};
/// Nothing unless all keys are plain columns of that table.
[[nodiscard]] std::optional<std::vector<SortColumn>> parse_sort(const std::vector<std::string>& keys,
                                                                const Scope& scope);

/// Without brackets around the whole.
[[nodiscard]] std::string_view without_brackets(std::string_view text);

}  // namespace analyzer
