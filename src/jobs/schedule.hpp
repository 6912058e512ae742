// Tasks that come back: each is done by one process at a time, whichever gets its lock first.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "postgres/pool.hpp"

namespace jobs {

/// For the thread that runs `io` only.
class Schedule {
public:
    using Task = std::function<base::Task<void>()>;

    Schedule(base::asio::io_context& io, postgres::Pool& database, const base::Clock& clock)
        : io_(io), database_(database), clock_(clock) {}
    ~Schedule() { stop(); }
    Schedule(const Schedule&) = delete;
    Schedule& operator=(const Schedule&) = delete;

    /// Does `task` `every` so long, the first time soon after `start`. To be called before it. While a task
    /// runs in one process, the others pass it over; the task itself must know what is due.
    void add(std::string name, std::chrono::milliseconds every, Task task);
    void start();
    void stop();

private:
    struct Entry {
        std::string name;
        std::chrono::milliseconds every;
        Task task;
        base::asio::steady_timer timer;
    };
    base::Task<void> run(Entry& entry, std::weak_ptr<bool> alive);

    base::asio::io_context& io_;
    postgres::Pool& database_;
    const base::Clock& clock_;
    std::list<Entry> entries_;
    std::shared_ptr<bool> alive_;
};

}  // namespace jobs
