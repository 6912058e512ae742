// Named places at which tests let the process die.
#pragma once

#include <string_view>

namespace base {

/// Ends the process with SIGKILL at the n-th passing of the place that `XBM_FAULT_POINT=name[:n]` names;
/// nothing happens otherwise. For any thread.
void pass_fault_point(std::string_view name);

}  // namespace base
