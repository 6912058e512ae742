// Walking through the keys of Redis in small steps (SCAN), which never holds it up as KEYS would.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "redis/connection.hpp"

namespace redis {

/// Calls `take` with the keys that begin with `prefix`, some at a time, perhaps one twice. Keys that come or
/// go meanwhile may be missed. False: it ended early, because `take` returned false, `end` has come, or Redis
/// is away.
base::Task<bool> scan(Connection& redis, std::string prefix, base::SteadyTime end, const base::Clock& clock,
                      std::function<bool(const std::vector<Reply>& keys)> take);

}  // namespace redis
