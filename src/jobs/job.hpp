// What a job is (contract 3.11). Jobs are rows of `jobs` in PostgreSQL; Redis only carries their events.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/id.hpp"

namespace jobs {

enum class Type : std::uint8_t { sync, exporting, importing, ai_suggest, backup };
inline constexpr std::size_t kTypes = 5;
enum class State : std::uint8_t { queued, running, paused, completed, failed, cancelled };
/// Requested jobs run before scheduled ones, then by age.
enum class Priority : std::uint8_t { requested, scheduled };
/// Why a paused job waits (contract 3.11 `pausedReason`).
enum class PauseReason : std::uint8_t { rate_limit, budget, needs_reauth, x_unavailable, breaker };

/// The words of the contract: `sync`, `export`, `import`, `ai-suggest`, `backup`.
[[nodiscard]] std::string_view to_string(Type type);
[[nodiscard]] std::string_view to_string(State state);
[[nodiscard]] std::string_view to_string(PauseReason reason);
[[nodiscard]] std::optional<Type> parse_type(std::string_view word);
[[nodiscard]] std::optional<State> parse_state(std::string_view word);
[[nodiscard]] std::optional<PauseReason> parse_pause_reason(std::string_view word);

/// Whether a job in this state will never change again.
[[nodiscard]] constexpr bool is_finished(State state) {
    return state == State::completed || state == State::failed || state == State::cancelled;
}

struct Progress {
    std::int64_t current = 0;
    std::int64_t total = 0;
    int percentage = 0;  ///< 0 to 100
    std::string step;    ///< contract `currentStep`
    std::string detail =
        "{}";  ///< JSON object: what routes of the type show beside it (`currentItem`, `errors`)
};

struct Fault {
    std::string code;     ///< upper case, as in answers
    std::string message;  ///< a sentence for a person
};

/// One row, as routes show it.
struct Job {
    base::UserId user;
    base::JobId id;
    Type type{};
    State state{};
    Progress progress;
    std::string options = "{}";         ///< JSON object
    std::optional<std::string> result;  ///< JSON
    std::optional<Fault> error;
    /// The one that runs, ran last or, behind a backoff, runs next; 0: none began. Pauses, soft stops and one
    /// silent resume are none.
    int attempt = 0;
    int max_attempts = 1;
    std::optional<PauseReason> paused_reason;
    std::optional<base::Time> resume_at;  ///< when a paused or delayed job goes on; nothing: not by itself
    bool cancel_requested = false;
    base::Time created_at{};
    std::optional<base::Time> started_at;
    std::optional<base::Time> finished_at;
    std::int64_t version = 0;  ///< grows with every change that is told; ids of events
};

}  // namespace jobs
