#include "doctor.hpp"

#include <gtest/gtest.h>

namespace app {
namespace {

using x::Decision;
using Reason = x::Refusal::Reason;

constexpr base::Time kReset{std::chrono::seconds(1'800'000'000)};

x::Account account() {
    x::Account account;
    account.x_user_id = "77";
    account.username = "ann_x";
    return account;
}

std::string of_answer(Decision decision, int status = 403, std::string problem = "why") {
    return explain(
        x::UserAnswer{
            .status = status,
            .rate_limit = {},
            .verdict = {decision, decision == Decision::rate_limited ? std::optional(kReset) : std::nullopt},
            .user = {.id = "77", .username = "ann_x", .name = "Ann", .profile_image_url = {}},
            .problem = std::move(problem)},
        account(), "ann");
}

TEST(Doctor, SaysInWordsWhatXAnswered) {
    EXPECT_TRUE(of_answer(Decision::ok, 200, "").starts_with("X answers: ann is connected as @ann_x (77)"));
    EXPECT_TRUE(of_answer(Decision::budget).contains("out of credits (why)"));
    EXPECT_TRUE(of_answer(Decision::rate_limited).contains("until 2027-01-15T08:00:00.000Z"));
    EXPECT_TRUE(of_answer(Decision::not_enrolled).contains("enrol"));
    EXPECT_TRUE(of_answer(Decision::unavailable, 503, "X answered 503").contains("503"));
    EXPECT_TRUE(of_answer(Decision::unavailable, 0, "X could not be asked: timed out").contains("network"));
    for (int i = 0; i <= static_cast<int>(Decision::breaker); ++i)
        EXPECT_FALSE(of_answer(static_cast<Decision>(i)).empty()) << i;
}

TEST(Doctor, TellsTokensOfSomebodyElse) {
    x::UserAnswer answer;
    answer.verdict = {Decision::ok};
    answer.user = {.id = "78", .username = "bob_x", .name = "Bob", .profile_image_url = {}};
    EXPECT_TRUE(explain(answer, account(), "ann").contains("another X user, @bob_x"));
}

TEST(Doctor, SaysWhyThereAreNoCredentials) {
    for (int i = 0; i <= static_cast<int>(Reason::internal); ++i) {
        const std::string text = explain(x::Refusal{.reason = static_cast<Reason>(i),
                                                    .until = kReset,
                                                    .error = {base::Errc::service_unavailable, "no database"},
                                                    .problem = "invalid_grant"},
                                         "ann");
        EXPECT_FALSE(text.empty()) << i;
    }
    EXPECT_TRUE(explain(x::Refusal{.reason = Reason::needs_reauth, .problem = "invalid_grant"}, "ann")
                    .contains("(invalid_grant)"));
}

}  // namespace
}  // namespace app
