#include "performance/process_stats.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace performance {
namespace {

constexpr std::int64_t kKilo = 1024;

std::int64_t number_in(std::string_view text) {
    const auto first = text.find_first_of("0123456789");
    std::int64_t value = 0;
    if (first != std::string_view::npos)
        std::from_chars(text.data() + first, text.data() + text.size(), value);
    return value;
}

/// The number of a line `name: 123 kB` of a file below /proc.
void read_status(ProcessStats& stats) {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) stats.resident = number_in(line) * kKilo;
        if (line.starts_with("RssAnon:")) stats.anonymous = number_in(line) * kKilo;
        if (line.starts_with("VmSize:")) stats.virtual_memory = number_in(line) * kKilo;
        if (line.starts_with("Threads:")) stats.threads = number_in(line);
    }
}

std::int64_t read_limit() {
    std::int64_t limit = static_cast<std::int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
    // Control groups of version 2 name the own one in the only line of this file.
    std::ifstream group("/proc/self/cgroup");
    std::string line;
    while (std::getline(group, line) && !line.starts_with("0::"))
        continue;
    if (!line.starts_with("0::")) return limit;
    std::ifstream max("/sys/fs/cgroup" + line.substr(3) + "/memory.max");
    std::string text;
    if (std::getline(max, text) && !text.starts_with("max") && number_in(text) > 0)
        limit = std::min(limit, number_in(text));
    return limit;
}

// Field 22 of /proc/self/stat: ticks from the start of the machine to the start of the process.
double read_start_time() {
    std::ifstream stat("/proc/self/stat");
    std::string text;
    std::getline(stat, text);
    const auto name_end = text.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::size_t at = name_end + 2;
    for (int field = 3; field < 22 && at != std::string::npos; ++field)
        at = text.find(' ', at) == std::string::npos ? std::string::npos : text.find(' ', at) + 1;
    if (at == std::string::npos) return 0;
    const double ticks = static_cast<double>(number_in(std::string_view(text).substr(at)));
    std::ifstream machine("/proc/stat");
    for (std::string line; std::getline(machine, line);) {
        if (line.starts_with("btime "))
            return static_cast<double>(number_in(line)) + ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
    }
    return 0;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

ProcessStats read_process_stats() {
    ProcessStats stats;
    read_status(stats);
    stats.memory_limit = read_limit();
    stats.start_time = read_start_time();
    rusage usage{};
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    rlimit files{};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) stats.max_files = static_cast<std::int64_t>(files.rlim_cur);
    std::error_code error;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error))
        ++stats.open_files;
    return stats;
}

}  // namespace performance
