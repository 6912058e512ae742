#include "base/log.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <condition_variable>
#include <mutex>
#include <string>

#include "base/json_writer.hpp"

namespace base::log {
namespace {

constexpr std::array<std::string_view, 5> kNames{"trace", "debug", "info", "warn", "error"};

std::atomic<Level>& threshold() {
    static std::atomic<Level> level{Level::info};
    return level;
}

/// Lines on their way to standard output.
class Output {
public:
    void write(std::string_view line, bool now) {
        const std::lock_guard lock(mutex_);
        waiting_.append(line).push_back('\n');
        if (now || !buffering_ || waiting_.size() >= kBytesMax) send();
    }
    void flush() {
        const std::lock_guard lock(mutex_);
        send();
    }
    void set_buffering(bool buffering) {
        const std::lock_guard lock(mutex_);
        buffering_ = buffering;
        send();
    }

private:
    static constexpr std::size_t kBytesMax = 32UL * 1024;
    static constexpr int kPollMs = 100;

    // A reader that has gone must not end the program, one that is slow may hold it up: lines are not
    // dropped.
    void send() {
        std::string_view rest = waiting_;
        while (!rest.empty()) {
            const ssize_t sent = ::write(STDOUT_FILENO, rest.data(), rest.size());
            if (sent < 0 && errno == EINTR) continue;
            if (sent < 0 && errno == EAGAIN) {
                pollfd ready{STDOUT_FILENO, POLLOUT, 0};
                static_cast<void>(::poll(&ready, 1, kPollMs));
                continue;
            }
            if (sent < 0) break;
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        waiting_.clear();
    }

    std::mutex mutex_;
    std::string waiting_;
    bool buffering_ = false;
};

template <class T>
void write_value(JsonWriter& json, const T& value) {
    json.value(value);
}

void write_value(JsonWriter& json, std::chrono::microseconds duration) {
    std::array<char, 24> text{};
    const auto all = std::max<std::int64_t>(duration.count(), 0);
    char* at = std::to_chars(text.data(), text.data() + text.size(), all / 1000).ptr;
    const auto rest = static_cast<int>(all % 1000);
    *at++ = '.';
    for (const int digit : {rest / 100, rest / 10 % 10, rest % 10})
        *at++ = static_cast<char>('0' + digit);
    json.raw({text.data(), static_cast<std::size_t>(at - text.data())});
}

Output& output() {
    static Output out;
    return out;
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
    thread_local std::string line;
    line.clear();
    JsonWriter json(line);
    json.begin_object();
    json.member("time", SystemClock{}.now());
    json.member("level", kNames[static_cast<std::size_t>(level)]);
    json.member("msg", message);
    for (const Field& field : fields) {
        json.key(field.name);
        std::visit([&json](const auto& value) { write_value(json, value); }, field.value);
    }
    json.end_object();
    output().write(line, level >= Level::warn);
}

Buffering::Buffering() {
    output().set_buffering(true);
    flusher_ = std::jthread([](const std::stop_token& stop) {
        constexpr std::chrono::milliseconds kInterval{50};
        std::mutex mutex;
        std::condition_variable_any wake;
        std::unique_lock lock(mutex);
        while (!wake.wait_for(lock, stop, kInterval, [&stop] { return stop.stop_requested(); }))
            output().flush();
    });
}

Buffering::~Buffering() {
    flusher_.request_stop();
    flusher_.join();
    output().set_buffering(false);
}

}  // namespace base::log
