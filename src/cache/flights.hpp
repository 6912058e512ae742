// One load per key in the whole process: who asks for what is already being made waits for it.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"
#include "cache/answer.hpp"

namespace cache {

/// Thread-safe; shared by all workers of a process, which must outlive the flights that wait in them.
class Flights {
    struct Flight;

public:
    /// The duty to make an answer. Dropped without `finish`, those who wait go on by themselves.
    class Lead {
    public:
        Lead(Flights& flights, std::string key, std::shared_ptr<Flight> flight);
        Lead(Lead&& other) noexcept;
        Lead& operator=(Lead&&) = delete;
        ~Lead();
        /// Hands the answer to all who wait; null says that there is none to share.
        void finish(AnswerPointer answer);

    private:
        Flights* flights_;
        std::string key_;
        std::shared_ptr<Flight> flight_;
    };

    /// What came of joining: the lead, or somebody else's answer, or neither (it failed, or took longer than
    /// `patience`): then the caller makes its own.
    struct Joined {
        std::optional<Lead> lead;
        AnswerPointer answer;
    };
    base::Task<Joined> join(std::string key, std::chrono::milliseconds patience);
    /// Keys that are being made.
    [[nodiscard]] std::size_t size() const;

private:
    struct Waiter {
        Waiter(base::asio::any_io_executor e) : executor(std::move(e)), timer(executor) {}
        base::asio::any_io_executor executor;
        base::asio::steady_timer timer;  ///< for the thread of the executor only
    };
    struct Flight {
        std::vector<std::shared_ptr<Waiter>> waiters;
        AnswerPointer answer;
        bool done = false;
    };

    void end(const std::string& key, const std::shared_ptr<Flight>& flight, AnswerPointer answer);

    mutable std::mutex mutex_;
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace cache
