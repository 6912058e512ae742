// xbm_open_loop: requests at a given rate, whether or not earlier ones are answered, as many clients make
// them.
//   xbm_open_loop PORT FILE RATE CONNECTIONS WARM_SECONDS SECONDS
// FILE holds whole requests, NUL between them; one is drawn at random for each arrival, and 18 `@` in it
// become a number that does not repeat. Arrivals are a Poisson process of RATE requests/s; a latency counts
// from the moment of arrival, so that waiting for a free connection belongs to it. RATE 0: a closed loop,
// every connection sends again when it was answered. Counted is what arrived in the SECONDS after
// WARM_SECONDS.
#include <sys/epoll.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <string_view>

#include "load/connection.hpp"
#include "load/report.hpp"
#include "sockets.hpp"

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;
using load::Connection;

constexpr auto kCatchUp = 5s;  ///< for answers after the last arrival
constexpr std::string_view kMark = "@@@@@@@@@@@@@@@@@@";

struct Settings {
    std::uint16_t port = 0;
    std::vector<std::string> requests;
    double rate = 0;
    std::size_t connections = 0;
    Seconds warm{0};
    Seconds measured{0};
};

std::vector<std::string> split(const std::string& bytes) {
    std::vector<std::string> out;
    std::size_t begin = 0;
    while (begin < bytes.size()) {
        const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
        out.push_back(bytes.substr(begin, end - begin));
        begin = end + 1;
    }
    return out;
}

class Load {
public:
    explicit Load(Settings settings)
        : settings_(std::move(settings)),
          epoll_(epoll_create1(EPOLL_CLOEXEC)),
          // Ids of different runs must not meet: 10^17 and more, from the time.
          next_id_(static_cast<std::uint64_t>(std::chrono::system_clock::now().time_since_epoch().count()) /
                   10'000 % 100'000'000'000'000'000U * 10) {
        for (std::size_t i = 0; i < settings_.connections; ++i) {
            clients_.push_back(std::make_unique<Client>(settings_.port));
            connect(i);
        }
    }

    load::Report run() {
        begin_ = Clock::now();
        measure_ = begin_ + duration(settings_.warm);
        end_ = measure_ + duration(settings_.measured);
        next_arrival_ = begin_;
        while (Clock::now() < end_ || (busy_ > 0 && Clock::now() < end_ + kCatchUp)) {
            arrive(Clock::now());
            while (!free_.empty() && !waiting_.empty())
                start();
            poll();
        }
        report_.seconds = settings_.measured.count();
        for (const auto& client : clients_)
            if (client->busy && counts(client->arrived)) ++report_.unanswered;
        for (const Clock::time_point arrived : waiting_)
            if (counts(arrived)) ++report_.unanswered;
        return std::move(report_);
    }

private:
    struct Client {
        explicit Client(std::uint16_t port) : connection(port) {}
        Connection connection;
        Clock::time_point arrived;
        bool busy = false;
        bool is_write = false;
        bool waits_to_write = false;
    };

    static Clock::duration duration(Seconds seconds) {
        return std::chrono::duration_cast<Clock::duration>(seconds);
    }
    [[nodiscard]] bool counts(Clock::time_point arrived) const {
        return arrived >= measure_ && arrived < end_;
    }

    /// (Re)connects a client and makes it free.
    void connect(std::size_t index) {
        Client& client = *clients_[index];
        if (!client.connection.open()) bench::die("connect");
        client.waits_to_write = false;
        watch(EPOLL_CTL_ADD, index);
        free_.push_back(index);
    }

    void watch(int operation, std::size_t index) {
        const Client& client = *clients_[index];
        epoll_event event{};
        event.events = EPOLLIN | (client.waits_to_write ? std::uint32_t{EPOLLOUT} : 0);
        event.data.u64 = index;
        epoll_ctl(epoll_, operation, client.connection.socket(), &event);
    }

    /// Queues what should have been sent by now.
    void arrive(Clock::time_point now) {
        if (now >= end_) return;
        if (settings_.rate <= 0) {
            for (std::size_t i = 0; i < free_.size(); ++i)
                queue(now);
            return;
        }
        while (next_arrival_ <= now) {
            queue(next_arrival_);
            next_arrival_ += duration(Seconds(std::exponential_distribution(settings_.rate)(random_)));
        }
    }

