// For tests: a model of docs/job_states.md, and random operations done to it and to the database alike.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "jobs/database_test.hpp"
#include "jobs/jobs.hpp"
#include "jobs/jobs_sql.hpp"
#include "postgres/pool.hpp"

namespace jobs::test {

using base::Time;
using base::Uuid;
using postgres::Params;
using std::chrono::seconds;

inline constexpr seconds kLease{30};
inline const std::string kHere = "here";
inline constexpr base::Uuid kNoToken{};

/// A row as the model keeps it.
struct Row {
    Uuid user;
    Uuid id;
    Type type{};
    Priority priority{};
    std::string place;
    int max_attempts = 1;
    Time created{};
    State state = State::queued;
    int attempt = 0;
    int stalls = 0;
    Uuid token = kNoToken;
    std::optional<Time> leased_until;
    std::string claimed_by;
    std::string reason;
    std::optional<Time> resume_at;
    std::optional<Time> started;
    std::optional<Time> finished;
    bool cancel = false;
    bool clean = false;
    std::string error;
    int records = -1;  ///< of the checkpoint
    std::int64_t version = 0;
};

inline std::string shown(std::optional<Time> time) {
    if (!time) return "-";
    if (*time == Time::min()) return "over";
    return std::to_string(std::chrono::floor<seconds>(*time).time_since_epoch().count());
}

/// As the test asks for it.
inline std::string shown(const Row& row) {
    const std::string token = row.token == kNoToken ? "-" : base::to_string(row.token);
    std::string out = base::to_string(row.id);
    for (const std::string& part :
         {std::string(to_string(row.state)), std::to_string(row.attempt), std::to_string(row.stalls), token,
          shown(row.leased_until), row.claimed_by, row.reason, shown(row.resume_at), shown(row.started),
          shown(row.finished), std::string(row.cancel ? "cancel" : ""), std::string(row.clean ? "clean" : ""),
          row.error, std::to_string(row.records), std::to_string(row.version)})
        out += "|" + part;
    return out;
}

using Changes = std::set<std::string>;  // `queued --> running`

/// Does the same to the database and to the model.
class Play {
public:
    using Run = std::function<base::Result<postgres::Results>(postgres::Commands)>;

    Play(std::uint64_t seed, const std::vector<Uuid>& users, Run run, Changes& changes)
        : random_(seed), users_(users), run_(std::move(run)), changes_(changes) {}

    void step() {
        using Step = void (Play::*)();
        static constexpr std::array kSteps{
            &Play::ask_for, &Play::ask_for, &Play::claim,      &Play::claim,       &Play::checkpoint,
            &Play::report,  &Play::finish,  &Play::finish,     &Play::fail,        &Play::retry,
            &Play::pause,   &Play::pause,   &Play::release,    &Play::acknowledge, &Play::cancel,
            &Play::cancel,  &Play::resume,  &Play::pass_time,  &Play::renew,       &Play::rescue,
            &Play::rescue,  &Play::abandon, &Play::resume_due, &Play::clean_up,    &Play::delete_old};
        const Step step = kSteps.at(below(kSteps.size()));
        const auto before = rows_;
        (this->*step)();
        for (const auto& [id, row] : rows_) {
            const auto found = before.find(id);
            const std::string from =
                found == before.end() ? "[*]" : std::string(to_string(found->second.state));
            if (from != to_string(row.state))
                changes_.insert(from + " --> " + std::string(to_string(row.state)));
        }
    }

    [[nodiscard]] std::vector<std::string> rows() const {
        std::vector<std::string> out;
        for (const auto& [id, row] : rows_)
            out.push_back(shown(row));
        return out;
    }
    [[nodiscard]] int effects() const { return effects_; }
    [[nodiscard]] const std::string& said() const { return said_; }

private:
    std::size_t below(std::size_t count) {
        return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_);
    }
    bool chance(int percent) { return below(100) < static_cast<std::size_t>(percent); }
    Time later(int most) { return now_ + seconds(1 + below(static_cast<std::size_t>(most))); }

    base::Result<postgres::Rows> ask(const postgres::Statement& statement, Params params) {
        postgres::Commands commands;
        commands.push_back({statement, std::move(params), {}});
        auto results = run_(std::move(commands));
        if (!results) return std::unexpected(results.error());
        return std::move(results->front());
    }

