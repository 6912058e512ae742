#include "jobs/runner.hpp"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <map>
#include <random>
#include <utility>

#include "base/fault_point.hpp"
#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "jobs/decision.hpp"
#include "jobs/jobs_sql.hpp"

namespace jobs {
namespace {

namespace asio = base::asio;
namespace log = base::log;
using base::Result;
using postgres::Params;
using std::chrono::milliseconds;

constexpr milliseconds kReportInterval{250};
constexpr milliseconds kRetry{500};
constexpr milliseconds kShortest{10};
/// For a statement that is on its way.
constexpr milliseconds kLoopPatience{5'000};
constexpr std::int64_t kDeletedAtATime = 500;
constexpr std::int64_t kCleanedAtATime = 100;
constexpr milliseconds kRetentionEvery = std::chrono::hours{1};
/// A lease is given up before the rescuer of another process can take it.
constexpr milliseconds kLeaseMargin{2'000};

base::Task<void> wait_on(asio::steady_timer& timer) {
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

std::string error_json(const Fault& fault) {
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .member("code", fault.code)
        .member("message", fault.message)
        .end_object();
    return out;
}

const Fault& lost_often() {
    static const Fault kFault{"JOB_STALLED", "The server ended several times while this job ran."};
    return kFault;
}

double random_part() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

}  // namespace

/// One claim at work.
class Runner::Work final : public Run {
public:
    Work(Runner& runner, Claim claim, base::SteadyTime leased_until)
        : runner_(runner), claim_(std::move(claim)), leased_until_(leased_until), timer_(runner.io_) {}

    [[nodiscard]] const Claim& job() const override { return claim_; }
    [[nodiscard]] Stop stop() const override { return stop_; }

    void checkpoint(postgres::Commands& commands, std::string_view json,
                    const Progress& progress) const override {
        commands.push_back({sql::kCheckpoint,
                            std::move(Params()
                                          .uuid(claim_.user.uuid)
                                          .uuid(claim_.id.uuid)
                                          .uuid(claim_.token)
                                          .jsonb(json)
                                          .jsonb(sql::write_progress(progress))),
                            {}});
    }

    base::Task<Result<void>> report(Progress progress) override {
        const base::SteadyTime now = runner_.clock_.steady();
        if (reported_ && now - *reported_ < kReportInterval) co_return Result<void>{};
        reported_ = now;
        const auto rows = co_await runner_.database_.run(
            sql::kReport, std::move(Params()
                                        .uuid(claim_.user.uuid)
                                        .uuid(claim_.id.uuid)
                                        .uuid(claim_.token)
                                        .jsonb(sql::write_progress(progress))));
        if (!rows) co_return std::unexpected(rows.error());
        if (rows->empty()) {
            ask_to(Stop::lost);
            co_return Result<void>{};
        }
        co_await runner_.journal_.tell(sql::read_job((*rows)[0]));
        co_return Result<void>{};
    }

    base::Task<bool> sleep(milliseconds duration) override {
        if (stop_ != Stop::none) co_return false;
        timer_.expires_after(duration);
        co_await wait_on(timer_);
        co_return stop_ == Stop::none;
    }

    void fault_point(std::string_view name) const override { base::pass_fault_point(name); }

    /// What came first counts, but for a lost claim.
    void ask_to(Stop stop) {
        if (stop_ != Stop::none && stop != Stop::lost) return;
        stop_ = stop;
        timer_.cancel();
    }
    void lease(base::SteadyTime until) { leased_until_ = until; }
    [[nodiscard]] base::SteadyTime leased_until() const { return leased_until_; }

private:
    Runner& runner_;
    Claim claim_;
    base::SteadyTime leased_until_;
    std::atomic<Stop> stop_{Stop::none};
    std::optional<base::SteadyTime> reported_;
    asio::steady_timer timer_;
};

Runner::Runner(asio::io_context& io, postgres::Pool& database, postgres::ConnectionOptions connection,
               Journal& journal, const base::Clock& clock, RunnerOptions options)
    : io_(io),
      database_(database),
      journal_(journal),
      clock_(clock),
      options_(std::move(options)),
      schedule_(io, database, clock),
      listener_(io, std::move(connection), std::string(sql::kChannel),
                {.notified = [this](std::string_view payload) { hear(payload); },
                 .state = [this](bool) { ring(); }},
                clock),
      bell_(io),
      beat_(io),
      ended_(io) {
    schedule_.add("jobs.delete_old", kRetentionEvery, [this] { return delete_old(); });
}

Runner::~Runner() {
    alive_.reset();
}

void Runner::start(bool alone) {
    listener_.start();
    schedule_.start();
    loops_ = 2;
    asio::co_spawn(io_, claim_for_ever(alone), asio::detached);
    asio::co_spawn(io_, beat_for_ever(), asio::detached);
}

base::Task<void> Runner::stop(milliseconds patience) {
    stopping_ = true;
    schedule_.stop();
    bell_.cancel();
    for (const auto& work : running_)
        work->ask_to(Stop::shutting_down);
    const base::SteadyTime end = clock_.steady() + patience;
    while (!running_.empty() && clock_.steady() < end) {
        ended_.expires_at(end);
        co_await wait_on(ended_);
    }
    listener_.stop();
    const base::SteadyTime last = clock_.steady() + kLoopPatience;
    while (loops_ > 0 && clock_.steady() < last) {
        bell_.cancel();
        beat_.cancel();
        ended_.expires_after(kShortest);
        co_await wait_on(ended_);
    }
}

void Runner::hear(std::string_view payload) {
    if (payload.starts_with("queued ")) ring();
    if (payload == "cancel") {
        beat_now_ = true;
        beat_.cancel();
    }
    jobs::hear(journal_.watches(), payload);
}

void Runner::ring() {
    rung_ = true;
    bell_.cancel();
}

std::size_t Runner::room(Type type) const {
    const auto index = static_cast<std::size_t>(type);
    if (options_.handlers.at(index) == nullptr) return 0;
    const auto busy = static_cast<std::size_t>(
        std::ranges::count_if(running_, [type](const auto& one) { return one->job().type == type; }));
    const std::size_t most = options_.concurrency.at(index);
    return busy < most ? most - busy : 0;
}

base::Task<void> Runner::claim_for_ever(bool alone) {
    // Their leases end by themselves as well, only later.
    if (alone)
        static_cast<void>(co_await database_.run(sql::kAbandon, std::move(Params().text(options_.place))));
    if (!stopping_) co_await rescue();
    while (!stopping_) {
        rung_ = false;
        bool failed = false;
        for (std::size_t i = 0; i < kTypes && !stopping_; ++i)
            if (room(static_cast<Type>(i)) > 0) failed = !co_await claim(static_cast<Type>(i)) || failed;
        if (stopping_ || rung_) continue;
        if (failed) {
            bell_.expires_after(kRetry);
            co_await wait_on(bell_);
        } else {
            co_await wait_for_work();
        }
    }
    --loops_;
}

// Until somebody tells of work, a running job ends, one that waits becomes due, or it is time to look.
base::Task<void> Runner::wait_for_work() {
    milliseconds wait = listener_.listening() ? options_.poll : options_.poll_untold;
    const auto due = co_await database_.run(sql::kNextDue, {});
    if (due && !due->empty()) {
        if (const auto at = (*due)[0].maybe_time(0)) {
            const auto left = std::chrono::ceil<milliseconds>(*at - clock_.now());
            wait = std::clamp(left, kShortest, wait);
        }
    }
    if (rung_ || stopping_) co_return;
    bell_.expires_after(wait);
    co_await wait_on(bell_);
    if (!stopping_) co_await rescue();
}

base::Task<bool> Runner::claim(Type type) {
    const base::Uuid token = base::make_uuid(clock_.now());
    const base::SteadyTime asked = clock_.steady();
    const base::Time now = clock_.now();
    const std::size_t wanted = room(type);
    const auto rows =
        co_await database_.run(sql::kClaim, std::move(Params()
                                                          .text(to_string(type))
                                                          .text(options_.place)
                                                          .int8(static_cast<std::int64_t>(wanted))
                                                          .uuid(token)
                                                          .time(now)
                                                          .time(now + options_.lease)));
    if (!rows) co_return false;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        auto work =
            std::make_shared<Work>(*this, sql::read_claim((*rows)[i], token, type), asked + options_.lease);
        if (stopping_) work->ask_to(Stop::shutting_down);
        running_.push_back(work);
        asio::co_spawn(io_, work_off(std::move(work)), asio::detached);
    }
    // There may be more than there was room for, or than the few that were looked at.
    if (rows->size() == wanted) rung_ = true;
    co_return true;
}

base::Task<void> Runner::work_off(WorkPointer work) {
    const Claim& job = work->job();
    Handler& handler = *options_.handlers.at(static_cast<std::size_t>(job.type));
    const base::SteadyTime start = clock_.steady();
    log::info(
        "job started",
        {{"job", base::to_string(job.id.uuid)}, {"type", to_string(job.type)}, {"attempt", job.attempt}});
    base::pass_fault_point("job.claimed");
    Outcome outcome = Failed{.fault = {"INTERNAL_ERROR", "The job failed because of an error of the server."},
                             .retry = true};
    try {
        outcome = co_await handler.run(*work);
    } catch (const std::exception& error) {
        log::error("a job ended with an exception",
                   {{"job", base::to_string(job.id.uuid)}, {"error", error.what()}});
    }
    base::pass_fault_point("job.done");
    const bool finished = co_await end(work, std::move(outcome));
    std::erase(running_, work);
    if (finished) co_await clean_up();
    const std::chrono::duration<double, std::milli> passed = clock_.steady() - start;
    if (options_.counters != nullptr)
        options_.counters->observe(observe::Family::job_duration, {to_string(job.type)},
                                   std::chrono::duration_cast<std::chrono::microseconds>(passed));
    log::info("job left", {{"job", base::to_string(job.id.uuid)},
                           {"type", to_string(job.type)},
                           {"duration_ms", passed.count()}});
    ended_.cancel();
    ring();
}

// The end must reach the database, or the job runs again when its lease is over; until then it is tried.
base::Task<bool> Runner::end(const WorkPointer& work, Outcome outcome) {
    for (;;) {
        auto written = co_await write_end(*work, outcome);
        if (written) {
            if (!*written) {
                co_await forget_erased(work->job());
                co_return true;
            }
            count_end(work->job(), (*written)->state, std::holds_alternative<Failed>(outcome));
            co_await journal_.tell(**written);
            co_return is_finished((*written)->state);
        }
        const bool is_lost = work->stop() == Stop::lost || clock_.steady() > work->leased_until();
        if (is_lost || written.error().code != base::Errc::service_unavailable || stopping_) {
            log::error("the end of a job could not be stored",
                       {{"job", base::to_string(work->job().id.uuid)}});
            co_return false;
        }
        asio::steady_timer pause(io_, kRetry);
        co_await wait_on(pause);
    }
}

base::Task<void> Runner::forget_erased(const Claim& job) {
    const auto rows = co_await database_.run(
        sql::kSelect, std::move(Params().uuid(job.user.uuid).uuid(job.id.uuid).null(postgres::Type::text)));
    if (rows && rows->empty()) co_await options_.handlers.at(static_cast<std::size_t>(job.type))->forget(job);
}

void Runner::count_end(const Claim& job, State state, bool failed) const {
    if (options_.counters != nullptr && (failed || state == State::failed))
        options_.counters->add(observe::Family::job_failures, {to_string(job.type), to_string(state)});
}

// Nothing: the job is not this claim's any more.
base::Task<Result<std::optional<Job>>> Runner::write_end(const Work& work, const Outcome& outcome) {
    const Claim& job = work.job();
    const base::Time now = clock_.now();
    Params params;
    params.uuid(job.user.uuid).uuid(job.id.uuid).uuid(job.token);
    const postgres::Statement* statement = nullptr;
    postgres::Commands commands;
    switch (end_of(outcome, work.stop(), job.attempt, job.max_attempts)) {
        case End::none:
            co_return std::nullopt;
        case End::complete: {
            const auto& completed = std::get<Completed>(outcome);
            commands = completed.effect;
            params.jsonb(sql::write_progress(completed.progress)).jsonb(completed.result).time(now);
            statement = &sql::kComplete;
            break;
        }
        case End::fail: {
            const auto* failed = std::get_if<Failed>(&outcome);
            params.jsonb(error_json(failed != nullptr ? failed->fault : lost_often())).time(now);
            statement = &sql::kFail;
            break;
        }
        case End::retry:
            params.time(now + backoff(job.type, job.attempt, random_part())).time(now);
            statement = &sql::kRetry;
            break;
        case End::pause: {
            const auto& paused = std::get<Paused>(outcome);
            params.text(to_string(paused.reason)).time(paused.resume_at).time(now);
            statement = &sql::kPause;
            break;
        }
        case End::release:
            params.time(now);
            statement = &sql::kRelease;
            break;
        case End::cancel:
            params.time(now);
            statement = &sql::kCancelled;
            break;
    }
    commands.push_back({*statement, std::move(params), {}});
    commands.push_back({sql::kSelect,
                        std::move(Params().uuid(job.user.uuid).uuid(job.id.uuid).null(postgres::Type::text)),
                        {}});
    const auto results = co_await database_.run(std::move(commands));
    if (!results) co_return std::unexpected(results.error());
    const bool was_ours = !(*results)[results->size() - 2].empty();
    if (!was_ours || results->back().empty()) co_return std::nullopt;
    co_return sql::read_job(results->back()[0]);
}

base::Task<void> Runner::beat_for_ever() {
    while (!stopping_ || !running_.empty()) {
        beat_now_ = false;
        if (!running_.empty()) co_await renew();
        if (beat_now_) continue;
        beat_.expires_after(options_.beat);
        co_await wait_on(beat_);
    }
    --loops_;
}

base::Task<void> Runner::renew() {
    std::vector<base::Uuid> tokens;
    for (const auto& work : running_)
        tokens.push_back(work->job().token);
    const base::SteadyTime asked = clock_.steady();
    const auto asked_for = running_;  // claims may come and go meanwhile
    const auto rows = co_await database_.run(
        sql::kRenew, std::move(Params().uuid_array(tokens).time(clock_.now() + options_.lease)));
    std::map<std::pair<base::Uuid, base::Uuid>, bool> kept;  // token, job → whether it is to be cancelled
    if (rows) {
        for (std::size_t i = 0; i < rows->size(); ++i)
            kept.emplace(std::pair((*rows)[i].uuid(0), (*rows)[i].uuid(1)), (*rows)[i].boolean(2));
    }
    for (const auto& work : asked_for) {
        if (const auto found = kept.find({work->job().token, work->job().id.uuid}); found != kept.end()) {
            work->lease(asked + options_.lease);
            if (found->second) work->ask_to(Stop::cancelled);
        } else if (rows || clock_.steady() > work->leased_until() - kLeaseMargin) {
            work->ask_to(Stop::lost);
        }
    }
}

base::Task<void> Runner::rescue() {
    const base::Time now = clock_.now();
    const auto lost =
        co_await database_.run(sql::kRescue, std::move(Params().time(now).jsonb(error_json(lost_often()))));
    const auto due = co_await database_.run(sql::kResumeDue, std::move(Params().time(now)));
    for (const auto* rows : {&lost, &due}) {
        if (!*rows) continue;
        for (std::size_t i = 0; i < (*rows)->size(); ++i) {
            const Job job = sql::read_job((**rows)[i]);
            if (rows == &lost)
                log::warn("a job was lost by its process",
                          {{"job", base::to_string(job.id.uuid)}, {"state", to_string(job.state)}});
            co_await journal_.tell(job);
        }
    }
    if (lost || due) co_await clean_up();
}

base::Task<void> Runner::clean_up() {
    std::vector<std::string> types;
    for (std::size_t i = 0; i < kTypes; ++i)
        if (options_.handlers.at(i) != nullptr) types.emplace_back(to_string(static_cast<Type>(i)));
    const auto rows = co_await database_.run(
        sql::kSelectUnclean,
        std::move(Params().text_array(types).text(options_.place).int8(kCleanedAtATime)));
    if (!rows || rows->empty()) co_return;
    std::vector<base::Uuid> users;
    std::vector<base::Uuid> ids;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const base::UserId user{(*rows)[i].uuid(0)};
        const base::JobId id{(*rows)[i].uuid(1)};
        const auto type = parse_type((*rows)[i].text(2));
        // One whose lease was lost may still be at work here: later.
        if (!type || std::ranges::any_of(running_, [id](const auto& one) { return one->job().id == id; }))
            continue;
        co_await options_.handlers.at(static_cast<std::size_t>(*type))->clean_up(user, id);
        users.push_back(user.uuid);
        ids.push_back(id.uuid);
    }
    static_cast<void>(
        co_await database_.run(sql::kSetClean, std::move(Params().uuid_array(users).uuid_array(ids))));
}

base::Task<void> Runner::delete_old() {
    const base::Time before = clock_.now() - std::chrono::days(options_.retention_days);
    std::int64_t all = 0;
    for (;;) {
        const auto rows =
            co_await database_.run(sql::kDeleteOld, std::move(Params().time(before).int8(kDeletedAtATime)));
        if (!rows) co_return;
        all += rows->affected();
        if (rows->affected() < kDeletedAtATime || stopping_) break;
    }
    if (all > 0) log::info("old jobs removed", {{"jobs", all}});
}

}  // namespace jobs
