// When a backup is due, and when it has been kept long enough. Pure.
#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "backup/backup.hpp"

namespace backup {

/// A backup whose files are there.
struct Kept {
    std::string id;
    Kind kind{};
    base::Time started_at{};
    Status status{};
    std::vector<std::string> files;  ///< keys
};

/// Those of `kept` whose time is over. The newest one of all that succeeded is never among them: when backups
/// stop working, the last good one stays.
[[nodiscard]] std::vector<Kept> choose_expired(std::span<const Kept> kept,
                                               const std::array<std::int64_t, kKinds>& retention,
                                               base::Time now);

/// What a look at the times of one kind leads to.
struct Due {
    bool runs = false;                      ///< a backup is to be made now
    std::optional<base::Time> heeded_at{};  ///< up to when its times were looked at from now on
};

/// `heeded_at` as it was kept; nothing: the schedule was off, so nothing was missed. Of several times that
/// were missed one is made up.
[[nodiscard]] Due look_at(const Cron& cron, const Zone& zone, bool is_enabled,
                          std::optional<base::Time> heeded_at, base::Time now);

}  // namespace backup
