#include "health.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "health_sql.hpp"

namespace app {

namespace asio = base::asio;

Health::Health(asio::io_context& io, postgres::Pool& database, redis::Connection& cache, Identity identity,
               const std::atomic<bool>& draining, const base::Clock& clock)
    : io_(io),
      database_(database),
      cache_(cache),
      identity_(std::move(identity)),
      draining_(draining),
      clock_(clock) {}

template <class Ask>
base::Task<Checked> Health::ask_once(Slot& slot, Ask ask) {
    Slot probe = slot;
    if (!probe) {
        slot = probe = std::make_shared<Probe>(io_);
        slot->asked = clock_.steady();
        slot->answered.expires_at(asio::steady_timer::time_point::max());
        // SAFETY: the slot is a member, which outlives the worker's coroutines; parameters live in the frame.
        asio::co_spawn(
            io_,
            [](Health& self, Slot& own, Ask question) -> base::Task<void> {
                const Slot asked = own;
                const bool healthy = co_await question(self);
                asked->result = {healthy, std::chrono::duration_cast<std::chrono::microseconds>(
                                              self.clock_.steady() - asked->asked)};
                asked->done = true;
                asked->answered.cancel();
                own.reset();
            }(*this, slot, ask),
            asio::detached);
    }
    // A store that is known to be away answers before `co_spawn` returns: the slot is empty again then.
    // The answer wakes all who wait by cancelling their timer; so does the end of anybody's patience, then
    // the others wait again.
    const auto give_up = probe->asked + kPatience;
    asio::steady_timer patience(io_, give_up);
    patience.async_wait([probe](const boost::system::error_code& error) {
        if (!error) probe->answered.cancel();
    });
    while (!probe->done && clock_.steady() < give_up)
        co_await probe->answered.async_wait(asio::as_tuple(asio::use_awaitable));
    if (probe->done) co_return probe->result;
    co_return Checked{false,
                      std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady() - probe->asked)};
}

base::Task<bool> Health::ask_database() {
    const auto rows = co_await database_.run(sql::kSelectOne, {}, clock_.steady() + kPatience);
    co_return rows.has_value();
}

base::Task<bool> Health::ask_queue() {
    const auto since = clock_.now() - std::chrono::hours(1);
    const auto rows = co_await database_.run(sql::kSelectSyncQueue, std::move(postgres::Params().time(since)),
                                             clock_.steady() + kPatience);
    if (!rows || rows->empty()) co_return false;
    const auto row = (*rows)[0];
    queue_ = {row.integer(0), row.integer(1), row.integer(2)};
    co_return true;
}

base::Task<Checked> Health::check_database() {
    return ask_once(database_probe_, [](Health& self) { return self.ask_database(); });
}

base::Task<Checked> Health::check_cache() {
    return ask_once(cache_probe_, [](Health& self) { return self.cache_.ping(); });
}

base::Task<Checked> Health::check_queue() {
    return ask_once(queue_probe_, [](Health& self) { return self.ask_queue(); });
}

}  // namespace app
