#include "jobs/journal.hpp"

#include <algorithm>
#include <charconv>

#include "jobs/job_json.hpp"

namespace jobs {
namespace {

constexpr std::chrono::milliseconds kPatience{250};
constexpr std::string_view kKept = "86400";  // s
constexpr std::size_t kForgottenAtATime = 500;

}  // namespace

std::string Journal::key_of(base::JobId id) const {
    return prefix_ + "job:" + base::to_string(id.uuid) + ":events";
}

base::Task<void> Journal::tell(const Job& job) {
    if (redis_.ready()) {
        const std::string key = key_of(job.id);
        // An event that comes behind a later one is refused by Redis, and is of no use any more.
        static_cast<void>(co_await redis_.run({"XADD", key, "MAXLEN", "~", std::to_string(kEventsMax),
                                               std::to_string(job.version) + "-1", "job", write_entry(job)},
                                              kPatience));
        static_cast<void>(co_await redis_.run({"EXPIRE", key, std::string(kKept)}, kPatience));
    }
    watches_.raise(job.id.uuid, job.version);
}

base::Task<std::vector<Job>> Journal::read(base::JobId id, std::int64_t version) {
    std::vector<Job> events;
    if (!redis_.ready()) co_return events;
    const auto reply = co_await redis_.run(
        {"XRANGE", key_of(id), std::to_string(version + 1) + "-0", "+", "COUNT", std::to_string(kEventsMax)},
        kPatience);
    if (!reply || reply->kind != redis::Reply::Kind::array) co_return events;
    for (const redis::Reply& entry : reply->items) {
        if (entry.items.size() != 2 || entry.items[1].items.size() != 2) continue;
        auto job = read_entry(entry.items[1].items[1].text);
        if (job && job->version > version) events.push_back(*std::move(job));
    }
    co_return events;
}

base::Task<void> Journal::forget(std::vector<base::JobId> ids) {
    for (std::size_t begin = 0; begin < ids.size() && redis_.ready(); begin += kForgottenAtATime) {
        std::vector<std::string> words{"UNLINK"};
        for (std::size_t i = begin; i < std::min(ids.size(), begin + kForgottenAtATime); ++i)
            words.push_back(key_of(ids[i]));
        static_cast<void>(co_await redis_.run(std::move(words), kPatience));
    }
}

void hear(cache::Watches& watches, std::string_view payload) {
    constexpr std::string_view kJob = "job ";
    constexpr std::size_t kUuidLength = 36;
    if (!payload.starts_with(kJob) || payload.size() < kJob.size() + kUuidLength + 2) return;
    const auto id = base::parse_uuid(payload.substr(kJob.size(), kUuidLength));
    const std::string_view number = payload.substr(kJob.size() + kUuidLength + 1);
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), version);
    if (id && error == std::errc{}) watches.raise(*id, version);
}

}  // namespace jobs
