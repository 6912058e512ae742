// What the pool does every few seconds: closes what nobody uses or what hangs, and reports.
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log.hpp"
#include "postgres/pool.hpp"

namespace postgres {
namespace {

constexpr std::chrono::seconds kInterval{5};
/// Beyond the statement timeout PostgreSQL itself must have hung.
constexpr std::chrono::seconds kHangMargin{5};

}  // namespace

base::Task<void> Pool::monitor() {
    const auto alive = alive_;
    boost::system::error_code error;
    while (!stopped_) {
        monitor_timer_.expires_after(kInterval);
        co_await monitor_timer_.async_wait(base::asio::redirect_error(base::asio::use_awaitable, error));
        if (!*alive || stopped_) co_return;
        close_surplus();
        repair();
        report();
    }
}

void Pool::close_surplus() {
    const base::SteadyTime now = clock_.steady();
    std::size_t surplus = slots_.size() > options_.min ? slots_.size() - options_.min : 0;
    std::vector<SlotPointer> unused;
    for (const SlotPointer& slot : slots_) {
        const auto oldest = slot->connection->oldest();
        if (oldest && now - *oldest > options_.connection.statement_timeout + kHangMargin) {
            base::log::warn("a database connection hangs and is given up");
            slot->connection->abort();
            continue;
        }
        const bool idle = !slot->owned && !slot->cancelling && slot->load() == 0;
        if (unused.size() < surplus && idle && now - slot->last_used > options_.idle_timeout)
            unused.push_back(slot);
    }
    for (const SlotPointer& slot : unused) {
        std::erase(slots_, slot);
        slot->connection->abort();
        ++counters_.idled_out;
    }
}

void Pool::report() {
    const PoolState now = state();
    base::log::debug("database pool", {{"total", now.total},
                                       {"active", now.active},
                                       {"idle", now.idle},
                                       {"waiting", now.waiting},
                                       {"efficiency", counters_.efficiency()}});
    // Told when it begins, not as long as it lasts.
    const bool was = std::exchange(nearly_used_up_, now.active * 10 > options_.max * 8);
    if (nearly_used_up_ && !was)
        base::log::warn("the database pool is nearly used up",
                        {{"active", now.active}, {"max", options_.max}, {"waiting", now.waiting}});
}

}  // namespace postgres