    /// Somebody's claim, which may be over.
    struct Held {
        Uuid user;
        Uuid job;
        Uuid token;
    };
    /// Most often one that holds.
    Held some_claim() {
        std::vector<Held> held;
        for (const auto& [id, row] : rows_)
            if (row.token != kNoToken) held.push_back({row.user, id, row.token});
        if (!held.empty() && chance(80)) return held.at(below(held.size()));
        if (claims_.empty()) return {users_.front(), base::make_uuid(now_), base::make_uuid(now_)};
        return claims_.at(below(claims_.size()));
    }
    static Params of_claim(const Held& claim) {
        return std::move(Params().uuid(claim.user).uuid(claim.job).uuid(claim.token));
    }
    /// The row when the claim holds.
    Row* held(const Held& claim) {
        const auto found = rows_.find(claim.job);
        return found != rows_.end() && found->second.token == claim.token ? &found->second : nullptr;
    }
    void end_claim(Row& row, State state) {
        row.state = state;
        row.token = kNoToken;
        row.leased_until.reset();
        row.cancel = false;
        ++row.version;
        if (is_finished(state)) row.finished = now_;
    }
    void expect_held(const base::Result<postgres::Rows>& rows, const Row* row, std::string_view what) {
        ASSERT_TRUE(rows) << what << ": " << rows.error().text;
        EXPECT_EQ(rows->size(), row == nullptr ? 0U : 1U) << what;
    }

    void ask_for() {
        Row row{.user = users_.at(below(users_.size())),
                .id = base::make_uuid(now_),
                .type = chance(30) ? Type::sync : Type::importing,
                .priority = chance(30) ? Priority::scheduled : Priority::requested,
                .place = chance(60)   ? ""
                         : chance(70) ? kHere
                                      : "elsewhere",
                .max_attempts = 1 + static_cast<int>(below(3)),
                .created = now_};
        said_ = "ask for " + base::to_string(row.id);
        const bool is_second =
            row.type == Type::sync && std::ranges::any_of(rows_, [&row](const auto& entry) {
                const Row& other = entry.second;
                return other.user == row.user && other.type == Type::sync && !is_finished(other.state);
            });
        postgres::Commands commands;
        Jobs::enqueue({.user = {row.user},
                       .id = {row.id},
                       .type = row.type,
                       .priority = row.priority,
                       .max_attempts = row.max_attempts,
                       .place = row.place,
                       .now = now_},
                      commands);
        EXPECT_EQ(run_(std::move(commands)).has_value(), !is_second) << "one unfinished sync of each account";
        if (!is_second) rows_.emplace(row.id, row);
        now_ += std::chrono::microseconds(1'000'000);  // ids and times grow
    }

    /// In the order of the contract: users with fewer jobs at work or in front, requested before scheduled,
    /// by age.
    std::vector<Uuid> choice(Type type, std::size_t most) {
        std::map<Uuid, std::vector<const Row*>> waiting;
        std::map<Uuid, std::size_t> busy;
        for (const auto& [id, row] : rows_) {
            if (row.type != type) continue;
            if (row.state == State::running) ++busy[row.user];
            if (row.state != State::queued || (row.resume_at && *row.resume_at > now_)) continue;
            if (row.place.empty() || row.place == kHere) waiting[row.user].push_back(&row);
        }
        using Place = std::tuple<Priority, std::size_t, Time, Uuid>;
        std::vector<Place> order;
        for (auto& [user, rows] : waiting) {
            std::ranges::sort(
                rows, {}, [](const Row* row) { return std::tuple(row->priority, row->created, row->id); });
            for (std::size_t i = 0; i < rows.size(); ++i)
                order.emplace_back(rows[i]->priority, i + 1 + busy[user], rows[i]->created, rows[i]->id);
        }
        std::ranges::sort(order);
        std::vector<Uuid> ids;
        for (const Place& place : order)
            if (ids.size() < most) ids.push_back(std::get<3>(place));
        return ids;
    }

    void claim() {
        const Type type = chance(30) ? Type::sync : Type::importing;
        const std::size_t most = 1 + below(3);
        const Uuid token = base::make_uuid(now_);
        said_ = "claim " + std::to_string(most) + " of " + std::string(to_string(type));
        const auto chosen = choice(type, most);
        const auto rows = ask(sql::kClaim, std::move(Params()
                                                         .text(to_string(type))
                                                         .text(kHere)
                                                         .int8(static_cast<std::int64_t>(most))
                                                         .uuid(token)
                                                         .time(now_)
                                                         .time(now_ + kLease)));
        ASSERT_TRUE(rows) << rows.error().text;
        std::set<Uuid> got;
        for (std::size_t i = 0; i < rows->size(); ++i)
            got.insert((*rows)[i].uuid(1));
        EXPECT_EQ(got, std::set<Uuid>(chosen.begin(), chosen.end()));
        for (const Uuid& id : chosen) {
            Row& row = rows_.at(id);
            row.state = State::running;
            row.token = token;
            row.leased_until = now_ + kLease;
            row.claimed_by = kHere;
            row.resume_at.reset();
            row.attempt = std::max(row.attempt, 1);
            if (!row.started) row.started = now_;
            ++row.version;
            claims_.push_back({row.user, id, token});
        }
    }

