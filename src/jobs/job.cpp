#include "jobs/job.hpp"

#include <algorithm>
#include <array>

namespace jobs {
namespace {

constexpr std::array<std::string_view, kTypes> kTypeNames{"sync", "export", "import", "ai-suggest", "backup"};
constexpr std::array<std::string_view, 6> kStateNames{"queued",    "running", "paused",
                                                      "completed", "failed",  "cancelled"};
constexpr std::array<std::string_view, 5> kReasonNames{"rate_limit", "budget", "needs_reauth",
                                                       "x_unavailable", "breaker"};

template <class Enum, std::size_t size>
std::optional<Enum> parse(const std::array<std::string_view, size>& names, std::string_view word) {
    const auto found = std::ranges::find(names, word);
    if (found == names.end()) return {};
    return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(Type type) {
    return kTypeNames.at(static_cast<std::size_t>(type));
}
std::string_view to_string(State state) {
    return kStateNames.at(static_cast<std::size_t>(state));
}
std::string_view to_string(PauseReason reason) {
    return kReasonNames.at(static_cast<std::size_t>(reason));
}
std::optional<Type> parse_type(std::string_view word) {
    return parse<Type>(kTypeNames, word);
}
std::optional<State> parse_state(std::string_view word) {
    return parse<State>(kStateNames, word);
}
std::optional<PauseReason> parse_pause_reason(std::string_view word) {
    return parse<PauseReason>(kReasonNames, word);
}

}  // namespace jobs
