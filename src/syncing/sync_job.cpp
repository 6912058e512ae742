#include "syncing/sync_job.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <random>

#include "base/json_writer.hpp"
#include "base/log.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/search_document.hpp"
#include "bookmarks/statistics.hpp"
#include "jobs/jobs.hpp"
#include "syncing/page_writer.hpp"
#include "syncing/sync_sql.hpp"

namespace syncing {
namespace {

namespace log = base::log;
using base::Result;
using base::Task;
using jobs::PauseReason;
using postgres::Commands;
using postgres::Params;
using std::chrono::milliseconds;

constexpr int kTriesMax = 3;
constexpr milliseconds kLongestRetry{30'000};
constexpr std::chrono::minutes kUnavailablePause{5};
constexpr int kUnavailableMax = 12;
constexpr milliseconds kJitterMax{2'000};
constexpr std::int64_t kDueAtATime = 200;
constexpr std::int64_t kGoneAtATime = 200;
constexpr std::int64_t kAuditedAtATime = 100;  // of one request
constexpr std::chrono::days kAuditEvery{30};   // each post

milliseconds jitter(milliseconds most) {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return milliseconds(
        std::uniform_int_distribution<std::int64_t>(0, std::max<std::int64_t>(most.count(), 0))(generator));
}

jobs::Outcome failed(std::string code, std::string message, bool retry = false) {
    return jobs::Failed{.fault = {std::move(code), std::move(message)}, .retry = retry};
}

jobs::Outcome paused(PauseReason reason, std::optional<base::Time> until) {
    return jobs::Paused{.reason = reason, .resume_at = until};
}

/// Of a refusal, or what X said; never empty.
std::string sentence(const std::string& said, std::string_view otherwise) {
    return said.empty() ? std::string(otherwise) : said;
}

}  // namespace

std::string write_options(RunOptions options) {
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .member("fullSync", options.full)
        .member("forceSync", options.force)
        .end_object();
    return out;
}

RunOptions read_options(std::string_view text) {
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(text, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    const auto flag = [object](std::string_view name) {
        const boost::json::value* member = object == nullptr ? nullptr : object->if_contains(name);
        return member != nullptr && member->is_bool() && member->get_bool();
    };
    return {.full = flag("fullSync"), .force = flag("forceSync")};
}

/// One run, from claim to outcome. A step that returns an outcome ends it.
class SyncHandler::Session {
public:
    Session(SyncHandler& handler, jobs::Run& run)
        : handler_(handler),
          clock_(handler.clock_),
          run_(run),
          job_(run.job()),
          full_(read_options(job_.options).full),
          checkpoint_(read_checkpoint(job_.checkpoint.value_or("{}"))) {}

    Task<jobs::Outcome> work() {
        const base::SteadyTime started = clock_.steady();
        for (;;) {
            if (checkpoint_.is_complete && handler_.options_.audits && !checkpoint_.is_audited)
                co_await audit();
            if (checkpoint_.is_complete) co_return co_await completed(started);
            if (run_.stop() != jobs::Stop::none) co_return jobs::Stopped{};
            auto credentials = co_await handler_.x_.accounts.credentials(job_.user);
            if (!credentials) {
                if (auto outcome = co_await refused(credentials.error())) co_return *outcome;
                continue;
            }
            const Money estimate = price_of(*credentials) * page_size(full_, checkpoint_.pages);
            if (auto outcome = co_await wait_for_money(estimate)) co_return *outcome;
            const x::Answer answer = co_await ask(*credentials);
            run_.fault_point("sync.asked");
            if (answer.verdict.decision != x::Decision::ok) {
                if (auto outcome = co_await not_ok(std::move(*credentials), answer)) co_return *outcome;
                continue;
            }
            tries_ = 0;
            refreshed_ = false;
            auto written =
                co_await write_page(handler_.database_, handler_.announcer_, clock_, run_, checkpoint_,
                                    {.answer = answer,
                                     .full = full_,
                                     .unit_price = price_of(*credentials),
                                     .expected = context_});
            run_.fault_point("sync.written");
            if (!written) {
                if (auto outcome = co_await not_written(written.error())) co_return *outcome;
                continue;
            }
            if (!std::exchange(is_counted_, true)) co_await bookmarks::count_uncounted(handler_.database_);
            // A page without anything new is seldom followed by one that is new.
            context_ = written->checkpoint.added > checkpoint_.added ? std::optional(written->context)
                                                                     : std::nullopt;
            checkpoint_ = std::move(written->checkpoint);
            static_cast<void>(co_await run_.report(progress_of(checkpoint_, "syncing")));
            if (written->is_last) continue;
            if (auto outcome = co_await pace(answer.rate_limit)) co_return *outcome;
        }
    }

private:
    using Maybe = std::optional<jobs::Outcome>;

    [[nodiscard]] Money price_of(const x::Credentials& credentials) const {
        const Prices& prices = handler_.options_.prices;
        return credentials.owns_app ? prices.owned_read : prices.post_read;
    }

    // Beside the run: whatever keeps it from being done, the run is complete, and the next one tries again.
    Task<void> audit() {
        const base::Time now = clock_.now();
        const auto rows =
            co_await handler_.database_.run(sql::kSelectToAudit, std::move(Params()
                                                                               .uuid(job_.user.uuid)
                                                                               .uuid(job_.id.uuid)
                                                                               .time(now - kAuditEvery)
                                                                               .int8(kAuditedAtATime)));
        if (!rows || rows->empty() || run_.stop() != jobs::Stop::none) co_return;
        std::vector<std::string> ids;
        for (std::size_t i = 0; i < rows->size(); ++i)
            ids.emplace_back((*rows)[i].text(0));
        auto credentials = co_await handler_.x_.accounts.credentials(job_.user);
        if (!credentials) co_return;
        const Money price = handler_.options_.prices.post_read;
        if (co_await wait_for_money(price * static_cast<Money>(ids.size()))) co_return;
        const x::Answer answer = co_await handler_.x_.client.posts(*credentials, ids);
        if (answer.verdict.decision != x::Decision::ok) co_return;
        auto written =
            co_await write_audit(handler_.database_, handler_.announcer_, clock_, run_, checkpoint_,
                                 {.answer = answer, .full = false, .unit_price = price}, ids);
        run_.fault_point("sync.audited");
        if (written) checkpoint_ = *std::move(written);
    }

    Task<x::Answer> ask(const x::Credentials& credentials) {
        co_return co_await handler_.x_.client.bookmarks(
            credentials,
            {.max_results = page_size(full_, checkpoint_.pages), .pagination_token = checkpoint_.cursor});
    }

    Task<Maybe> wait_for_money(Money estimate) {
        const base::Time now = clock_.now();
        const base::Time day =
            std::chrono::time_point_cast<base::Time::duration>(std::chrono::floor<std::chrono::days>(now));
        const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
        const base::Time month = std::chrono::time_point_cast<base::Time::duration>(
            std::chrono::sys_days(today.year() / today.month() / 1));
        const auto rows = co_await handler_.database_.run(
            sql::kSelectSpent, std::move(Params().uuid(job_.user.uuid).time(day).time(month)));
        if (!rows) co_return co_await not_written(rows.error());
        const postgres::Row row = (*rows)[0];
        const auto cap = [&row](int column) {
            return row.is_null(column) ? std::nullopt : std::optional<Money>(row.integer(column));
        };
        const Caps caps = lower_of(handler_.options_.caps, {.daily = cap(2), .monthly = cap(3)});
        const auto until =
            wait_for_budget(caps, {.today = row.integer(0), .month = row.integer(1)}, estimate, now);
        if (!until) co_return std::nullopt;
        co_return paused(PauseReason::budget, until);
    }

    Task<Maybe> refused(const x::Refusal& refusal) {
        using Reason = x::Refusal::Reason;
        switch (refusal.reason) {
            case Reason::not_connected:
                co_return failed("AUTHENTICATION_REQUIRED", "The account is not connected with X.");
            case Reason::no_app:
                co_return failed("OAUTH_SERVICE_UNAVAILABLE", "The server has no X app.");
            case Reason::not_enrolled:
                co_return failed("X_NOT_ENROLLED",
                                 sentence(refusal.problem, "X does not let the app use its API."));
            case Reason::needs_reauth:
                co_return paused(PauseReason::needs_reauth, std::nullopt);
            case Reason::rate_limited:
                co_return co_await limited(refusal.until);
            case Reason::breaker:
                co_return paused(PauseReason::breaker, refusal.until);
            case Reason::unavailable:
                co_return co_await unavailable(refusal.problem);
            case Reason::internal:
                break;
        }
        co_return co_await not_written(refusal.error);
    }

    // Contract 4.5, by line.
    Task<Maybe> not_ok(x::Credentials credentials, const x::Answer& answer) {
        using x::Decision;
        switch (answer.verdict.decision) {
            case Decision::switch_dialect:
                if (checkpoint_.switched) break;
                checkpoint_.switched = true;
                co_return co_await after(
                    handler_.x_.accounts.record_dialect(job_.user, x::other(credentials.dialect)));
            case Decision::bad_cursor:
                if (checkpoint_.restarted) break;
                checkpoint_.restarted = true;
                checkpoint_.cursor.reset();
                note("X did not take the cursor any more; the run began again at the first page.");
                co_return co_await save();
            case Decision::unauthorized: {
                if (refreshed_) {
                    static_cast<void>(
                        co_await handler_.x_.accounts.set_status(credentials, x::Status::needs_reauth));
                    co_return paused(PauseReason::needs_reauth, std::nullopt);
                }
                refreshed_ = true;
                const auto fresh = co_await handler_.x_.accounts.refresh(std::move(credentials));
                if (!fresh) co_return co_await refused(fresh.error());
                co_return std::nullopt;
            }
            case Decision::budget:
                co_return paused(PauseReason::budget, next_day(clock_.now()));
            case Decision::needs_reauth:
                static_cast<void>(co_await handler_.x_.accounts.set_status(std::move(credentials),
                                                                           x::Status::needs_reauth));
                co_return failed(
                    "X_NEEDS_REAUTH",
                    sentence(answer.problem, "X does not allow this any more; please log in with X again."));
            case Decision::not_enrolled:
                static_cast<void>(co_await handler_.x_.accounts.set_status(std::move(credentials),
                                                                           x::Status::not_enrolled));
                co_return failed("X_NOT_ENROLLED",
                                 sentence(answer.problem, "X does not let the app use its API."));
            case Decision::user_gone:
                co_return failed("USER_NOT_FOUND", "X does not know the account any more.");
            case Decision::rate_limited:
                co_return co_await limited(answer.verdict.until);
            case Decision::unavailable:
                co_return co_await unavailable(answer.problem);
            case Decision::breaker:
                co_return paused(PauseReason::breaker, answer.verdict.until);
            case Decision::bad_request:
            case Decision::ok:
                break;
        }
        co_return failed("X_BAD_REQUEST", sentence(answer.problem, "X refused the request."));
    }

    Task<Maybe> limited(std::optional<base::Time> until) {
        if (until) co_return paused(PauseReason::rate_limit, *until + jitter(kJitterMax));
        const base::Time at = clock_.now() + wait_after_limit(checkpoint_.limited);
        ++checkpoint_.limited;
        if (auto outcome = co_await save()) co_return outcome;
        co_return paused(PauseReason::rate_limit, at + jitter(kJitterMax));
    }

    // The same cursor again, after a while; then after long whiles; then no more.
    Task<Maybe> unavailable(const std::string& problem) {
        if (++tries_ < kTriesMax) {
            const milliseconds most =
                std::min<milliseconds>(kLongestRetry, handler_.options_.retry_first * (1 << (tries_ - 1)));
            static_cast<void>(co_await run_.sleep(jitter(most)));
            co_return std::nullopt;
        }
        note(sentence(problem, "X did not answer."));
        if (++checkpoint_.unavailable > kUnavailableMax)
            co_return failed("X_UNAVAILABLE", sentence(problem, "X did not answer for an hour."));
        if (auto outcome = co_await save()) co_return outcome;
        co_return paused(PauseReason::x_unavailable, clock_.now() + kUnavailablePause);
    }

    // Our own database. What it may have written is found again by the checkpoint of the next attempt.
    Task<Maybe> not_written(const base::Error& error) {
        if (error.code == base::Errc::user_not_found)
            co_return failed("USER_NOT_FOUND", "The account does not exist any more.");
        co_return failed("SYNC_ERROR", "The library could not be written.", true);
    }

    Task<Maybe> after(Task<Result<void>> step) {
        const auto done = co_await std::move(step);
        if (!done) co_return co_await not_written(done.error());
        co_return co_await save();
    }

    Task<Maybe> save() {
        Commands commands;
        run_.checkpoint(commands, write_checkpoint(checkpoint_), progress_of(checkpoint_, "syncing"));
        const auto saved = co_await handler_.database_.run(std::move(commands));
        if (!saved) co_return co_await not_written(saved.error());
        co_return std::nullopt;
    }

    Task<Maybe> pace(const x::RateLimit& rate_limit) {
        if (rate_limit.remaining && *rate_limit.remaining == 0 && rate_limit.reset &&
            *rate_limit.reset > clock_.now())
            co_return paused(PauseReason::rate_limit, *rate_limit.reset + jitter(kJitterMax));
        if (handler_.options_.is_paced) static_cast<void>(co_await run_.sleep(pause_after(rate_limit)));
        co_return std::nullopt;
    }

    void note(std::string error) {
        constexpr std::size_t kErrorsMax = 20;
        if (checkpoint_.errors.size() < kErrorsMax) checkpoint_.errors.push_back(std::move(error));
    }

    Task<jobs::Outcome> completed(base::SteadyTime started) {
        const auto spent = co_await handler_.database_.run(
            sql::kSumSpend, std::move(Params().uuid(job_.user.uuid).time(job_.started_at)));
        if (!spent) co_return *(co_await not_written(spent.error()));
        const auto milliseconds_passed =
            std::chrono::duration_cast<milliseconds>(clock_.steady() - started).count();
        std::string result;
        base::JsonWriter(result)
            .begin_object()
            .member("totalFetched", checkpoint_.fetched)
            .member("newBookmarks", checkpoint_.added)
            .member("updatedBookmarks", checkpoint_.updated)
            .member("unchangedBookmarks", checkpoint_.unchanged)
            .member("unbookmarked", checkpoint_.unbookmarked)
            .member("errors", checkpoint_.errors)
            .member("syncTime", static_cast<std::int64_t>(milliseconds_passed))
            .member("requests", checkpoint_.requests)
            .member("amount", static_cast<double>((*spent)[0].integer(0)) / kDollar)
            .member("partialSuccess", !checkpoint_.errors.empty())
            .end_object();
        jobs::Progress progress = progress_of(checkpoint_, "completed");
        progress.total = progress.current;
        progress.percentage = 100;
        co_return jobs::Completed{.result = std::move(result), .progress = std::move(progress)};
    }

    SyncHandler& handler_;
    const base::Clock& clock_;
    jobs::Run& run_;
    const jobs::Claim& job_;
    bool full_;
    Checkpoint checkpoint_;
    int tries_ = 0;
    bool refreshed_ = false;
    bool is_counted_ = false;
    std::optional<RowContext> context_;
};

// SAFETY: the session lives in this frame.
Task<jobs::Outcome> SyncHandler::run(jobs::Run& run) {
    Session session(*this, run);
    co_return co_await session.work();
}

// Nothing of a sync lies outside the database.
Task<void> SyncHandler::clean_up(base::UserId, base::JobId) {
    co_return;
}

Task<void> SyncHandler::enqueue_due() {
    if (options_.interval.count() == 0) co_return;
    const base::Time now = clock_.now();
    const auto rows = co_await database_.run(
        sql::kSelectDue, std::move(Params().time(now - options_.interval).int8(kDueAtATime)));
    if (!rows) co_return;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        Commands commands;
        jobs::Jobs::enqueue({.user = {(*rows)[i].uuid(0)},
                             .id = {base::make_uuid(now)},
                             .type = jobs::Type::sync,
                             .options = write_options({}),
                             .priority = jobs::Priority::scheduled,
                             .max_attempts = kAttemptsMax,
                             .now = now},
                            commands);
        // Somebody may have asked for one in between: then it is that one.
        static_cast<void>(co_await database_.run(std::move(commands)));
    }
}

Task<void> SyncHandler::apply_policy() {
    const base::Time now = clock_.now();
    static_cast<void>(
        co_await database_.run(sql::kForgetBilled, std::move(Params().time(now - std::chrono::days{1}))));
    if (options_.policy == ContentPolicy::keep) co_return;
    const auto rows = co_await database_.run(
        sql::kSelectGone, std::move(Params().time(now - options_.policy_after).int8(kGoneAtATime)));
    if (!rows) co_return;
    for (std::size_t i = 0; i < rows->size(); ++i) {
        const base::UserId user{(*rows)[i].uuid(0)};
        const std::vector<std::string> post{std::string((*rows)[i].text(1))};
        auto tx = co_await database_.begin();
        if (!tx) co_return;
        Commands read;
        read.push_back({bookmarks::sql::kLockLibrary, std::move(Params().uuid(user.uuid)), {}});
        read.push_back(
            {bookmarks::sql::kSelectByPosts, std::move(Params().uuid(user.uuid).text_array(post)), {}});
        const auto found = co_await tx->run(std::move(read));
        if (!found) co_return;
        if ((*found)[0].empty() || (*found)[1].empty()) continue;
        const std::int64_t version = (*found)[0][0].integer(0);
        bookmarks::Bookmark row = bookmarks::sql::read_bookmark((*found)[1][0]);
        Commands write;
        if (options_.policy == ContentPolicy::purge) {
            write.push_back(bookmarks::sql::delete_rows(user, version, std::vector{row.id.uuid}, now));
        } else {
            bookmarks::Draft& draft = row.draft;
            draft.content.clear();
            draft.media.clear();
            draft.links.clear();
            draft.author_username.clear();
            draft.author_display_name.clear();
            draft.author_avatar_url.reset();
            const std::string prefix = bookmarks::lexeme_prefix((*found)[0][0].integer(1));
            write.push_back(bookmarks::sql::update_rows(user, version, prefix, std::vector{row}, now));
        }
        static_cast<void>(co_await announcer_.commit(*tx, std::move(write), user, {1}));
    }
}

}  // namespace syncing