    void checkpoint() {
        const Held claim = some_claim();
        said_ = "checkpoint";
        Row* row = held(claim);
        const int records = static_cast<int>(below(1000));
        postgres::Commands commands;
        commands.push_back({kEffect, std::move(Params().uuid(claim.job).int4(0)), {}});
        commands.push_back({sql::kCheckpoint,
                            std::move(of_claim(claim)
                                          .jsonb("{\"records\":" + std::to_string(records) + "}")
                                          .jsonb(std::string_view("{}"))),
                            {}});
        const auto done = run_(std::move(commands));
        ASSERT_EQ(done.has_value(), row != nullptr);
        if (row == nullptr) {
            EXPECT_EQ(done.error().code, base::Errc::service_unavailable);
            return;
        }
        ++effects_;
        row->records = records;
        row->stalls = 0;
        ++row->version;
    }

    void report() {
        const Held claim = some_claim();
        said_ = "report";
        Row* row = held(claim);
        expect_held(ask(sql::kReport, std::move(of_claim(claim).jsonb(std::string_view("{\"current\":1}")))),
                    row, said_);
        if (row != nullptr) ++row->version;
    }

    void finish() {
        const Held claim = some_claim();
        said_ = "finish";
        Row* row = held(claim);
        postgres::Commands commands;
        commands.push_back({kEffect, std::move(Params().uuid(claim.job).int4(0)), {}});
        commands.push_back(
            {sql::kComplete,
             std::move(
                 of_claim(claim).jsonb(std::string_view("{}")).jsonb(std::string_view("{}")).time(now_)),
             {}});
        const auto done = run_(std::move(commands));
        ASSERT_EQ(done.has_value(), row != nullptr);
        if (row == nullptr) return;
        ++effects_;
        end_claim(*row, State::completed);
    }

    void fail() {
        const Held claim = some_claim();
        said_ = "fail";
        Row* row = held(claim);
        expect_held(ask(sql::kFail,
                        std::move(of_claim(claim).jsonb(std::string_view("{\"code\":\"BAD\"}")).time(now_))),
                    row, said_);
        if (row == nullptr) return;
        row->error = "BAD";
        end_claim(*row, State::failed);
    }

    // What a cancellation finds on its way out of `running` ends; nobody has to ask again.
    void leave(Row* row, State state, std::optional<Time> resume_at, std::string reason, bool is_attempt) {
        if (row == nullptr) return;
        const bool is_cancelled = row->cancel;
        end_claim(*row, is_cancelled ? State::cancelled : state);
        if (is_cancelled) return;
        row->resume_at = resume_at;
        row->reason = std::move(reason);
        if (!is_attempt) return;
        ++row->attempt;
        row->stalls = 0;
    }

    void retry() {
        const Held claim = some_claim();
        said_ = "retry";
        Row* row = held(claim);
        if (row != nullptr && row->attempt >= row->max_attempts) return;  // decision.hpp never asks for it
        const Time at = later(40);
        expect_held(ask(sql::kRetry, std::move(of_claim(claim).time(at).time(now_))), row, said_);
        leave(row, State::queued, at, "", true);
    }

    void pause() {
        const Held claim = some_claim();
        said_ = "pause";
        Row* row = held(claim);
        const std::optional<Time> at = chance(60) ? std::optional(later(60)) : std::nullopt;
        expect_held(ask(sql::kPause, std::move(of_claim(claim).text("budget").time(at).time(now_))), row,
                    said_);
        leave(row, State::paused, at, "budget", false);
    }

    void release() {
        const Held claim = some_claim();
        said_ = "release";
        Row* row = held(claim);
        expect_held(ask(sql::kRelease, std::move(of_claim(claim).time(now_))), row, said_);
        leave(row, State::queued, {}, "", false);
    }

    void acknowledge() {
        const Held claim = some_claim();
        said_ = "end as cancelled";
        Row* row = held(claim);
        if (row != nullptr && !row->cancel) return;
        expect_held(ask(sql::kCancelled, std::move(of_claim(claim).time(now_))), row, said_);
        if (row != nullptr) end_claim(*row, State::cancelled);
    }

    Row* some_row() {
        if (rows_.empty()) return nullptr;
        return &std::next(rows_.begin(), static_cast<std::ptrdiff_t>(below(rows_.size())))->second;
    }

