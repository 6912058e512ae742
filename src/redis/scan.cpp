#include "redis/scan.hpp"

namespace redis {
namespace {

constexpr std::string_view kAtATime = "1000";

/// Text as SCAN's MATCH finds it, and nothing else.
std::string escape_pattern(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (std::string_view("*?[]\\^-").contains(c)) out += '\\';
        out += c;
    }
    return out;
}

}  // namespace

base::Task<bool> scan(Connection& redis, std::string prefix, base::SteadyTime end, const base::Clock& clock,
                      std::function<bool(const std::vector<Reply>& keys)> take) {
    const std::string pattern = escape_pattern(prefix) + "*";
    std::string cursor = "0";
    do {
        if (!redis.ready() || clock.steady() >= end) co_return false;
        const auto found =
            co_await redis.run({"SCAN", cursor, "MATCH", pattern, "COUNT", std::string(kAtATime)});
        if (!found || found->items.size() != 2) co_return false;
        cursor = found->items[0].text;
        if (!take(found->items[1].items)) co_return false;
    } while (cursor != "0");
    co_return true;
}

}  // namespace redis
