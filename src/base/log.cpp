#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <array>
#include <atomic>

#include "base/json_writer.hpp"

namespace base::log {
namespace {

constexpr std::array<std::string_view, 5> kNames{"trace", "debug", "info", "warn", "error"};

std::atomic<Level>& threshold() {
    static std::atomic<Level> level{Level::info};
    return level;
}

spdlog::logger& sink() {
    static const std::shared_ptr<spdlog::logger> logger = [] {
        auto made = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stdout_sink_mt>());
        made->set_pattern("%v");
        made->flush_on(spdlog::level::trace);
        return made;
    }();
    return *logger;
}

}  // namespace

void set_level(Level level) {
    threshold() = level;
}

bool enabled(Level level) {
    return level >= threshold();
}

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
    if (!enabled(level)) return;
    std::string line;
    JsonWriter json(line);
    json.begin_object();
    json.member("time", SystemClock{}.now());
    json.member("level", kNames[static_cast<std::size_t>(level)]);
    json.member("msg", message);
    for (const Field& field : fields) {
        json.key(field.name);
        std::visit([&json](const auto& value) { json.value(value); }, field.value);
    }
    json.end_object();
    sink().log(spdlog::level::info, line);
}

}  // namespace base::log