    void cancel() {
        Row* row = some_row();
        if (row == nullptr) return;
        said_ = "cancel " + base::to_string(row->id);
        Params params;
        params.uuid(row->user).uuid(row->id).null(postgres::Type::text).time(now_);
        const bool can = !is_finished(row->state);
        expect_held(ask(sql::kCancel, std::move(params)), can ? row : nullptr, said_);
        if (!can) return;
        ++row->version;
        if (row->state == State::running) {
            row->cancel = true;
            return;
        }
        row->state = State::cancelled;
        row->finished = now_;
        row->reason.clear();
        row->resume_at.reset();
    }

    void resume() {
        Row* row = some_row();
        if (row == nullptr) return;
        said_ = "resume " + base::to_string(row->id);
        const bool can = row->state == State::paused;
        expect_held(ask(sql::kResume, std::move(Params().uuid(row->user).uuid(row->id))), can ? row : nullptr,
                    said_);
        if (can) requeue(*row);
    }
    static void requeue(Row& row) {
        row.state = State::queued;
        row.reason.clear();
        row.resume_at.reset();
        ++row.version;
    }

    void pass_time() {
        said_ = "time passes";
        now_ = later(45);
    }

    void renew() {
        said_ = "renew";
        const Uuid token = some_claim().token;
        const std::array tokens{token};
        const auto rows = ask(sql::kRenew, std::move(Params().uuid_array(tokens).time(now_ + kLease)));
        ASSERT_TRUE(rows);
        std::size_t count = 0;
        for (auto& [id, row] : rows_) {
            if (row.token != token) continue;
            row.leased_until = now_ + kLease;
            ++count;
        }
        EXPECT_EQ(rows->size(), count);
    }

    void rescue() {
        said_ = "rescue";
        ASSERT_TRUE(ask(sql::kRescue, std::move(Params().time(now_).jsonb(
                                          std::string_view("{\"code\":\"JOB_STALLED\"}")))));
        for (auto& [id, row] : rows_) {
            if (row.state != State::running || *row.leased_until >= now_) continue;
            const bool is_cancelled = row.cancel;
            const bool counts = row.stalls >= 1;
            const bool is_spent = counts && row.attempt >= row.max_attempts;
            row.stalls = counts ? 0 : row.stalls + 1;
            if (is_spent && !is_cancelled) row.error = "JOB_STALLED";
            if (counts && !is_spent && !is_cancelled) ++row.attempt;
            end_claim(row, is_cancelled ? State::cancelled : is_spent ? State::failed : State::queued);
        }
    }

    void abandon() {
        if (!chance(30)) return;
        said_ = "a process of this place died";
        ASSERT_TRUE(ask(sql::kAbandon, std::move(Params().text(kHere))));
        for (auto& [id, row] : rows_)
            if (row.state == State::running) row.leased_until = Time::min();
    }

    void resume_due() {
        said_ = "resume what is due";
        ASSERT_TRUE(ask(sql::kResumeDue, std::move(Params().time(now_))));
        for (auto& [id, row] : rows_)
            if (row.state == State::paused && row.resume_at && *row.resume_at <= now_) requeue(row);
    }

    void clean_up() {
        said_ = "clean up";
        const std::array<std::string, 2> types{"sync", "import"};
        const auto rows =
            ask(sql::kSelectUnclean, std::move(Params().text_array(types).text(kHere).int8(100)));
        ASSERT_TRUE(rows);
        std::vector<Uuid> users;
        std::vector<Uuid> ids;
        for (std::size_t i = 0; i < rows->size(); ++i) {
            users.push_back((*rows)[i].uuid(0));
            ids.push_back((*rows)[i].uuid(1));
        }
        ASSERT_TRUE(ask(sql::kSetClean, std::move(Params().uuid_array(users).uuid_array(ids))));
        for (auto& [id, row] : rows_)
            if (is_finished(row.state) && (row.place.empty() || row.place == kHere)) row.clean = true;
    }

    void delete_old() {
        said_ = "delete old";
        const Time before = now_ - seconds{600};
        ASSERT_TRUE(ask(sql::kDeleteOld, std::move(Params().time(before).int8(1000))));
        std::erase_if(rows_, [before](const auto& entry) {
            return entry.second.clean && entry.second.finished && *entry.second.finished < before;
        });
    }

    std::mt19937_64 random_;
    const std::vector<Uuid>& users_;
    Run run_;
    Changes& changes_;
    Time now_ = *base::parse_iso("2030-01-01T00:00:00Z");
    std::map<Uuid, Row> rows_;
    std::vector<Held> claims_;
    int effects_ = 0;
    std::string said_;
};
}  // namespace jobs::test