    void queue(Clock::time_point arrived) {
        waiting_.push_back(arrived);
        if (counts(arrived)) ++report_.offered;
    }

    void start() {
        // The one that was free longest: all connections take part.
        const std::size_t index = free_.front();
        free_.pop_front();
        Client& client = *clients_[index];
        client.arrived = waiting_.front();
        waiting_.pop_front();
        client.busy = true;
        ++busy_;
        std::string request = settings_.requests[std::uniform_int_distribution<std::size_t>(
            0, settings_.requests.size() - 1)(random_)];
        client.is_write = request.starts_with("P");
        if (const std::size_t mark = request.find(kMark); mark != std::string::npos) {
            const std::string id = std::to_string(next_id_++);
            request.replace(mark + kMark.size() - id.size(), id.size(), id);
            for (std::size_t i = mark; request[i] == '@'; ++i)
                request[i] = '1';
        }
        progress(index, client.connection.send(request));
    }

    void progress(std::size_t index, Connection::Outcome outcome) {
        Client& client = *clients_[index];
        if (outcome == Connection::Outcome::more) {
            if (client.connection.has_unsent() != client.waits_to_write) {
                client.waits_to_write = client.connection.has_unsent();
                watch(EPOLL_CTL_MOD, index);
            }
            return;
        }
        const bool was_busy = client.busy;
        if (was_busy) --busy_;
        client.busy = false;
        if (outcome == Connection::Outcome::broken) {
            if (was_busy) ++report_.broken;
        } else {
            record(client);
        }
        if (outcome == Connection::Outcome::broken || client.connection.must_close()) {
            // A connection that broke while idle is still in the list of the free ones.
            if (!was_busy) std::erase(free_, index);
            connect(index);
        } else {
            free_.push_back(index);
        }
    }

    void record(const Client& client) {
        if (!counts(client.arrived)) return;
        const auto taken =
            std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - client.arrived);
        const auto us = static_cast<std::uint32_t>(taken.count());
        const unsigned status = client.connection.status();
        if (status / 100 == 2) {
            (client.is_write ? report_.writes : report_.reads).push_back(us);
        } else if (status == 503 || status == 429) {
            report_.refused.push_back(us);
        } else {
            ++report_.other;
        }
    }

    void poll() {
        constexpr auto kLongest = std::chrono::nanoseconds(10ms);
        std::chrono::nanoseconds wait = kLongest;
        if (settings_.rate > 0 && !free_.empty())
            wait = std::clamp(std::chrono::nanoseconds(next_arrival_ - Clock::now()), 0ns, kLongest);
        if (settings_.rate <= 0 && !free_.empty() && Clock::now() < end_) wait = 0ns;
        const timespec timeout{.tv_sec = 0, .tv_nsec = static_cast<long>(wait.count())};
        epoll_event events[256];
        const int count = epoll_pwait2(epoll_, events, 256, &timeout, nullptr);
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(events[i].data.u64);
            Connection& connection = clients_[index]->connection;
            if ((events[i].events & EPOLLOUT) != 0) progress(index, connection.write());
            if ((events[i].events & ~std::uint32_t{EPOLLOUT}) != 0) progress(index, connection.read());
        }
    }

    Settings settings_;
    int epoll_;
    std::uint64_t next_id_;
    std::mt19937_64 random_{1};
    std::vector<std::unique_ptr<Client>> clients_;
    std::deque<std::size_t> free_;
    std::deque<Clock::time_point> waiting_;
    std::size_t busy_ = 0;
    Clock::time_point begin_, measure_, end_, next_arrival_;
    load::Report report_;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::fputs("usage: xbm_open_loop PORT FILE RATE CONNECTIONS WARM_SECONDS SECONDS\n", stderr);
        return 2;
    }
    Load load({.port = static_cast<std::uint16_t>(std::stoul(argv[1])),
               .requests = split(bench::read_file(argv[2])),
               .rate = std::stod(argv[3]),
               .connections = std::stoul(argv[4]),
               .warm = Seconds(std::stod(argv[5])),
               .measured = Seconds(std::stod(argv[6]))});
    load::Report report = load.run();
    print(report);
}
