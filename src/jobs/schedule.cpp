#include "jobs/schedule.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstring>

#include "base/encoding.hpp"
#include "base/log.hpp"
#include "jobs/jobs_sql.hpp"

namespace jobs {
namespace {

namespace asio = base::asio;

/// Number of the advisory lock of a task.
std::int64_t lock_of(const std::string& name) {
    const base::Digest digest = base::sha256("xbookmarker schedule " + name);
    std::int64_t number = 0;
    std::memcpy(&number, digest.data(), sizeof number);
    return number;
}

}  // namespace

void Schedule::add(std::string name, std::chrono::milliseconds every, Task task) {
    entries_.push_back({std::move(name), every, std::move(task), asio::steady_timer(io_)});
}

void Schedule::start() {
    alive_ = std::make_shared<bool>(true);
    for (Entry& entry : entries_)
        asio::co_spawn(io_, run(entry, alive_), asio::detached);
}

void Schedule::stop() {
    alive_.reset();
    for (Entry& entry : entries_)
        entry.timer.cancel();
}

// SAFETY: entries live until the loop has ended.
base::Task<void> Schedule::run(Entry& entry, std::weak_ptr<bool> alive) {
    while (!alive.expired()) {
        {
            // The lock is the transaction's: whoever dies gives it back.
            auto tx = co_await database_.begin();
            if (alive.expired()) co_return;
            if (tx) {
                const auto leads =
                    co_await tx->run(sql::kLead, std::move(postgres::Params().int8(lock_of(entry.name))));
                if (alive.expired()) co_return;
                if (leads && !leads->empty() && (*leads)[0].boolean(0)) co_await entry.task();
            }
        }
        if (alive.expired()) co_return;
        entry.timer.expires_after(entry.every);
        co_await entry.timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

}  // namespace jobs
