// Which indexes might have made a plan cheaper: what its nodes threw away, sorted or scanned for, and what an
// index would have had to look like. Pure; whether one is worth it is for the planner to say.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/conditions.hpp"
#include "analyzer/plan.hpp"

namespace analyzer {

struct IndexKey {
    std::string column;      ///< or an expression
    std::string order = {};  ///< empty, `DESC`, `NULLS FIRST`, `DESC NULLS LAST`
    bool is_sorted = false;  ///< the order matters
    bool operator==(const IndexKey&) const = default;
};

/// An index, there or wished for.
struct Index {
    std::string name = {};  ///< empty: it does not exist
    std::string table;
    std::string method = "btree";
    std::vector<IndexKey> keys;
    std::string predicate = {};  ///< without brackets around it; empty: of all rows
    bool operator==(const Index&) const = default;
};

/// The tables of the database as far as plans may name them.
struct Tables {
    std::map<std::string, Columns, std::less<>> columns;  ///< by table
    std::vector<Index> indexes;  ///< valid ones
};

/// How much of a library a statement reads by design.
enum class Reach : std::uint8_t {
    page,     ///< a few rows
    library,  ///< all rows of a user, or of everybody: an index has to find them, and nothing more
};

/// What one node of a plan would have needed.
struct Need {
    std::string reason;  ///< a sentence: what the plan did instead
    bool is_clear = false;  ///< so much work that no estimate is needed
    std::vector<Index> candidates;  ///< the simplest first; none of them exists
    /// The one that answers most of what was asked, if it is sure enough to be told without an estimate.
    std::optional<std::size_t> surest = {};
};

/// In the order of the plan; the plan must have been run.
[[nodiscard]] std::vector<Need> needs_of(const Plan& plan, const Tables& tables, Reach reach);

/// Whether `existing` does all that `wanted` would do.
[[nodiscard]] bool covers(const Index& existing, const Index& wanted);

/// `CREATE INDEX ON …` as hypopg wants it.
[[nodiscard]] std::string definition_of(const Index& index);
/// The statement for the operator, which locks no table.
[[nodiscard]] std::string ddl_of(const Index& index);

}  // namespace analyzer
