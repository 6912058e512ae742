#include "http/request.hpp"

#include <gtest/gtest.h>

#include "http/cors.hpp"
#include "http/router.hpp"
#include "http/static_files.hpp"
#include "http/test_call.hpp"

namespace http {
namespace {

using base::Errc;
using test::Asked;

TEST(Query, ReadsArraysInEveryForm) {
    const Query query("a=1&a[]=2&a[3]=3&b=x,y&b=z&c[d]=4&a%5B%5D=5&=6&e&&f=a%26b+c");
    EXPECT_EQ(query.list("a", false), (std::vector<std::string>{"1", "2", "3", "5"}));
    EXPECT_EQ(query.list("b", true), (std::vector<std::string>{"x", "y", "z"}));
    EXPECT_EQ(query.list("b", false), (std::vector<std::string>{"x,y", "z"}));
    EXPECT_EQ(query.get("c[d]"), "4");
    EXPECT_EQ(query.get("a"), "5");
    EXPECT_EQ(query.get("e"), "");
    EXPECT_EQ(query.get("f"), "a&b c");
    EXPECT_EQ(query.get("g"), std::nullopt);
}

TEST(Query, KnowsFourFlags) {
    const Query query("a=true&b=0&c=yes");
    EXPECT_EQ(query.flag("a"), true);
    EXPECT_EQ(query.flag("b"), false);
    EXPECT_EQ(query.flag("c"), std::nullopt);
}

TEST(Query, IsBounded) {
    std::string raw;
    for (int i = 0; i < 5000; ++i)
        raw += "a&";
    EXPECT_EQ(Query(raw).all().size(), 1000U);
}

TEST(Request, FindsHeadersAndCookies) {
    const Asked asked(Method::get, "/", {{"Cookie", "a=1; b = \"2\" ;c;d=4=5"}, {"COOKIE", "e=6"}});
    const Request& request = asked.request;
    EXPECT_TRUE(request.header("cookie").has_value());
    EXPECT_EQ(request.cookie("a"), "1");
    EXPECT_EQ(request.cookie("b"), "2");
    EXPECT_EQ(request.cookie("c"), std::nullopt);
    EXPECT_EQ(request.cookie("d"), "4=5");
    EXPECT_EQ(request.cookie("e"), "6");
    EXPECT_EQ(request.cookie("A"), std::nullopt);
}

constexpr Route kRoutes[] = {
    {Method::get, "/api/bookmarks", "list", Auth::read, Errc::internal_error, nullptr},
    {Method::post, "/api/bookmarks", "create", Auth::write, Errc::internal_error, nullptr},
    {Method::get, "/api/bookmarks/:id", "get", Auth::read, Errc::internal_error, nullptr},
    {Method::put, "/api/bookmarks/:id", "update", Auth::write, Errc::internal_error, nullptr},
    {Method::put, "/api/bookmarks/bulk", "bulk", Auth::write, Errc::internal_error, nullptr},
    {Method::put, "/api/bookmarks/:id/archive", "archive", Auth::write, Errc::internal_error, nullptr},
    {Method::get, "/", "root", Auth::none, Errc::internal_error, nullptr},
};

std::string found(Method method, std::string_view path) {
    const Match match = Router(kRoutes).find(method, path);
    if (match.route == nullptr) return match.allow.empty() ? "none" : "allow " + match.allow;
    std::string out(match.route->name);
    for (const auto& parameter : match.parameters)
        out += " " + parameter;
    return out;
}

TEST(Router, FollowsTheRulesOfMatching) {
    EXPECT_EQ(found(Method::get, "/api/bookmarks"), "list");
    EXPECT_EQ(found(Method::get, "/API/Bookmarks/"), "list");
    EXPECT_EQ(found(Method::head, "/api/bookmarks"), "list");
    EXPECT_EQ(found(Method::get, "/api/book%6Darks"), "list");
    EXPECT_EQ(found(Method::put, "/api/bookmarks/bulk"), "bulk");
    EXPECT_EQ(found(Method::patch, "/api/bookmarks/BULK"), "bulk");
    EXPECT_EQ(found(Method::get, "/api/bookmarks/bulk"), "get bulk");
    EXPECT_EQ(found(Method::put, "/api/bookmarks/Ab%2Fc%20d"), "update Ab/c d");
    EXPECT_EQ(found(Method::put, "/api/bookmarks/bulk/archive"), "archive bulk");
    EXPECT_EQ(found(Method::get, "/"), "root");
    EXPECT_EQ(found(Method::del, "/api/bookmarks"), "allow GET, HEAD, POST");
    EXPECT_EQ(found(Method::del, "/api/bookmarks/bulk"), "allow GET, HEAD, PUT, PATCH");
    EXPECT_EQ(found(Method::get, "/api"), "none");
    EXPECT_EQ(found(Method::get, "/api/bookmarks//archive"), "none");
    EXPECT_EQ(found(Method::get, "/api/bookmarks/%ff"), "none");
    EXPECT_EQ(found(Method::get, "/" + std::string(5000, '/')), "none");
}

TEST(Router, RefusesTwoRoutesAtOnePlace) {
    constexpr Route kTwice[] = {{Method::get, "/a/:b", "x", Auth::none, Errc::internal_error, nullptr},
                                {Method::get, "/A/:c/", "y", Auth::none, Errc::internal_error, nullptr}};
    EXPECT_THROW(Router{kTwice}, std::logic_error);
}

TEST(Cors, GrantsToKnownOriginsOnly) {
    const Cors cors({"http://a.example/", ""});
    const Asked known(Method::options, "/",
                      {{"Origin", "http://A.example"}, {"Access-Control-Request-Method", "PUT"}});
    const Asked other(Method::options, "/",
                      {{"Origin", "http://b.example"}, {"Access-Control-Request-Method", "PUT"}});
    const Asked plain(Method::options, "/", {{"Origin", "http://a.example"}});
    const auto granted = cors.preflight(known.call);
    ASSERT_TRUE(granted);
    EXPECT_EQ(granted->status, 204U);
    EXPECT_EQ(test::header(*granted, "Access-Control-Allow-Origin"), "http://A.example");
    EXPECT_EQ(test::header(*granted, "Access-Control-Max-Age"), "86400");
    EXPECT_EQ(test::header(*cors.preflight(other.call), "Access-Control-Allow-Origin"), "");
    EXPECT_EQ(test::header(*cors.preflight(other.call), "Vary"), "Origin");
    EXPECT_FALSE(cors.preflight(plain.call));
    Response answer;
    Cors({}).decorate(known.call, answer);
    EXPECT_TRUE(answer.headers.empty());
}

TEST(StaticFiles, ServeThePageAndItsHashedFiles) {
    const std::string script(2000, 's');
    const Asset assets[] = {
        {"/index.html", "text/html; charset=utf-8", "<html>"},
        {"/assets/a-1.js", "text/javascript; charset=utf-8", script, "BR", "GZ", "\"e\""}};
    const StaticFiles files(assets);
    Asked root(Method::get, "/", {{"Accept", "text/html,*/*;q=0.8"}});
    ASSERT_TRUE(files.find(root.call));
    EXPECT_EQ(files.find(root.call)->caching, Caching::no_cache);
    Asked asset(Method::get, "/assets/a-1.js", {});
    const auto found_asset = files.find(asset.call);
    ASSERT_TRUE(found_asset);
    EXPECT_EQ(found_asset->caching, Caching::immutable_asset);
    EXPECT_EQ(found_asset->etag, "\"e\"");
    EXPECT_EQ(*Variants::get(found_asset->variants, Coding::br), "BR");
    EXPECT_EQ(found_asset->vary, "Accept-Encoding");
    Asked page(Method::get, "/bookmarks/7", {{"Accept", "text/html"}});
    EXPECT_FALSE(files.find(page.call));
    EXPECT_TRUE(files.index(page.call));
    Asked api(Method::get, "/bookmarks/7", {{"Accept", "*/*"}});
    EXPECT_FALSE(files.index(api.call));
    Asked post(Method::post, "/", {{"Accept", "text/html"}});
    EXPECT_FALSE(files.find(post.call));
    EXPECT_FALSE(files.index(post.call));
}

}  // namespace
}  // namespace http
