#include "http/validation.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "http/test_call.hpp"

namespace http {
namespace {

using base::Errc;

std::string details(const Faults& faults) {
    test::Asked asked(Method::post, "/x", {});
    const Response answer = faults.to_response(asked.call, Errc::validation_error);
    return boost::json::serialize(boost::json::parse(*answer.body).at("details"));
}

Errc body_error(std::string_view body, std::string_view type = "application/json") {
    test::Asked asked(Method::post, "/x", {{"Content-Type", type}});
    asked.request.body = body;
    const auto object = read_object(asked.request);
    return object ? Errc::kCount : object.error().code;
}

TEST(Body, MustBeAValidObject) {
    EXPECT_EQ(body_error(""), Errc::kCount);
    EXPECT_EQ(body_error("", "text/plain"), Errc::kCount);
    EXPECT_EQ(body_error("{\"a\":1}"), Errc::kCount);
    EXPECT_EQ(body_error("{}", "application/merge-patch+json; charset=utf-8"), Errc::kCount);
    EXPECT_EQ(body_error("{}", "text/plain"), Errc::unsupported_media_type);
    for (const char* bad :
         {"[]", "1", "null", "{", "{\"a\":1,}", "{'a':1}", "{} {}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}",
          "{\"a\":\"\\udc00\\ud800\"}", "{\"a\":NaN}", "{\"a\":\"\x01\"}", "\xef\xbb\xbf{}"}) {
        EXPECT_EQ(body_error(bad), Errc::invalid_json) << bad;
    }
    const auto nested = [](std::size_t depth) {
        return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_EQ(body_error(nested(20)), Errc::kCount);
    EXPECT_EQ(body_error(nested(40)), Errc::invalid_json);
    EXPECT_EQ(body_error(nested(100'000)), Errc::invalid_json);
}

TEST(Body, ReadsForms) {
    test::Asked asked(Method::post, "/x", {{"Content-Type", "application/x-www-form-urlencoded"}});
    asked.request.body = "a=1+2&b=x&b=y&c%5B%5D=z&%00=n&d=%F0%9F%98%80";
    EXPECT_EQ(boost::json::serialize(*read_object(asked.request)),
              R"({"a":"1 2","b":["x","y"],"c":["z"],"d":"😀"})");
}

TEST(ObjectReader, ReadsWhatIsThere) {
    const auto object = boost::json::parse(R"({"t":" a\u0000b\r\nc ","f":true,"i":5,"w":5.0,"n":null,
        "u":"0190A5D0-0000-7000-8000-000000000001","d":"2026-01-02","l":"https://e.example/a?b#c","e":"x","s":["a"],
        "us":["0190a5d0-0000-7000-8000-000000000001"]})")
                            .as_object();
    Faults faults;
    ObjectReader reader(object, faults);
    EXPECT_EQ(reader.text("t"), " ab\nc ");
    EXPECT_EQ(reader.flag("f"), true);
    EXPECT_EQ(reader.integer("i", 1, 5), 5);
    EXPECT_EQ(reader.integer("w", 1, 5), 5);
    EXPECT_TRUE(reader.is_null("n"));
    EXPECT_TRUE(reader.has("n"));
    EXPECT_EQ(base::to_string(*reader.uuid("u")), "0190a5d0-0000-7000-8000-000000000001");
    EXPECT_TRUE(reader.date("d"));
    EXPECT_EQ(reader.url("l"), "https://e.example/a?b#c");
    EXPECT_EQ(reader.one_of("e", {"x", "y"}), "x");
    EXPECT_EQ(reader.texts("s", 1, {1, 1}), std::vector<std::string>{"a"});
    EXPECT_EQ(reader.uuids("us", 1, 1)->size(), 1U);
    EXPECT_EQ(reader.text("absent"), std::nullopt);
    EXPECT_TRUE(faults.empty());
}

TEST(ObjectReader, ListsAllFaultsInOrder) {
    const auto object =
        boost::json::parse(
            R"({"t":1,"long":"ああ","f":"yes","i":1.5,"big":1e300,"u":"x","d":"soon","l":"javascript:1","e":"z","s":["a",2]})")
            .as_object();
    Faults faults;
    ObjectReader reader(object, faults, "updates.");
    EXPECT_FALSE(reader.text("t"));
    EXPECT_FALSE(reader.text("long", {0, 1}));
    EXPECT_FALSE(reader.text("absent", {}, true));
    EXPECT_FALSE(reader.flag("f"));
    EXPECT_FALSE(reader.integer("i", 0, 9));
    EXPECT_FALSE(reader.integer("big", 0, 9));
    EXPECT_FALSE(reader.uuid("u"));
    EXPECT_FALSE(reader.date("d"));
    EXPECT_FALSE(reader.url("l"));
    EXPECT_FALSE(reader.one_of("e", {"x", "y"}));
    EXPECT_FALSE(reader.texts("s", 5, {}));
    const auto list = boost::json::parse(details(faults)).as_array();
    ASSERT_EQ(list.size(), 11U);
    const auto at = [&](std::size_t i) { return boost::json::serialize(list[i]); };
    EXPECT_EQ(
        at(0),
        R"({"path":["updates","t"],"code":"invalid_type","message":"Expected string, received number","expected":"string","received":"number"})");
    EXPECT_EQ(
        at(1),
        R"({"path":["updates","long"],"code":"too_big","message":"Must be at most 1 characters","maximum":1,"type":"string","inclusive":true,"exact":false})");
    EXPECT_EQ(list[2].at("received"), "undefined");
    EXPECT_EQ(list[4].at("received"), "float");
    EXPECT_EQ(list[5].at("code"), "too_big");
    EXPECT_EQ(list[6].at("validation"), "uuid");
    EXPECT_EQ(list[7].at("code"), "invalid_date");
    EXPECT_EQ(list[8].at("validation"), "url");
    EXPECT_EQ(boost::json::serialize(list[9].at("options")), R"(["x","y"])");
    EXPECT_EQ(boost::json::serialize(list[10].at("path")), R"(["updates","s",1])");
}

TEST(QueryArguments, AreWholeNumbersInRange) {
    const Query query("a=5&b=5.0&c=99999999999999999999&d=-1&e=&f=+5&g=0x5");
    Faults faults;
    EXPECT_EQ(query_integer(query, "a", 1, 5, faults), 5);
    EXPECT_EQ(query_integer(query, "absent", 1, 5, faults), std::nullopt);
    EXPECT_TRUE(faults.empty());
    for (const char* bad : {"b", "c", "d", "e", "f", "g"})
        EXPECT_FALSE(query_integer(query, bad, 1, 5, faults)) << bad;
    EXPECT_EQ(boost::json::parse(details(faults)).as_array().size(), 6U);
}

TEST(QueryArguments, KnowDaysOfAZone) {
    const Query query("d=2026-03-08&t=2026-03-08T01:02:03Z&bad=2026-02-30");
    Faults faults;
    const auto iso = [&](std::string_view name, bool end, std::string_view zone) {
        const auto time = query_date(query, name, end, zone, faults);
        return time ? base::to_iso(*time) : std::string();
    };
    EXPECT_EQ(iso("d", false, ""), "2026-03-08T00:00:00.000Z");
    EXPECT_EQ(iso("d", true, ""), "2026-03-08T23:59:59.999Z");
    EXPECT_EQ(iso("d", false, "Asia/Tokyo"), "2026-03-07T15:00:00.000Z");
    EXPECT_EQ(iso("d", true, "Asia/Tokyo"), "2026-03-08T14:59:59.999Z");
    // The day of the change has 23 hours.
    EXPECT_EQ(iso("d", false, "America/New_York"), "2026-03-08T05:00:00.000Z");
    EXPECT_EQ(iso("d", true, "America/New_York"), "2026-03-09T03:59:59.999Z");
    EXPECT_EQ(iso("t", true, "Asia/Tokyo"), "2026-03-08T01:02:03.000Z");
    EXPECT_TRUE(faults.empty());
    EXPECT_EQ(iso("bad", true, ""), "");
    EXPECT_EQ(iso("d", true, "Mars/Base"), "");
    EXPECT_EQ(iso("d", true, std::string(200, 'x')), "");
    EXPECT_EQ(boost::json::parse(details(faults)).as_array().size(), 3U);
}

}  // namespace
}  // namespace http
