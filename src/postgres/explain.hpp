// How PostgreSQL would run a statement, whatever its parameters are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "postgres/pool.hpp"

namespace postgres {

/// The name of a type of a parameter, such as `timestamptz[]`; `unknown` for others than those of `Type`.
[[nodiscard]] std::string_view type_name(Type type);

/// The generic plan of a statement, as EXPLAIN (FORMAT JSON) gives it: made without parameters, so that it
/// holds none. Runs nothing of the statement itself. `types`: of its parameters, PostgreSQL's numbers.
/// Errors: whatever PostgreSQL says, service_unavailable.
base::Task<base::Result<std::string>> explain_generic(Pool& database, std::string sql,
                                                      std::vector<std::uint32_t> types);

}  // namespace postgres
