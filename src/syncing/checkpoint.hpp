// What a run remembers between its pages.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "syncing/rules.hpp"

namespace syncing {

struct Checkpoint {
    std::optional<std::string> cursor;  ///< of the next page; nothing: the first one
    std::int64_t pages = 0;
    std::int64_t fetched = 0;  ///< posts, which is the position of the next one in the run
    std::int64_t added = 0;
    std::int64_t updated = 0;
    std::int64_t unchanged = 0;
    std::int64_t unbookmarked = 0;
    std::int64_t requests = 0;
    std::optional<std::int64_t> lowest_known;  ///< position of before of the last known post of this run
    bool is_complete = false;                  ///< the last page is written; only the job has not ended
    bool restarted = false;                    ///< a cursor died once
    bool switched = false;                     ///< the dialect, once
    int known_pages = 0;                       ///< in a row of which everything was known
    int limited = 0;                           ///< pauses without a time of X's own, in a row
    int unavailable = 0;                       ///< pauses because X did not answer, in a row
    std::vector<std::string> errors;           ///< for a person, at most 20
};

[[nodiscard]] std::string write_checkpoint(const Checkpoint& checkpoint);
/// What is missing or unreadable has its default.
[[nodiscard]] Checkpoint read_checkpoint(std::string_view json);

}  // namespace syncing
