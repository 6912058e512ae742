#include "admission.hpp"

#include <gtest/gtest.h>
#include <algorithm>
#include <array>

#include <boost/asio/thread_pool.hpp>

#include "base/temporary_dir.hpp"
#include "http/test_call.hpp"
#include "routes.hpp"
#include "secrets.hpp"
#include "trace.hpp"

namespace app {
namespace {

using base::Errc;
using http::Auth;
using http::Method;
using http::test::Asked;

Errc error_of(std::string_view header) {
    const auto token = parse_bearer(header);
    return token ? Errc::kCount : token.error().code;
}

TEST(Admission, AuthorizationHeaders) {
    EXPECT_EQ(parse_bearer("Bearer abc").value(), "abc");
    EXPECT_EQ(parse_bearer("bearer  abc ").value(), "abc");
    EXPECT_EQ(error_of("Bearer"), Errc::missing_token);
    EXPECT_EQ(error_of("Bearer   "), Errc::missing_token);
    EXPECT_EQ(error_of(""), Errc::invalid_auth_format);
    EXPECT_EQ(error_of("abc"), Errc::invalid_auth_format);
    EXPECT_EQ(error_of("Basic abc"), Errc::invalid_auth_format);
    EXPECT_EQ(error_of("Bearer a b"), Errc::invalid_auth_format);
    EXPECT_EQ(error_of("Bearerabc"), Errc::invalid_auth_format);
}

TEST(Admission, Rights) {
    base::Principal principal;
    principal.scopes = {.read = true};
    principal.credential = base::Credential::api_token;
    EXPECT_TRUE(check_right(Auth::read, Method::get, principal));
    EXPECT_EQ(check_right(Auth::write, Method::post, principal).error().code, Errc::insufficient_scope);
    EXPECT_EQ(check_right(Auth::interactive, Method::get, principal).error().code,
              Errc::interactive_login_required);
    EXPECT_EQ(check_right(Auth::admin, Method::get, principal).error().code, Errc::admin_required);
    EXPECT_TRUE(check_right(Auth::login, Method::get, principal));
    EXPECT_EQ(check_right(Auth::login, Method::put, principal).error().code, Errc::insufficient_scope);
    principal.role = base::Role::admin;
    EXPECT_EQ(check_right(Auth::admin, Method::get, principal).error().code, Errc::insufficient_scope);
    principal.scopes.admin = true;
    EXPECT_TRUE(check_right(Auth::admin, Method::get, principal));
    principal.credential = base::Credential::cookie;
    EXPECT_TRUE(check_right(Auth::interactive, Method::get, principal));
}

/// An admission whose database is never asked.
struct Door {
    explicit Door(AdmissionOptions options)
        : pool(io, {}, clock),
          accounts(pool, announcer, cpu, {}, clock),
          admission(router, cors, accounts, std::move(options), clock) {}
    base::ManualClock clock{base::Time{}};
    base::asio::io_context io;
    boost::asio::thread_pool cpu{1};
    postgres::Pool pool;
    cache::Versions versions;
    redis::Connection redis{io, {}};
    cache::Announcer announcer{versions, redis, "", clock};
    accounts::Accounts accounts;
    http::Router router{routes()};
    http::Cors cors{{}};
    Admission admission;
};

TEST(Admission, ForcedHttps) {
    const Door door({.trusted_proxies = *TrustedProxies::parse({"10.0.0.0/8"}), .force_https = true});
    Asked plain(Method::get, "/api/status", {{"Host", "x.example"}});
    plain.request.raw_query = "a=1";
    const auto redirect = door.admission.receive(plain.call);
    ASSERT_TRUE(redirect);
    EXPECT_EQ(redirect->status, 302U);
    EXPECT_EQ(http::test::header(*redirect, "Location"), "https://x.example/api/status?a=1");
    Asked post(Method::post, "/api/bookmarks", {{"Host", "x.example"}});
    EXPECT_EQ(door.admission.receive(post.call)->status, 403U);
    Asked health(Method::get, "/readyz", {});
    EXPECT_FALSE(door.admission.receive(health.call));
    Asked lying(Method::get, "/", {{"Host", "x.example"}, {"X-Forwarded-Proto", "https"}});
    lying.request.peer = "192.0.2.1";
    EXPECT_TRUE(door.admission.receive(lying.call));
    Asked proxied(Method::get, "/", {{"X-Forwarded-Proto", "https"}});
    proxied.request.peer = "10.1.2.3";
    EXPECT_FALSE(door.admission.receive(proxied.call));
    EXPECT_TRUE(proxied.call.secure);
}

TEST(TrustedProxies, ReadsTheHeaderFromTheRight) {
    const auto proxies = *TrustedProxies::parse({"10.0.0.0/8", "192.0.2.7", "2001:db8::/32"});
    const auto client = [&](std::string_view peer, std::string_view forwarded) {
        Asked asked(Method::get, "/", {{"X-Forwarded-For", forwarded}});
        asked.request.peer = peer;
        return proxies.find_client(asked.request).address;
    };
    EXPECT_EQ(client("203.0.113.9", "1.2.3.4"), "203.0.113.9") << "a stranger's header counts for nothing";
    EXPECT_EQ(client("10.0.0.1", "9.9.9.9, 1.2.3.4"), "1.2.3.4");
    EXPECT_EQ(client("10.0.0.1", "9.9.9.9, 1.2.3.4, 192.0.2.7"), "1.2.3.4");
    EXPECT_EQ(client("2001:db8::1", "[2001:db9::5]:443"), "2001:db9::5");
    EXPECT_EQ(client("10.0.0.1", "1.2.3.4:5678"), "1.2.3.4");
    EXPECT_EQ(client("10.0.0.1", "1.2.3.4, unknown"), "10.0.0.1");
    EXPECT_EQ(client("10.0.0.1", ""), "10.0.0.1");
    EXPECT_FALSE(TrustedProxies::parse({"10.0.0.0/33"}));
    EXPECT_FALSE(TrustedProxies::parse({"proxy.example"}));
}

TEST(Trace, ParentsAreCheckedAndReplaced) {
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    EXPECT_EQ(parse_traceparent("00-" + trace + "-00f067aa0ba902b7-01"), trace);
    EXPECT_EQ(parse_traceparent("cc-" + trace + "-00f067aa0ba902b7-01-more"), trace);
    for (const std::string& wrong :
         {"00-" + trace + "-00f067aa0ba902b7-01-more", "ff-" + trace + "-00f067aa0ba902b7-01",
          "00-" + trace + "-0000000000000000-01", "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01",
          "00-" + std::string(32, 'A') + "-00f067aa0ba902b7-01", std::string("00")}) {
        EXPECT_FALSE(parse_traceparent(wrong)) << wrong;
    }
    Asked asked(Method::get, "/", {{"traceparent", "junk"}});
    const auto made = trace_id(asked.request, "chosen by the client");
    EXPECT_EQ(made.size(), 32U);
    EXPECT_NE(made, trace_id(asked.request, "chosen by the client"));
    EXPECT_EQ(trace_id(asked.request, "01a216cf-dd54-7f95-858c-424da85fb7de"),
              "01a216cfdd547f95858c424da85fb7de");
}

TEST(Secrets, AreMadeOnceAndPrivate) {
    const base::TemporaryDir dir;
    const auto file = dir.path() / "secret";
    const auto first = load_or_make_secret(file);
    ASSERT_TRUE(first) << first.error();
    EXPECT_EQ(first->size(), 43U);
    EXPECT_EQ(load_or_make_secret(file).value(), *first);
    EXPECT_EQ(std::filesystem::status(file).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    std::filesystem::resize_file(file, 10);
    EXPECT_FALSE(load_or_make_secret(file)) << "a damaged secret is not replaced";
    EXPECT_FALSE(load_or_make_secret(dir.path() / "none" / "secret"));
}

TEST(Routes, ApiRoutesSayWhoMayUseThem) {
    EXPECT_NO_THROW(http::Router{routes()});
    for (const http::Route& route : routes()) {
        // Contract 3.1, 3.2 and 3.9: what nobody has to log in for. Of what is not the API, /metrics needs it
        // (7).
        constexpr std::array<std::string_view, 8> kPublic{
            "/api/status",     "/api/openapi.json", "/api/auth/providers",  "/api/auth/register",
            "/api/auth/login", "/api/auth/refresh", "/api/auth/x/callback", "/api/sync/health"};
        const bool open = route.auth == Auth::none;
        const bool is_api = route.pattern.starts_with("/api/") || route.pattern == "/metrics";
        const bool expected = !is_api || std::ranges::find(kPublic, route.pattern) != kPublic.end();
        EXPECT_EQ(open, expected) << route.name;
        if (route.method == Method::get) EXPECT_NE(route.auth, Auth::write) << route.name;
    }
}

}  // namespace
}  // namespace app
