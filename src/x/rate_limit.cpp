#include "x/rate_limit.hpp"

#include <charconv>

namespace x {
namespace {

std::optional<std::int64_t> number_in(const fetch::Answer& answer, std::string_view header) {
    const auto text = answer.header(header);
    if (!text) return {};
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size()) return {};
    return number;
}

}  // namespace

RateLimit rate_limit_of(const fetch::Answer& answer, base::Time now) {
    // Beyond this a number is not a time that anybody waits for.
    constexpr std::int64_t kSecondsMax = 100'000'000'000;
    RateLimit limit{.limit = number_in(answer, "x-rate-limit-limit"),
                    .remaining = number_in(answer, "x-rate-limit-remaining"),
                    .reset = {}};
    if (const auto reset = number_in(answer, "x-rate-limit-reset");
        reset && *reset > 0 && *reset < kSecondsMax) {
        limit.reset = base::Time(std::chrono::seconds(*reset));
    } else if (const auto wait = number_in(answer, "retry-after");
               wait && *wait >= 0 && *wait < kSecondsMax) {
        limit.reset = now + std::chrono::seconds(*wait);
    }
    return limit;
}

}  // namespace x
