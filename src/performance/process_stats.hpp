// What Linux says of this process.
#pragma once

#include <cstdint>

namespace performance {

/// Bytes and seconds; 0 where the system does not say.
struct ProcessStats {
    std::int64_t resident = 0;   ///< all memory that is in use (VmRSS)
    std::int64_t anonymous = 0;  ///< of it, what was allocated (RssAnon)
    std::int64_t virtual_memory = 0;
    std::int64_t memory_limit = 0;  ///< of the control group, or of the machine
    double cpu_seconds = 0;
    double start_time = 0;  ///< Unix time
    std::int64_t threads = 0;
    std::int64_t open_files = 0;
    std::int64_t max_files = 0;

    /// Share of the limit that is used, in percent.
    [[nodiscard]] double memory_usage() const {
        return memory_limit > 0 ? 100.0 * static_cast<double>(anonymous) / static_cast<double>(memory_limit)
                                : 0.0;
    }
};

[[nodiscard]] ProcessStats read_process_stats();

}  // namespace performance
