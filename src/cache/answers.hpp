// The tiers together: memory of the process, then Redis, then whoever makes the answer. Where a request is
// looked up depends on the version of its user's library, so a write never has to find and delete anything.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "base/single_flight.hpp"
#include "cache/flights.hpp"
#include "cache/memory.hpp"
#include "cache/versions.hpp"
#include "guard/circuit_breaker.hpp"
#include "http/router.hpp"
#include "redis/connection.hpp"

namespace cache {

/// Where answers came from since the start, per kind of route.
struct Counts {
    std::atomic<std::uint64_t> memory{0};
    std::atomic<std::uint64_t> redis{0};
    std::atomic<std::uint64_t> shared{0};  ///< somebody else was making it
    std::atomic<std::uint64_t> made{0};
};

/// What the workers of a process have in common.
struct Shared {
    Shared(std::size_t memory_bytes, VersionsOptions options)
        : versions(options, &watches), memory(memory_bytes) {}
    Watches watches;
    Versions versions;
    Memory memory;
    Flights flights;
    std::array<Counts, http::kCacheKinds> counts;
};

/// A line per kind of route that was asked for: how many answers came from where, and memory's state.
void log_counts(const Shared& shared);

struct AnswersOptions {
    std::string prefix = "xbm:";
    std::array<std::chrono::seconds, http::kCacheKinds> ttl{};
    std::chrono::milliseconds redis_patience{50};
    std::chrono::milliseconds flight_patience{10'000};
    std::vector<http::Coding> codings;
    std::size_t compression_min_bytes = 1024;
    int gzip_level = 6;
    bool enabled = true;
};

/// One per worker.
class Answers {
public:
    static constexpr std::chrono::seconds kForgetPatience{10};
    using ReadVersion = std::function<base::Task<base::Result<std::int64_t>>(base::UserId)>;
    /// What the handler of `call.route` answers; the caller may make it wait for its turn, or refuse it.
    using Make = std::function<base::Task<http::Response>(http::Call& call)>;

    /// `read_version` asks the database. All must outlive it.
    Answers(Shared& shared, redis::Connection& redis, ReadVersion read_version, AnswersOptions options,
            const base::Clock& clock);

    /// The finished answer to a GET of a route without path parameters, if it is in memory and known to be
    /// current. Never waits. `raw_query` as received.
    [[nodiscard]] AnswerPointer find(base::UserId user, const http::Route& route, std::string_view raw_query);
    /// Answers a GET of a route that has a cache kind: from a tier, or by `make_response`, which must outlive
    /// the task. Sets `call.library_version` before that, and `call.cache`.
    base::Task<http::Response> serve(http::Call& call, const Make& make_response);
    /// Writes an answer through: `response` is what a GET of `route` with these path parameters would get
    /// now, at the version that it shows. `call` is the write.
    void put(const http::Call& call, const http::Route& route, const std::vector<std::string>& parameters,
             const http::Response& response);
    /// Removes all answers of a user who was erased, from the memory of this process and from Redis. Walks
    /// through all keys of Redis in small steps, for `kForgetPatience` at most; what is left after that, or
    /// without Redis, ends with its time to live.
    base::Task<void> forget(base::UserId user);
    /// Of the breaker in front of Redis.
    [[nodiscard]] guard::CircuitBreaker::State redis_state() const { return breaker_.state(); }
    [[nodiscard]] bool enabled() const { return options_.enabled; }

private:
    struct Request;
    base::Task<base::Result<std::int64_t>> current_version(base::UserId user);
    base::Task<AnswerPointer> fetch(const std::string& key, const Request& request);
    base::Task<http::Response> make(http::Call& call, const Make& make_response, const Request& request,
                                    Flights::Lead* lead);
    [[nodiscard]] AnswerPointer finish(const http::Call& call, const http::Response& response,
                                       const http::Route& route) const;
    void store(const std::string& key, const Request& request, std::int64_t version,
               const AnswerPointer& answer);
    void keep_alias(const http::Call& call, const Request& request, const AnswerPointer& answer);
    [[nodiscard]] std::string place_of(const Request& request, std::int64_t version) const;
    [[nodiscard]] Counts& counts(const http::Route& route);

    Shared& shared_;
    redis::Connection& redis_;
    ReadVersion read_version_;
    AnswersOptions options_;
    const base::Clock& clock_;
    guard::CircuitBreaker breaker_;
    base::SingleFlight version_reads_;  ///< by user
    std::string key_;                   ///< reused by `find`
};

}  // namespace cache
