// The named SQL statements of all features, for those who look at them from outside: tests of their plans.
#pragma once

#include <string>
#include <vector>

#include "postgres/statement.hpp"

namespace app {

/// All of them, in the order of features.
[[nodiscard]] std::vector<const postgres::Statement*> all_statements();
/// JSON: an array of {"name", "access": "read" or "write", "sql"}, in the order of features.
[[nodiscard]] std::string print_statements();

}  // namespace app
