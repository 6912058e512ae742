#include "syncing/rules.hpp"

#include <algorithm>

#include "base/utf8.hpp"
#include "bookmarks/bookmarks_sql.hpp"

namespace syncing {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::milliseconds;

std::optional<Money> lower(std::optional<Money> one, std::optional<Money> other) {
    if (!one) return other;
    if (!other) return one;
    return std::min(*one, *other);
}

bool same_metrics(const std::optional<bookmarks::Metrics>& one,
                  const std::optional<bookmarks::Metrics>& other) {
    const auto counts = [](bookmarks::Metrics metrics) {
        metrics.at.reset();
        return bookmarks::sql::write_metrics(metrics);
    };
    if (!one || !other) return one.has_value() == other.has_value();
    return counts(*one) == counts(*other);
}

template <class T>
bool take(T& known, const T& fresh) {
    if (known == fresh) return false;
    known = fresh;
    return true;
}

}  // namespace

Caps lower_of(const Caps& one, const Caps& other) {
    return {.daily = lower(one.daily, other.daily), .monthly = lower(one.monthly, other.monthly)};
}

base::Time next_day(base::Time now) {
    return std::chrono::time_point_cast<base::Time::duration>(floor<days>(now) + days{1});
}

base::Time next_month(base::Time now) {
    const std::chrono::year_month_day today{floor<days>(now)};
    const auto next = std::chrono::year_month(today.year(), today.month()) + std::chrono::months{1};
    return std::chrono::time_point_cast<base::Time::duration>(std::chrono::sys_days(next / 1));
}

std::optional<base::Time> wait_for_budget(const Caps& caps, const Spent& spent, Money estimate,
                                          base::Time now) {
    if (caps.monthly && spent.month + estimate > *caps.monthly) return next_month(now);
    if (caps.daily && spent.today + estimate > *caps.daily) return next_day(now);
    return {};
}

int page_size(bool full, std::int64_t number) {
    constexpr int kSmallest = 20;
    constexpr int kLargest = 100;
    if (full || number > 3) return kLargest;
    return std::min(kLargest, kSmallest << number);
}

bool may_stop(std::span<const Known> page, std::int64_t unseen_above) {
    if (page.empty()) return false;
    if (!std::ranges::all_of(page, [](const Known& one) { return one.position.has_value(); })) return false;
    // Something is gone from between, or has moved up: what lies below may have moved as well.
    return std::ranges::is_sorted(page, std::ranges::greater{},
                                  [](const Known& one) { return *one.position; }) &&
           unseen_above == static_cast<std::int64_t>(page.size());
}

milliseconds pause_after(const x::RateLimit& rate_limit) {
    constexpr std::int64_t kFew = 10;
    return rate_limit.remaining && *rate_limit.remaining < kFew ? milliseconds{2'000} : milliseconds{800};
}

std::chrono::seconds wait_after_limit(int times) {
    constexpr std::chrono::seconds kLongest{900};
    return std::min(kLongest, std::chrono::seconds{60} * (1 << std::clamp(times, 0, 5)));
}

bool refresh(bookmarks::Draft& known, const bookmarks::Draft& fresh) {
    bool changed = false;
    if (base::count_code_points(fresh.content) >= base::count_code_points(known.content))
        changed = take(known.content, fresh.content) || changed;
    if (fresh.title && !known.title) changed = take(known.title, fresh.title) || changed;
    if (fresh.lang) changed = take(known.lang, fresh.lang) || changed;
    if (!fresh.author_username.empty()) {
        changed = take(known.author_username, fresh.author_username) || changed;
        changed = take(known.author_display_name, fresh.author_display_name) || changed;
        changed = take(known.url, fresh.url) || changed;
    }
    if (fresh.author_avatar_url) changed = take(known.author_avatar_url, fresh.author_avatar_url) || changed;
    if (bookmarks::sql::write_media(known.media) != bookmarks::sql::write_media(fresh.media)) {
        known.media = fresh.media;
        changed = true;
    }
    changed = take(known.links, fresh.links) || changed;
    changed = take(known.hashtags, fresh.hashtags) || changed;
    changed = take(known.mentions, fresh.mentions) || changed;
    if (bookmarks::sql::write_references(known.referenced) !=
        bookmarks::sql::write_references(fresh.referenced)) {
        known.referenced = fresh.referenced;
        changed = true;
    }
    if (!same_metrics(known.metrics, fresh.metrics)) {
        known.metrics = fresh.metrics;
        changed = true;
    }
    if (fresh.posted_at) changed = take(known.posted_at, fresh.posted_at) || changed;
    return take(known.post_status, fresh.post_status) || changed;
}

}  // namespace syncing
