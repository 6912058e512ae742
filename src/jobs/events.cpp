#include "jobs/events.hpp"

#include <atomic>
#include <charconv>

namespace jobs {
namespace {

using base::Errc;
using base::Result;
using base::Task;

/// How long a stream goes without looking: a notification that got lost is made good by it.
constexpr std::chrono::seconds kPatience{10};
constexpr std::chrono::seconds kPatienceAfterError{1};

class JobEvents final : public http::Events {
public:
    JobEvents(const Live& live, base::UserId user, base::JobId id, std::optional<std::int64_t> last,
              View view, const std::shared_ptr<http::Bell>& bell)
        : jobs_(live.jobs),
          journal_(live.journal),
          user_(user),
          id_(id),
          told_(last.value_or(-1)),
          resumes_(last.has_value()),
          view_(std::move(view)),
          watch_(live.journal.watches(), id.uuid, [bell](std::int64_t) { bell->ring(); }) {}

    Task<Result<std::string>> take() override {
        // The row first: it is the newest state whatever the journal knows.
        const auto found = co_await jobs_.find(user_, id_);
        has_failed_ = !found;
        if (!found) co_return std::unexpected(found.error());
        std::string frames;
        if (!greeted_ && view_.greeting != nullptr)
            frames += http::event_frame(std::max<std::int64_t>(told_, 0), "", view_.greeting(id_));
        greeted_ = true;
        if (!*found) {  // its account was erased, or it is too old
            has_ended_ = true;
            co_return frames;
        }
        const Job& now = **found;
        if (now.version > told_ && (told_ >= 0 || resumes_)) {
            for (const Job& job : co_await journal_.read(id_, told_))
                if (job.version < now.version) frames += frame_of(job);
        }
        // One that has ended says so again to whoever asks: the client cannot know that it was the last
        // event.
        const bool repeats = is_finished(now.state) && !has_ended_;
        if (now.version > told_ || repeats) frames += frame_of(now);
        has_ended_ = is_finished(now.state);
        co_return frames;
    }

    [[nodiscard]] bool ended() const override { return has_ended_; }
    [[nodiscard]] std::chrono::milliseconds patience() const override {
        return has_failed_ ? kPatienceAfterError : kPatience;
    }

private:
    std::string frame_of(const Job& job) {
        told_ = std::max(told_, job.version);
        const Shown shown = view_.show(job);
        return http::event_frame(job.version, shown.event, shown.data);
    }

    Jobs& jobs_;
    Journal& journal_;
    base::UserId user_;
    base::JobId id_;
    std::int64_t told_;  ///< version of the last event
    bool resumes_;
    View view_;
    bool greeted_ = false;
    bool has_failed_ = false;
    bool has_ended_ = false;
    cache::Watches::Watch watch_;
};

std::optional<std::int64_t> read_last(const http::Call& call) {
    const auto last = http::last_event_id(call);
    if (!last) return {};
    std::int64_t version = 0;
    const auto [end, error] = std::from_chars(last->data(), last->data() + last->size(), version);
    if (error != std::errc{} || end != last->data() + last->size() || version < 0) return {};
    return version;
}

}  // namespace

Task<http::Response> stream(const Live& live, http::Call& call, std::optional<Type> type, bool tells_foreign,
                            View view, std::unique_ptr<http::Lease> lease) {
    const base::Error missing{Errc::job_not_found, "The job does not exist", {}, {}};
    if (call.parameters.empty() || call.parameters.front().empty())
        co_return http::problem(call, {Errc::job_id_required, "The path names no job", {}, {}});
    const auto id = base::parse_uuid(call.parameters.front());
    if (!id) co_return http::problem(call, missing);
    const auto job = co_await live.jobs.find(call.principal->user, {*id}, type);
    if (!job) co_return http::problem(call, job.error());
    if (!*job) {
        if (!tells_foreign) co_return http::problem(call, missing);
        const auto owner = co_await live.jobs.owner({*id});
        if (!owner) co_return http::problem(call, owner.error());
        if (!*owner || **owner == call.principal->user) co_return http::problem(call, missing);
        co_return http::problem(call, {Errc::access_denied, "The job belongs to somebody else", {}, {}});
    }
    auto bell = live.streams.make_bell();
    auto events = std::make_unique<JobEvents>(live, call.principal->user, base::JobId{*id}, read_last(call),
                                              std::move(view), bell);
    co_return live.streams.open(call, std::move(events), std::move(bell), std::move(lease));
}

}  // namespace jobs
