#include "load/report.hpp"

#include <algorithm>
#include <cstdio>

namespace load {
namespace {

std::uint32_t percentile(const Latencies& sorted, double part) {
    if (sorted.empty()) return 0;
    const auto index = static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1) + 0.5);
    return sorted[index];
}

void print_latencies(const char* name, Latencies& latencies) {
    std::ranges::sort(latencies);
    std::printf(R"("%s":{"count":%zu,"p50Ms":%.3f,"p95Ms":%.3f,"p99Ms":%.3f,"maxMs":%.3f},)", name,
                latencies.size(), percentile(latencies, 0.5) / 1e3, percentile(latencies, 0.95) / 1e3,
                percentile(latencies, 0.99) / 1e3, percentile(latencies, 1) / 1e3);
}

}  // namespace

void print(Report& report) {
    Latencies all = report.reads;
    all.insert(all.end(), report.writes.begin(), report.writes.end());
    std::printf("{");
    print_latencies("ok", all);
    print_latencies("reads", report.reads);
    print_latencies("writes", report.writes);
    print_latencies("refused", report.refused);
    std::printf(
        R"("seconds":%.3f,"offered":%llu,"unanswered":%llu,"broken":%llu,"other":%llu,"goodput":%.1f})",
        report.seconds, static_cast<unsigned long long>(report.offered),
        static_cast<unsigned long long>(report.unanswered), static_cast<unsigned long long>(report.broken),
        static_cast<unsigned long long>(report.other), static_cast<double>(all.size()) / report.seconds);
    std::puts("");
}

}  // namespace load
