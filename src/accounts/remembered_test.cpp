#include "accounts/remembered.hpp"

#include <gtest/gtest.h>

namespace accounts {
namespace {

using namespace std::chrono_literals;

class RememberedTest : public testing::Test {
protected:
    RememberedTest() { remembered_.keep("token", principal(), clock_); }

    base::Principal principal() {
        base::Principal made;
        made.expires_at = clock_.now() + 1h;
        return made;
    }
    bool knows(std::string_view credential = "token") {
        return remembered_.find(credential, clock_) != nullptr;
    }

    base::ManualClock clock_{base::Time{1'000s}};
    RememberedCredentials remembered_;
};

TEST_F(RememberedTest, ForASecondAtMost) {
    EXPECT_TRUE(knows());
    EXPECT_FALSE(knows("another"));
    remembered_.begin_check("token");
    clock_.advance(999ms);
    EXPECT_TRUE(knows());
    clock_.advance(1ms);
    EXPECT_FALSE(knows()) << "although it is being checked";
}

TEST_F(RememberedTest, OneChecksAgainWhileTheOthersGoOn) {
    clock_.advance(699ms);
    EXPECT_TRUE(knows());
    clock_.advance(1ms);
    EXPECT_FALSE(knows()) << "for the one who is to check it";
    remembered_.begin_check("token");
    EXPECT_TRUE(knows()) << "for all others";
    remembered_.keep("token", principal(), clock_);
    clock_.advance(699ms);
    EXPECT_TRUE(knows());
    clock_.advance(1ms);
    EXPECT_FALSE(knows()) << "the next check is due";
}

TEST_F(RememberedTest, ADeniedOneIsForgottenAtOnce) {
    remembered_.begin_check("token");
    remembered_.forget("token");
    EXPECT_FALSE(knows());
}

TEST_F(RememberedTest, NotLongerThanTheCredentialIsValid) {
    base::Principal made;
    made.expires_at = clock_.now() + 100ms;
    remembered_.keep("short", made, clock_);
    EXPECT_TRUE(knows("short"));
    clock_.advance(100ms);
    EXPECT_FALSE(knows("short"));
}

}  // namespace
}  // namespace accounts
