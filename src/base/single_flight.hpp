// One question per key at a time: who asks what is already being asked waits until that is answered, instead
// of asking the same again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/task.hpp"

namespace base {

/// Of one thread. Must outlive its flights and those who wait for them.
class SingleFlight {
    struct Waiter;
    struct Flight {
        std::vector<std::shared_ptr<Waiter>> waiters;
        std::optional<Error> failed;
    };

public:
    /// The duty to ask. Its end lets those who wait go on.
    class Lead {
    public:
        Lead(SingleFlight& flights, std::string key, std::shared_ptr<Flight> flight);
        Lead(Lead&& other) noexcept = default;
        Lead& operator=(Lead&&) = delete;
        ~Lead();
        /// What all who wait are told as well; without it they look for themselves.
        void fail(Error error);

    private:
        SingleFlight* flights_;
        std::string key_;
        std::shared_ptr<Flight> flight_;
    };

    /// A lead, or how somebody else's flight failed, or neither after one that went well: what it found must
    /// be where the caller looks.
    struct Joined {
        std::optional<Lead> lead = {};
        std::optional<Error> failed = {};
        bool was_cancelled = false;  ///< the caller, while it waited
    };
    Task<Joined> join(std::string key);
    [[nodiscard]] std::size_t size() const { return flights_.size(); }

private:
    std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace base
