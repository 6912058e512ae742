// Time as a parameter: nothing below main reads the system's clocks, so that tests can move time by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace base {

/// Wall-clock time in microseconds since 1970-01-01T00:00:00Z, the resolution of PostgreSQL's timestamptz.
using Time = std::chrono::sys_time<std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
public:
    virtual ~Clock() = default;
    /// Wall-clock time; may jump.
    [[nodiscard]] virtual Time now() const = 0;
    /// Monotonic time, for durations and deadlines.
    [[nodiscard]] virtual SteadyTime steady() const = 0;
};

class SystemClock final : public Clock {
public:
    [[nodiscard]] Time now() const override;
    [[nodiscard]] SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
};

/// Moves only when told to.
class ManualClock final : public Clock {
public:
    explicit ManualClock(Time start) : now_(start) {}
    [[nodiscard]] Time now() const override { return now_; }
    [[nodiscard]] SteadyTime steady() const override { return steady_; }
    void advance(std::chrono::microseconds by) {
        now_ += by;
        steady_ += by;
    }

private:
    Time now_;
    SteadyTime steady_{};
};

/// `2026-08-22T03:04:05.678Z`: ISO 8601, UTC, milliseconds (contract 1.1).
[[nodiscard]] std::string to_iso(Time time);
/// Appends what `to_iso` returns.
void append_iso(std::string& out, Time time);
/// Reads any ISO 8601 date or date-time: `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM[:SS[.fraction]]`, `Z`, `±HH:MM`,
/// `±HHMM`, blank instead of `T`; without an offset it is UTC. Years 0001 to 9999. Nothing for anything else.
[[nodiscard]] std::optional<Time> parse_iso(std::string_view text);

}  // namespace base
