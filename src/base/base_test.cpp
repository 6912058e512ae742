#include <gtest/gtest.h>

#include <array>
#include <random>

#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/json_writer.hpp"
#include "base/random.hpp"
#include "base/utf8.hpp"

namespace base {
namespace {

using namespace std::chrono_literals;

TEST(Clock, WritesMillisecondsAndZ) {
    const Time time{std::chrono::sys_days{std::chrono::year{2026} / 8 / 22} + 3h + 4min + 5s + 678'999us};
    EXPECT_EQ(to_iso(time), "2026-08-22T03:04:05.678Z");
    EXPECT_EQ(to_iso(Time{std::chrono::microseconds{-1}}), "1969-12-31T23:59:59.999Z");
}

TEST(Clock, ReadsIsoForms) {
    const Time noon{std::chrono::sys_days{std::chrono::year{2026} / 2 / 28} + 12h};
    for (const char* text :
         {"2026-02-28T12:00:00Z", "2026-02-28T12:00Z", "2026-02-28 12:00:00", "2026-02-28T21:00:00+09:00",
          "2026-02-28T07:00:00-0500", "2026-02-28T12:00:00.000Z", "2026-02-28T12:00:00,000000001z"})
        EXPECT_EQ(parse_iso(text), noon) << text;
    EXPECT_EQ(parse_iso("2026-02-28"), noon - 12h);
    for (const char* text :
         {"", "2026", "2026-02", "2026-02-29", "2026-13-01", "0000-01-01", "2026-02-28T24:00:00Z",
          "2026-02-28T12:00:00.Z", "2026-02-28T12:00:00Zx", "2026-02-28Q12:00", "26-02-28",
          "9999-12-31T23:59:59-01:00", "2026-02-28T12:00:00+0", " 2026-02-28"})
        EXPECT_EQ(parse_iso(text), std::nullopt) << text;
}

TEST(Id, UuidRoundTrip) {
    const std::string text = "0190a6d2-93c4-7def-8123-456789abcdef";
    EXPECT_EQ(to_string(*parse_uuid(text)), text);
    EXPECT_EQ(parse_uuid("0190A6D2-93C4-7DEF-8123-456789ABCDEF"), parse_uuid(text));
    for (const char* bad : {"", "0190a6d2-93c4-7def-8123-456789abcde", "0190a6d2x93c4-7def-8123-456789abcdef",
                            "0190a6d2-93c4-7def-8123-456789abcdeg", "{190a6d2-93c4-7def-8123-456789abcde}"})
        EXPECT_EQ(parse_uuid(bad), std::nullopt) << bad;
}

TEST(Id, Version7CarriesTheTimeAndSorts) {
    const Time time{std::chrono::milliseconds{0x0190a6d293c4}};
    const std::string text = to_string(make_uuid(time));
    EXPECT_TRUE(text.starts_with("0190a6d2-93c4-7")) << text;
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << text;
    EXPECT_LT(make_uuid(time), make_uuid(time + 1ms));
    EXPECT_NE(make_uuid(time), make_uuid(time));
}

TEST(Encoding, KnownVectors) {
    // RFC 4648 section 10, RFC 4231 test case 2, FIPS 180-4.
    EXPECT_EQ(to_base64url("foobar"), "Zm9vYmFy");
    EXPECT_EQ(to_base64url("f"), "Zg");
    EXPECT_EQ(to_base64url("\xfb\xff"), "-_8");
    EXPECT_EQ(from_base64url("-_8"), "\xfb\xff");
    EXPECT_EQ(from_base64("Zm9vYg=="), "foob");
    for (const char* bad : {"A", "Zg==", "Z+", "Zh", "Z g"})
        EXPECT_EQ(from_base64url(bad), std::nullopt) << bad;
    EXPECT_EQ(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(to_hex(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(from_hex("00fF"), std::string("\0\xff", 2));
    EXPECT_EQ(from_hex("0"), std::nullopt);
    EXPECT_EQ(from_hex("zz"), std::nullopt);
}

TEST(Encoding, ConstantTimeComparison) {
    EXPECT_TRUE(equal_constant_time("secret", "secret"));
    EXPECT_FALSE(equal_constant_time("secret", "secres"));
    EXPECT_FALSE(equal_constant_time("secret", "secre"));
}

TEST(Random, LongAndShort) {
    EXPECT_EQ(random_base64url(32).size(), 43U);
    EXPECT_NE(random_base64url(32), random_base64url(32));
    EXPECT_EQ(random_base64url(3000).size(), 4000U);
}

TEST(Utf8, RejectsWhatRfc3629Rejects) {
    for (const char* good : {"", "abc", "é", "料理", "🍣", "\xF4\x8F\xBF\xBF"})
        EXPECT_TRUE(is_valid_utf8(good)) << good;
    for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80",
                            "\xF0\x80\x80\x80", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE6\x96", "\xFF"})
        EXPECT_FALSE(is_valid_utf8(bad));
    EXPECT_EQ(count_code_points("a料🍣"), 3U);
}

TEST(Utf8, CleansText) {
    EXPECT_EQ(clean_text(std::string_view("a\0b\r\nc\rd", 8)), "ab\nc\nd");
    EXPECT_EQ(clean_text("x\xED\xA0\x80y"), "x\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBDy");
}

TEST(JsonWriter, WritesEveryKindOfValue) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().member("a", "x\"\\\n\x01料").member("b", true).member("c", std::int64_t{-5});
    json.member("d", 0.1)
        .member("e", std::optional<std::string>{})
        .key("f")
        .begin_array()
        .value(1)
        .value(2)
        .end_array();
    json.key("g")
        .begin_object()
        .end_object()
        .member("h", Time{})
        .member("i", std::vector<std::string>{"p", "q"});
    json.escaped_key("k\"").null().end_object();
    EXPECT_EQ(out, R"({"a":"x\"\\\n\u0001料","b":true,"c":-5,"d":0.1,"e":null,"f":[1,2],"g":{},)"
                   R"("h":"1970-01-01T00:00:00.000Z","i":["p","q"],"k\"":null})");
}

TEST(JsonWriter, InvalidBytesBecomeReplacementCharacters) {
    std::string out;
    append_json_string(out,
                       "a\xFF"
                       "b");
    EXPECT_EQ(out,
              "\"a\xEF\xBF\xBD"
              "b\"");
}

// What is copied in words must come out as what is copied byte by byte, wherever a special byte stands.
TEST(JsonWriter, TextsOfAllBytesAreWrittenAsOneByteAfterTheOther) {
    std::mt19937 random(20261126);
    const std::array<std::string_view, 12> pieces{
        "a", "plain ascii text", "\"", "\\", "\x01", "\x1f", "\x7f", "料理", "é", "🍆", "\xFF", "\xE6\x96"};
    for (int i = 0; i < 20'000; ++i) {
        std::string text;
        for (auto left = random() % 12; left > 0; --left)
            text += pieces[random() % pieces.size()];
        std::string wanted = "\"";
        for (std::size_t at = 0; at < text.size();) {
            const auto c = static_cast<unsigned char>(text[at]);
            if (c == '"' || c == '\\') {
                wanted.append(1, '\\').append(1, text[at++]);
            } else if (c < 0x20) {
                wanted += c == 1 ? "\\u0001" : "\\u001f";
                ++at;
            } else {
                append_utf8(wanted, next_code_point(text, at));
            }
        }
        std::string out;
        append_json_string(out, text);
        ASSERT_EQ(out, wanted + '"');
    }
}

}  // namespace
}  // namespace base
