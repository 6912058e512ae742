// The rules of a sync that need neither X nor a database (contract 4.4, 4.6). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "bookmarks/bookmark.hpp"
#include "x/post.hpp"
#include "x/verdict.hpp"

namespace syncing {

/// Millionths of a USD.
using Money = std::int64_t;
inline constexpr Money kDollar = 1'000'000;

struct Prices {
    Money owned_read = 1'000;
    Money post_read = 5'000;
};

struct Caps {
    std::optional<Money> daily;  ///< nothing: no cap
    std::optional<Money> monthly;
};
/// The lower of each.
[[nodiscard]] Caps lower_of(const Caps& one, const Caps& other);

struct Spent {
    Money today = 0;
    Money month = 0;  ///< today included
};

/// The first midnight UTC, or first of a month, behind `now`.
[[nodiscard]] base::Time next_day(base::Time now);
[[nodiscard]] base::Time next_month(base::Time now);

/// When a request that may cost `estimate` can be made: nothing means now. A cap that is too low for it on
/// any day still waits for the next one.
[[nodiscard]] std::optional<base::Time> wait_for_budget(const Caps& caps, const Spent& spent, Money estimate,
                                                        base::Time now);

/// How many posts the page `number` (from 0) of a run asks for.
[[nodiscard]] int page_size(bool full, std::int64_t number);

/// A post of a page as the runs before knew it.
struct Known {
    std::string post_id;
    std::optional<std::int64_t> position;  ///< nothing: it was not there
};

/// Whether an incremental run may stop behind this page: all of it is known, in the order of before, and
/// nothing that was above its last post is missing. `unseen_above`: known bookmarks from the last post of the
/// page upwards that this run had not seen before the page.
[[nodiscard]] bool may_stop(std::span<const Known> page, std::int64_t unseen_above);

/// Until the next request: 0.8 s, 2 s when fewer than 10 calls remain.
[[nodiscard]] std::chrono::milliseconds pause_after(const x::RateLimit& rate_limit);

/// Without a time of X's own: 60 s, doubled each time, at most 15 min. `times` from 0.
[[nodiscard]] std::chrono::seconds wait_after_limit(int times);

/// Takes over what X says of a post that is in the library: the longest text wins; tags, note, category,
/// title of the user's making, archive state and times of bookmarking stay. False: nothing of it is new.
bool refresh(bookmarks::Draft& known, const bookmarks::Draft& fresh);

}  // namespace syncing
