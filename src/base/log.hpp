// The log: one JSON object per line on standard output (contract 7). Never post text, search text, tokens,
// cookies or query strings above debug.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <variant>

namespace base::log {

enum class Level { trace, debug, info, warn, error };

struct Field {
    std::string_view name;
    /// A duration is written in milliseconds with three decimals.
    std::variant<std::string_view, std::int64_t, double, bool, std::chrono::microseconds> value;
    Field(std::string_view n, std::chrono::microseconds v) : name(n), value(v) {}
    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, const char* v) : name(n), value(std::string_view(v)) {}
    Field(std::string_view n, const std::string& v) : name(n), value(std::string_view(v)) {}
    Field(std::string_view n, bool v) : name(n), value(v) {}
    Field(std::string_view n, double v) : name(n), value(v) {}
    template <std::integral I>
    Field(std::string_view n, I v) : name(n), value(static_cast<std::int64_t>(v)) {}
};

/// While one lives, lines up to `info` are handed to the system together, every 50 ms or 32 KiB, instead of
/// one by one; `warn` and above take what waits along at once. At most one at a time. A process that is
/// killed loses the lines of the last 50 ms.
class Buffering {
public:
    Buffering();
    ~Buffering();
    Buffering(const Buffering&) = delete;
    Buffering& operator=(const Buffering&) = delete;

private:
    std::jthread flusher_;
};

/// Lines below `level` are dropped; `info` at first. To be called before threads start.
void set_level(Level level);
[[nodiscard]] bool enabled(Level level);
void write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void debug(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::debug, message, fields);
}
inline void info(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::info, message, fields);
}
inline void warn(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::warn, message, fields);
}
inline void error(std::string_view message, std::initializer_list<Field> fields = {}) {
    write(Level::error, message, fields);
}

}  // namespace base::log
