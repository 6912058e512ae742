#include "jobs/decision.hpp"

#include <algorithm>

namespace jobs {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongest{30'000};

milliseconds first_wait(Type type) {
    switch (type) {
        case Type::sync:
        case Type::ai_suggest:
            return milliseconds{2'000};
        case Type::exporting:
        case Type::importing:
        case Type::backup:
            break;
    }
    return milliseconds{1'000};
}

End end_of_failure(bool retry, Stop stop, int attempt, int max_attempts) {
    if (stop == Stop::cancelled) return End::cancel;
    return retry && attempt < max_attempts ? End::retry : End::fail;
}

}  // namespace

End end_of(const Outcome& outcome, Stop stop, int attempt, int max_attempts) {
    if (stop == Stop::lost) return End::none;
    if (std::holds_alternative<Completed>(outcome)) return End::complete;
    if (const auto* failed = std::get_if<Failed>(&outcome))
        return end_of_failure(failed->retry, stop, attempt, max_attempts);
    if (std::holds_alternative<Paused>(outcome)) return stop == Stop::cancelled ? End::cancel : End::pause;
    switch (stop) {
        case Stop::cancelled:
            return End::cancel;
        case Stop::shutting_down:
            return End::release;
        case Stop::none:
        case Stop::lost:
            break;
    }
    // A handler that stopped without a reason is at fault.
    return end_of_failure(true, stop, attempt, max_attempts);
}

milliseconds backoff(Type type, int attempt, double random) {
    const milliseconds most =
        std::min(kLongest, milliseconds(first_wait(type) * (1L << std::clamp(attempt - 1, 0, 10))));
    return milliseconds(
        static_cast<std::int64_t>(static_cast<double>(most.count()) * std::clamp(random, 0.0, 1.0)));
}

}  // namespace jobs
