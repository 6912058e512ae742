#include "rate_limits.hpp"

#include <gtest/gtest.h>

#include "http/test_call.hpp"
#include "route_limits.hpp"
#include "routes.hpp"

namespace app {
namespace {

using http::Method;
using http::test::Asked;
using Kind = http::Limiter;

TEST(RouteLimits, FollowTheTableOfTheContract) {
    EXPECT_EQ(limiter_of(Method::post, "/api/auth/register"), Kind::auth);
    EXPECT_EQ(limiter_of(Method::post, "/api/auth/login"), Kind::login);
    EXPECT_EQ(limiter_of(Method::get, "/api/auth/x/oauth"), Kind::auth);
    EXPECT_EQ(limiter_of(Method::get, "/api/auth/x/callback"), Kind::auth);
    EXPECT_EQ(limiter_of(Method::post, "/api/auth/x/callback"), Kind::auth);
    EXPECT_EQ(limiter_of(Method::post, "/api/auth/refresh"), Kind::auth);
    EXPECT_EQ(limiter_of(Method::post, "/api/auth/logout-all"), Kind::sensitive);
    EXPECT_EQ(limiter_of(Method::put, "/api/auth/password"), Kind::sensitive);
    EXPECT_EQ(limiter_of(Method::del, "/api/auth/me"), Kind::sensitive);
    EXPECT_EQ(limiter_of(Method::post, "/api/sync"), Kind::x_api);
    EXPECT_EQ(limiter_of(Method::post, "/api/sync/start"), Kind::x_api);
    for (const auto* const path : {"/api/bookmarks", "/api/bookmarks/:id/archive", "/api/categories",
                                   "/api/tags/:name", "/api/search", "/api/suggestions/popular",
                                   "/api/changes", "/api/ai/suggest", "/api/jobs/:id", "/api/sync/history"})
        EXPECT_EQ(limiter_of(Method::get, path), Kind::api_user) << path;
    for (const auto* const path :
         {"/api/auth/me", "/api/auth/logout", "/api/sync/health", "/api/status", "/api/stats", "/api/import",
          "/health", "/problems/:slug", "/api/searching"})
        EXPECT_EQ(limiter_of(Method::get, path), Kind::none) << path;
}

TEST(RouteLimits, EveryRouteOfTheTableHasThem) {
    for (const http::Route& route : routes()) {
        EXPECT_EQ(route.limiter, limiter_of(route.method, route.pattern)) << route.name;
        if (!route.pattern.starts_with("/api/")) EXPECT_EQ(route.load, http::Load::none) << route.name;
        if (route.spool) EXPECT_EQ(route.load, http::Load::heavy) << route.name;
    }
}

class Limits : public testing::Test {
protected:
    static constexpr http::Route kList{.method = Method::get,
                                       .pattern = "/api/bookmarks",
                                       .name = "list",
                                       .auth = http::Auth::read,
                                       .fail = base::Errc::internal_error,
                                       .handler = nullptr,
                                       .limiter = Kind::api_user};
    /// The status of a refusal, or 0, and how many limiters were counted.
    std::pair<unsigned, std::size_t> ask(const http::Route* route, std::string_view address,
                                         std::uint8_t user = 0) {
        Asked asked(Method::get, "/api/bookmarks", {});
        asked.call.route = route;
        asked.call.client_address = address;
        auto refused = limits_.count_address(asked.call);
        if (!refused && user > 0) {
            asked.call.principal.emplace();
            asked.call.principal->user.uuid.bytes[15] = user;
            refused = limits_.count_user(asked.call);
        }
        return {refused ? refused->status : 0, asked.call.quotas.all().size()};
    }
    base::ManualClock clock_{base::Time(std::chrono::seconds(1'000'000))};
    RateLimits limits_{{.api_ip = 3, .api_user = 2}, clock_};
};

TEST_F(Limits, AddressFirstThenUser) {
    using Said = std::pair<unsigned, std::size_t>;
    EXPECT_EQ(ask(&kList, "10.0.0.1", 1), (Said{0, 2}));
    EXPECT_EQ(ask(&kList, "10.0.0.2", 1), (Said{0, 2}));
    EXPECT_EQ(ask(&kList, "10.0.0.3", 1), (Said{429, 2})) << "from wherever";
    EXPECT_EQ(ask(&kList, "10.0.0.1", 2), (Said{0, 2}));
    EXPECT_EQ(ask(nullptr, "10.0.0.1"), (Said{0, 1})) << "an unknown path of the API";
    EXPECT_EQ(ask(&kList, "10.0.0.1", 3), (Said{429, 1})) << "before its user is counted";
    clock_.advance(std::chrono::minutes(15));
    EXPECT_EQ(ask(&kList, "10.0.0.1", 1), (Said{0, 2}));
}

TEST_F(Limits, NothingOutsideTheApiCounts) {
    for (int i = 0; i < 10; ++i) {
        Asked asked(Method::get, "/assets/page.js", {});
        asked.call.client_address = "10.0.0.1";
        EXPECT_FALSE(limits_.count_address(asked.call));
        EXPECT_TRUE(asked.call.quotas.all().empty());
    }
}

}  // namespace
}  // namespace app
