// The small parts: dates, names, entities, surrogates, formats by name.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "transfer/dates.hpp"
#include "transfer/fields.hpp"
#include "transfer/format.hpp"
#include "transfer/json_stream.hpp"
#include "transfer/x_post.hpp"

namespace transfer {
namespace {

std::string iso(std::string_view text) {
    const auto time = parse_lenient_date(text);
    return time ? base::to_iso(*time) : "none";
}

TEST(Dates, AreReadInManyForms) {
    const std::string expected = "2026-04-08T06:30:15.000Z";
    for (const char* text :
         {"2026-04-08T06:30:15Z", "2026-04-08T15:30:15+09:00", "2026-04-08 15:30:15 +09:00",
          "2026-04-08 15:30:15 +0900", "Wed Apr 08 06:30:15 +0000 2026", "Wed, 08 Apr 2026 06:30:15 GMT",
          "2026/04/08 06:30:15", "2026.4.8 6:30:15", "1775629815", "1775629815000", "1775629815000000",
          "2026年4月8日 6時30分15秒", "2026年4月8日 午前6時30分15秒", "Apr 8, 2026 6:30:15 AM",
          "8 April 2026, 06:30:15", "Wed Apr 08 2026 15:30:15 GMT+0900 (Japan Standard Time)",
          "2026-04-08 15:30:15 JST", " 2026-04-08 06:30:15 "})
        EXPECT_EQ(iso(text), expected) << text;
    EXPECT_EQ(iso("2026/04/08"), "2026-04-08T00:00:00.000Z");
    EXPECT_EQ(iso("12/31/2025"), "2025-12-31T00:00:00.000Z");
    EXPECT_EQ(iso("31.12.2025 23:59"), "2025-12-31T23:59:00.000Z");
    EXPECT_EQ(iso("2026-04-08 06:30:15.25 PM"), "2026-04-08T18:30:15.250Z");
    EXPECT_EQ(iso("2026年4月8日 12時5分"), "2026-04-08T12:05:00.000Z");
}

TEST(Dates, AreNotGuessed) {
    for (const char* text :
         {"", "  ", "never", "04/08/2026", "2026-13-01", "2026-02-30", "2026", "12345678", "-1",
          "2026-04-08 25:00", "Apr 2026", "8 Apr Apr 2026", "2026-04-08 06:30 PM AM extra",
          "99999999999999999999", "2026-04-08 06:30:15 +99:00", "2026-04-08 13:00 PM", "年月日"})
        EXPECT_EQ(iso(text), "none") << text;
}

TEST(Dates, NumbersAreToldApartByMagnitude) {
    EXPECT_EQ(base::to_iso(*time_of_number(0)), "1970-01-01T00:00:00.000Z");
    EXPECT_EQ(base::to_iso(*time_of_number(99'999'999'999)).substr(0, 4), "5138");
    EXPECT_EQ(base::to_iso(*time_of_number(100'000'000'000)), "1973-03-03T09:46:40.000Z");
    EXPECT_FALSE(time_of_number(INT64_MAX));
    EXPECT_FALSE(time_of_number(INT64_MIN));
}

TEST(Names, OneFormForAllSpellings) {
    EXPECT_EQ(canonical_name("xTweetId"), "x_tweet_id");
    EXPECT_EQ(canonical_name("X Tweet ID"), "x_tweet_id");
    EXPECT_EQ(canonical_name("Media URLs"), "media_urls");
    EXPECT_EQ(canonical_name("mediaURLs"), "media_urls");
    EXPECT_EQ(canonical_name("x-tweet-id"), "x_tweet_id");
    EXPECT_EQ(canonical_name(" ID "), "id");
    EXPECT_EQ(canonical_name(""), "");
}

TEST(Values, AreReadLeniently) {
    const boost::json::object object{
        {"Count", "12"}, {"big", 1.8e18}, {"flag", "YES"}, {"none", nullptr}, {"frac", 1.5}};
    const Fields fields(object);
    EXPECT_EQ(fields.integer({"count"}), 12);
    EXPECT_EQ(fields.text({"big"}), "") << "an id that lost digits is none";
    EXPECT_EQ(fields.flag({"flag"}), true);
    EXPECT_FALSE(fields.integer({"frac"}));
    EXPECT_EQ(fields.find({"none", "count"}), fields.find({"count"})) << "null is passed over";
}

TEST(Entities, AreDecodedOnce) {
    EXPECT_EQ(decode_entities("a &amp;lt; b &lt;&gt; & &quot;"), "a &lt; b <> & &quot;");
    EXPECT_EQ(decode_entities("&amp"), "&amp");
    EXPECT_EQ(decode_entities(""), "");
}

TEST(Tombstones, SayWhatHappened) {
    using bookmarks::PostStatus;
    EXPECT_EQ(status_of_notice("This Post was deleted by the Post author. Learn more"), PostStatus::deleted);
    EXPECT_EQ(status_of_notice("This Post is from a suspended account."), PostStatus::suspended);
    EXPECT_EQ(
        status_of_notice(
            "You’re unable to view this Post because this account owner limits who can view their Posts."),
        PostStatus::protected_);
    EXPECT_EQ(status_of_notice("This Post has been withheld in response to a legal demand."),
              PostStatus::withheld);
    EXPECT_EQ(status_of_notice("このポストは凍結されたアカウントのものです"), PostStatus::suspended);
    EXPECT_EQ(status_of_notice("This Post is unavailable."), PostStatus::unknown);
}

std::string repair(std::string_view text, std::size_t chunk) {
    SurrogateRepair surrogates;
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += chunk)
        surrogates.feed(text.substr(at, chunk), out);
    surrogates.finish(out);
    return out;
}

TEST(Surrogates, LoneHalvesAreReplaced) {
    struct Case {
        std::string_view in, out;
    };
    for (const auto& [in, out] :
         {Case{R"("\ud83d\ude00")", R"("\ud83d\ude00")"}, Case{R"("\ud83d")", R"("\ufffd")"},
          Case{R"("\ude00x")", R"("\ufffdx")"}, Case{R"("\ud83d\n")", R"("\ufffd\n")"},
          Case{R"("\ud83d\ud83d\ude00")", R"("\ufffd\ud83d\ude00")"}, Case{R"("\\ud83d")", R"("\\ud83d")"},
          Case{R"("\ud83d\u0041")", R"("\ufffd\u0041")"}, Case{R"("\u12)", R"("\u12)"},
          Case{R"("\ud83d)", R"("\ufffd)"}, Case{R"("\uzzzz")", R"("\uzzzz")"}, Case{"plain", "plain"}})
        for (std::size_t chunk = 1; chunk <= in.size(); ++chunk)
            EXPECT_EQ(repair(in, chunk), out) << in << " in chunks of " << chunk;
}

TEST(Formats, NamesRoundTrip) {
    for (int i = 0; i <= static_cast<int>(Format::csv); ++i)
        EXPECT_EQ(parse_format(to_string(static_cast<Format>(i))), static_cast<Format>(i));
    EXPECT_EQ(to_string(Format::automatic), "auto");
    EXPECT_EQ(parse_format("firefox"), Format::netscape);
    EXPECT_FALSE(parse_format("unheard-of"));
}

}  // namespace
}  // namespace transfer
