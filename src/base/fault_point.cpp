#include "base/fault_point.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>
#include <utility>

namespace base {
namespace {

/// `name` or `name:n`.
struct FaultPoint {
    std::string name;
    int passing = 1;
};

FaultPoint fault_point_of_environment() {
    const char* raw = std::getenv("XBM_FAULT_POINT");
    if (raw == nullptr) return {};
    std::string text = raw;
    const auto colon = text.find(':');
    if (colon == std::string::npos) return {.name = std::move(text)};
    return {.name = text.substr(0, colon), .passing = std::max(1, std::atoi(text.c_str() + colon + 1))};
}

}  // namespace

void pass_fault_point(std::string_view name) {
    static const FaultPoint kPoint = fault_point_of_environment();
    static std::atomic<int> passed{0};
    if (kPoint.name.empty() || kPoint.name != name) return;
    if (++passed == kPoint.passing) std::raise(SIGKILL);
}

}  // namespace base
