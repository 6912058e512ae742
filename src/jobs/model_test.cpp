// Random operations on jobs, against a model of docs/job_states.md and a real PostgreSQL: after each of them
// every row is what the model says, and over all of them exactly the drawn changes of state happen.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>

#include "jobs/database_test.hpp"
#include "jobs/model_test.hpp"

namespace jobs {
namespace {

using test::Changes;
using test::Play;

constexpr std::uint64_t kSeeds = 8;
constexpr int kSteps = 300;

const std::string kRows =
    "SELECT concat_ws('|', id, state, attempt, stalls, coalesce(claim_token::text, '-'),"
    " CASE WHEN leased_until = '-infinity' THEN 'over' ELSE coalesce(extract(epoch FROM leased_until)::bigint::text, '-') END,"
    " coalesce(claimed_by, ''), coalesce(paused_reason, ''), coalesce(extract(epoch FROM resume_at)::bigint::text, '-'),"
    " coalesce(extract(epoch FROM started_at)::bigint::text, '-'), coalesce(extract(epoch FROM finished_at)::bigint::text, '-'),"
    " CASE WHEN cancel_requested THEN 'cancel' ELSE '' END, CASE WHEN is_clean THEN 'clean' ELSE '' END,"
    " coalesce(error->>'code', ''), coalesce(checkpoint->>'records', '-1'), version) FROM jobs ORDER BY id";

class ModelTest : public test::JobsDatabase {};

/// The arrows of the diagram.
Changes drawn() {
    std::ifstream file(XBM_JOB_STATES);
    const std::regex arrow(R"(^\s+(\S+ --> [a-z]+)(:.*)?$)");
    Changes changes;
    std::smatch found;
    for (std::string line; std::getline(file, line);)
        if (std::regex_match(line, found, arrow)) changes.insert(found[1]);
    return changes;
}

TEST_F(ModelTest, EveryRowIsWhatTheModelSaysAndEveryChangeIsDrawn) {
    Changes changes;
    for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
        ask("DELETE FROM jobs; DELETE FROM effects");
        Play play(
            seed, users_,
            [this](postgres::Commands commands) { return run(pool_->run(std::move(commands))); }, changes);
        for (int step = 0; step < kSteps; ++step) {
            play.step();
            ASSERT_EQ(ask(kRows), play.rows()) << "seed " << seed << ", step " << step << ": " << play.said();
            ASSERT_FALSE(HasFailure()) << "seed " << seed << ", step " << step << ": " << play.said();
        }
        EXPECT_EQ(ask("SELECT count(*) FROM effects"), std::vector{std::to_string(play.effects())});
    }
    EXPECT_EQ(changes, drawn());
}

TEST_F(ModelTest, ChecksRefuseRowsThatAreInNoState) {
    constexpr std::string_view kRunning =
        "claim_token = gen_random_uuid(), leased_until = now(), claimed_by = 'x', started_at = now(), attempt = 1";
    const std::array<std::pair<std::string, std::vector<std::string>>, 6> states{{
        {"queued", {}},
        {"running", {std::string(kRunning)}},
        {"paused", {"paused_reason = 'budget', started_at = now(), attempt = 1"}},
        {"completed", {"finished_at = now(), started_at = now(), attempt = 1, result = '{}'"}},
        {"failed", {"finished_at = now(), error = '{}'"}},
        {"cancelled", {"finished_at = now()"}},
    }};
    const std::array<std::pair<std::string, std::set<std::string>>, 12> wrong{{
        {"claim_token = gen_random_uuid()", {"running"}},
        {"claim_token = NULL", {"queued", "paused", "completed", "failed", "cancelled"}},
        {"leased_until = now()", {"running"}},
        {"leased_until = NULL", {"queued", "paused", "completed", "failed", "cancelled"}},
        {"paused_reason = 'budget'", {"paused"}},
        {"resume_at = now()", {"queued", "paused"}},
        {"error = '{}'", {"failed"}},
        {"result = '{}'", {"completed"}},
        {"finished_at = now()", {"completed", "failed", "cancelled"}},
        {"is_clean = true", {"completed", "failed", "cancelled"}},
        {"cancel_requested = true", {"running"}},
        {"attempt = 0", {"queued", "failed", "cancelled"}},
    }};
    for (const auto& [state, columns] : states) {
        const std::string id = base::to_string(base::make_uuid(clock_.now()));
        std::string set = "state = '" + state + "'";
        for (const std::string& column : columns)
            set += ", " + column;
        ask("INSERT INTO jobs (user_id, id, type, state, created_at) VALUES ('" +
            base::to_string(users_.front()) + "', '" + id + "', 'import', 'queued', now())");
        const std::string where = " WHERE id = '" + id + "'";
        ASSERT_EQ(ask("UPDATE jobs SET " + set + where + " RETURNING 'done'"),
                  std::vector<std::string>{"done"})
            << set;
        for (const auto& [change, allowed] : wrong) {
            const auto answer = ask("BEGIN; UPDATE jobs SET " + change + where + "; SELECT 'done'");
            EXPECT_EQ(answer, std::vector<std::string>{allowed.contains(state) ? "done" : "23514"})
                << state << " with " << change;
        }
    }
}

}  // namespace
}  // namespace jobs
