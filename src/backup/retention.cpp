#include "backup/retention.hpp"

namespace backup {
namespace {

using std::chrono::days;

/// One day, one week, one month of 30 days.
constexpr std::array<days, kKinds> kUnits{days{1}, days{7}, days{30}};

}  // namespace

std::vector<Kept> choose_expired(std::span<const Kept> kept,
                                 const std::array<std::int64_t, kKinds>& retention, base::Time now) {
    const Kept* newest = nullptr;
    for (const Kept& one : kept)
        if (one.status == Status::success && (newest == nullptr || one.started_at > newest->started_at))
            newest = &one;
    std::vector<Kept> expired;
    for (const Kept& one : kept) {
        const auto kind = static_cast<std::size_t>(one.kind);
        const bool is_over = one.started_at + retention.at(kind) * kUnits.at(kind) <= now;
        if (is_over && &one != newest) expired.push_back(one);
    }
    return expired;
}

Due look_at(const Cron& cron, const Zone& zone, bool is_enabled, std::optional<base::Time> heeded_at,
            base::Time now) {
    if (!is_enabled) return {};
    if (!heeded_at) return {.heeded_at = now};
    const auto next = cron.next(*heeded_at, zone);
    if (!next || *next > now) return {.heeded_at = heeded_at};
    return {.runs = true, .heeded_at = now};
}

}  // namespace backup
