// Runs jobs that do nothing through two runners, as two processes would: xbm_jobs DATABASE_URL REDIS_SOCKET
// USER COUNT. Prints how long it took from the first request until the last one had ended.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "base/log.hpp"
#include "jobs/jobs.hpp"
#include "jobs/runner.hpp"

namespace {

namespace asio = base::asio;

constexpr std::size_t kAtATime = 16;
constexpr int kBatch = 100;

class Nothing final : public jobs::Handler {
public:
    explicit Nothing(std::atomic<int>& done) : done_(done) {}
    base::Task<jobs::Outcome> run(jobs::Run& /*run*/) override {
        co_return jobs::Completed{.result = "{}", .progress = {.percentage = 100}};
    }
    base::Task<void> clean_up(base::UserId /*user*/, base::JobId /*id*/) override {
        ++done_;
        co_return;
    }

private:
    std::atomic<int>& done_;
};

/// A runner with a loop and connections of its own.
class Process {
public:
    Process(const std::string& database, const std::string& redis_socket, std::atomic<int>& done)
        : handler_(done),
          pool_(io_, {.connection = {.conninfo = database}, .min = 4, .max = 8}, clock_),
          redis_(io_, {.address = redis::parse_address("unix://" + redis_socket).value()}),
          journal_(redis_, "bench:", watches_),
          runner_(io_, pool_, {.conninfo = database}, journal_, clock_, options(handler_)),
          thread_([this] { io_.run(); }) {
        asio::post(io_, [this] {
            redis_.start();
            runner_.start(false);
        });
    }
    ~Process() {
        asio::co_spawn(io_, runner_.stop(std::chrono::seconds{5}), asio::use_future).get();
        asio::post(io_, [this] {
            pool_.stop();
            redis_.stop();
            work_.reset();
        });
        thread_.join();
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

private:
    static jobs::RunnerOptions options(jobs::Handler& handler) {
        jobs::RunnerOptions options{.place = "bench"};
        options.handlers[static_cast<std::size_t>(jobs::Type::backup)] = &handler;
        options.concurrency[static_cast<std::size_t>(jobs::Type::backup)] = kAtATime;
        return options;
    }

    base::SystemClock clock_;
    asio::io_context io_{1};
    asio::executor_work_guard<asio::io_context::executor_type> work_{asio::make_work_guard(io_)};
    Nothing handler_;
    postgres::Pool pool_;
    redis::Connection redis_;
    cache::Watches watches_;
    jobs::Journal journal_;
    jobs::Runner runner_;
    std::thread thread_;
};

}  // namespace

int main(int count, char** arguments) {
    if (count != 5) {
        std::fputs("usage: xbm_jobs DATABASE_URL REDIS_SOCKET USER COUNT\n", stderr);
        return 2;
    }
    base::log::set_level(base::log::Level::error);
    const base::UserId user{base::parse_uuid(arguments[3]).value()};
    const int wanted = std::stoi(arguments[4]);
    const base::SystemClock clock;
    std::atomic<int> done = 0;
    const auto first = std::make_unique<Process>(arguments[1], arguments[2], done);
    const auto second = std::make_unique<Process>(arguments[1], arguments[2], done);
    asio::io_context io(1);
    const auto work = asio::make_work_guard(io);
    postgres::Pool pool(io, {.connection = {.conninfo = arguments[1]}, .min = 1, .max = 2}, clock);
    std::thread thread([&io] { io.run(); });
    const auto begin = std::chrono::steady_clock::now();
    for (int asked = 0; asked < wanted;) {
        postgres::Commands commands;
        for (int i = 0; i < kBatch && asked < wanted; ++i, ++asked)
            jobs::Jobs::enqueue({.user = user,
                                 .id = {base::make_uuid(clock.now())},
                                 .type = jobs::Type::backup,
                                 .now = clock.now()},
                                commands);
        if (!asio::co_spawn(io, pool.run(std::move(commands)), asio::use_future).get()) return 1;
    }
    while (done < wanted)
        std::this_thread::sleep_for(std::chrono::milliseconds{1});
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
    std::printf("%d jobs in %.3f s\n", wanted, passed.count());
    asio::post(io, [&pool, &io] {
        pool.stop();
        io.stop();
    });
    thread.join();
    return 0;
}
