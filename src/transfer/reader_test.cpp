// What can be wrong with a file as a whole: empty, binary, foreign, damaged, too big, cancelled.
#include "transfer/reader.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

#include "record_dump.hpp"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define XBM_SANITIZER_ALLOCATOR
#include <sanitizer/allocator_interface.h>
#endif
#endif

namespace transfer {
namespace {

/// Bytes that are allocated now.
std::size_t live_bytes() {
#ifdef XBM_SANITIZER_ALLOCATOR
    return __sanitizer_get_current_allocated_bytes();
#else
    const auto state = mallinfo2();
    return state.uordblks + state.hblkhd;
#endif
}

struct Outcome {
    std::vector<Record> records;
    std::vector<RecordError> errors;
    std::vector<std::string> warnings;
    std::optional<std::string> refusal;
    std::optional<Detection> detection;
};

Sink collecting_sink(Outcome& outcome) {
    return {.record = [&](Record&& record) { outcome.records.push_back(std::move(record)); },
            .category = {},
            .error = [&](RecordError&& error) { outcome.errors.push_back(std::move(error)); },
            .warning = [&](std::string_view text) { outcome.warnings.emplace_back(text); },
            .part = {}};
}

Outcome read(std::string_view bytes, Format asked = Format::automatic, ReadLimits limits = {}) {
    Outcome outcome;
    const Sink sink = collecting_sink(outcome);
    Reader reader(asked, sink, limits);
    reader.feed(bytes);
    reader.finish();
    EXPECT_LE(reader.bytes_read(), bytes.size());
    outcome.refusal = reader.refusal();
    outcome.detection = reader.detected();
    return outcome;
}

std::string refusal_of(std::string_view bytes, Format asked = Format::automatic) {
    const Outcome outcome = read(bytes, asked);
    EXPECT_TRUE(outcome.records.empty() && outcome.errors.empty());
    return outcome.refusal.value_or("accepted");
}

std::string gzip(std::string_view text) {
    z_stream stream{};
    EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    std::string out(deflateBound(&stream, text.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    stream.avail_in = static_cast<uInt>(text.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

TEST(Refusal, NamesWhatTheFileIs) {
    EXPECT_EQ(refusal_of(""), "The file is empty.");
    EXPECT_EQ(refusal_of("\xEF\xBB\xBF \r\n"), "The file is empty.");
    EXPECT_EQ(refusal_of("\xFF\xFE"), "The file is empty.");
    EXPECT_EQ(refusal_of(std::string("\x7F"
                                     "ELF\0\0\0",
                                     7)),
              "This is not a text file, but binary data.");
    EXPECT_EQ(refusal_of(std::string(1000, '\xFE')), "This is not a text file, but binary data.");
    EXPECT_NE(refusal_of("PK\x03\x04rest").find("zip archive"), std::string::npos);
    EXPECT_NE(refusal_of("<html>").find("web page"), std::string::npos);
    EXPECT_NE(refusal_of("window.YTD.tweets.part0 = []").find("X archive"), std::string::npos);
    EXPECT_NE(refusal_of("just some words\nand more").find("not known"), std::string::npos);
}

TEST(Detection, FormatsByTheirKeys) {
    const auto format_of = [](std::string_view text) {
        const auto detection = read(text).detection;
        return detection ? to_string(detection->format) : std::string_view();
    };
    EXPECT_EQ(format_of(R"({"roots":{"bookmark_bar":{}}})"), "chrome");
    EXPECT_EQ(format_of(R"([{"href":"https://e.org","description":"d","extended":""}])"), "pinboard");
    EXPECT_EQ(format_of(R"({"bookmarks":[{"createdAt":1,"content":{"type":"link","url":"u"}}]})"),
              "karakeep");
    EXPECT_EQ(format_of(R"([{"tweetId":"1","authorHandle":"a"}])"), "siftly");
    EXPECT_EQ(format_of(R"({"id":"1","authorHandle":"a","syncedAt":"s"})"), "fieldtheory");
    EXPECT_EQ(format_of("id,title,note,excerpt,url,folder,tags,created,cover\n"), "raindrop");
    EXPECT_EQ(format_of("Tweet Date,Posted By,Handle\n"), "dewey");
    EXPECT_EQ(format_of("<!DOCTYPE NETSCAPE-Bookmark-file-1>"), "netscape");
    EXPECT_EQ(format_of("<DL><p><DT><A HREF=\"https://e.org\">e</A></DL>"), "netscape");
    EXPECT_EQ(format_of("window.YTD.like.part0 = []"), "x-archive");
}

TEST(Refusal, NamedSourceMustFit) {
    const std::string plain = R"([{"content":"x"}])";
    EXPECT_NE(refusal_of(plain, Format::x_bookmarker).find("not x-bookmarker: it looks like json"),
              std::string::npos);
    EXPECT_NE(refusal_of(plain, Format::twitter).find("not twitter"), std::string::npos);
    EXPECT_NE(refusal_of(plain, Format::csv).find("not csv"), std::string::npos);
    EXPECT_FALSE(read(plain, Format::json).refusal);
    const std::string exporter = R"([{"id":"1","full_text":"x","screen_name":"a"}])";
    EXPECT_FALSE(read(exporter, Format::twitter).refusal);
    EXPECT_FALSE(read(exporter, Format::json).refusal);
    EXPECT_EQ(read(exporter, Format::json).detection->format, Format::twitter_web_exporter);
}

TEST(Refusal, JsonWithoutBookmarksOrMalformedFromTheStart) {
    EXPECT_NE(refusal_of(R"({"a":1})").find("without bookmarks"), std::string::npos);
    EXPECT_NE(refusal_of("[}").find("malformed at byte 2"), std::string::npos);
    EXPECT_FALSE(read("[]").refusal) << "an export of nothing is valid";
}

TEST(Compression, BombIsBounded) {
    const std::string bomb = gzip("[{\"content\":\"" + std::string(8 << 20, 'a') + "\"}]");
    EXPECT_LT(bomb.size(), 20'000U);
    const Outcome outcome = read(bomb, Format::automatic, {.inflated_bytes_max = 1 << 20});
    ASSERT_EQ(outcome.errors.size(), 1U);
    EXPECT_EQ(outcome.errors[0].code, "too_big");
    EXPECT_TRUE(outcome.records.empty());
}

TEST(Compression, MembersInARowAreOneFile) {
    const Outcome outcome = read(gzip("[{\"content\":\"a\"},") + gzip("{\"content\":\"b\"}]"));
    EXPECT_EQ(outcome.records.size(), 2U);
    EXPECT_TRUE(outcome.errors.empty());
}

TEST(Compression, TruncatedAndDamaged) {
    std::string text = "[";
    for (int i = 0; i < 5000; ++i)
        text += "{\"content\":\"record " + std::to_string(i * 7919) + "\"},";
    text += "{\"content\":\"last\"}]";
    const std::string whole = gzip(text);
    const Outcome truncated = read(whole.substr(0, whole.size() / 2));
    EXPECT_GT(truncated.records.size(), 100U);
    ASSERT_EQ(truncated.errors.size(), 1U);
    EXPECT_EQ(truncated.errors[0].code, "truncated");
    std::string damaged = whole;
    for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 40; ++i)
        damaged[i] = static_cast<char>(~damaged[i]);
    const Outcome broken = read(damaged);
    ASSERT_FALSE(broken.errors.empty());
    EXPECT_EQ(broken.errors.back().code == "invalid_gzip" || broken.errors.back().code == "invalid_json",
              true);
    EXPECT_EQ(refusal_of(whole.substr(0, 5)), "The compressed file ends in the middle.");
}

TEST(Bounds, OneBigRecordIsLeftOutAndTheRestRead) {
    const std::string big(300'000, 'x');
    const std::string text = R"([{"content":"a"},{"content":")" + big + R"("},{"content":"b"}])";
    const Outcome outcome = read(text, Format::automatic, {.record_bytes_max = 100'000});
    EXPECT_EQ(outcome.records.size(), 2U);
    ASSERT_EQ(outcome.errors.size(), 1U);
    EXPECT_EQ(outcome.errors[0].code, "too_big");
    EXPECT_EQ(outcome.errors[0].line, 1);
    const std::string lines = R"({"content":"a"})"
                              "\n"
                              R"({"content":")" +
                              big +
                              "\"}\n"
                              R"({"content":"b"})";
    const Outcome by_line = read(lines, Format::automatic, {.record_bytes_max = 100'000});
    EXPECT_EQ(by_line.records.size(), 2U);
    ASSERT_EQ(by_line.errors.size(), 1U);
    EXPECT_EQ(by_line.errors[0].line, 2);
    const Outcome by_row =
        read("id,content\n1,a\n2," + big + "\n3,b\n", Format::automatic, {.record_bytes_max = 100'000});
    EXPECT_EQ(by_row.records.size(), 2U);
    ASSERT_EQ(by_row.errors.size(), 1U);
    EXPECT_EQ(by_row.errors[0].line, 3);
}

TEST(Bounds, ManySmallValuesCountToo) {
    std::string text = R"([{"content":"a","x":[)";
    for (int i = 0; i < 50'000; ++i)
        text += "1,";
    text += R"(1]},{"content":"b"}])";
    const Outcome outcome = read(text, Format::automatic, {.record_bytes_max = 1'000'000});
    ASSERT_EQ(outcome.errors.size(), 1U);
    EXPECT_EQ(outcome.errors[0].code, "too_big");
    EXPECT_EQ(outcome.records.size(), 1U);
}

TEST(Bounds, DeepNestingIsAnErrorNotACrash) {
    const std::string deep = R"([{"content":"a"},{"x":)" + std::string(100'000, '[');
    const Outcome outcome = read(deep);
    EXPECT_EQ(outcome.records.size(), 1U);
    ASSERT_EQ(outcome.errors.size(), 1U);
    EXPECT_EQ(outcome.errors[0].code, "invalid_json");
}

TEST(Bounds, ContentOfMoreThan100000CodePointsIsAnError) {
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += "あ";
    EXPECT_EQ(read(R"([{"content":")" + text + R"("}])").records.size(), 1U);
    const Outcome outcome = read(R"([{"content":")" + text + R"(x"},{"content":"b"}])");
    ASSERT_EQ(outcome.errors.size(), 1U);
    EXPECT_EQ(outcome.errors[0].field, "content");
    EXPECT_EQ(outcome.records.size(), 1U);
}

TEST(Bounds, MemoryDoesNotGrowWithTheFile) {
    std::int64_t records = 0;
    std::size_t most = 0;
    const auto count = [&](Record&&) {
        ++records;
        most = std::max(most, live_bytes());
    };
    const Sink sink{.record = count, .category = {}, .error = {}, .warning = {}, .part = {}};
    std::string chunk;
    for (int i = 0; i < 100; ++i)
        chunk += R"({"content":"the same text again and again, 東京の料理","tags":["a","b"]},)";
    const std::size_t before = live_bytes();
    Reader reader(Format::automatic, sink);
    reader.feed("[");
    for (int i = 0; i < 2000; ++i)
        reader.feed(chunk);
    reader.feed(R"({"content":"last"}])");
    reader.finish();
    EXPECT_EQ(records, 200'001);
    // 16 MB of text went through. What stays is buffers of 64 KiB.
    EXPECT_GT(most, before);
    EXPECT_LT(most - before, 2U << 20);
}

TEST(Cancel, NothingComesBehindIt) {
    int records = 0;
    Reader* running = nullptr;
    const Sink sink{.record =
                        [&](Record&&) {
                            if (++records == 3) running->cancel();
                        },
                    .category = {},
                    .error = [](RecordError&&) { FAIL(); },
                    .warning = {},
                    .part = {}};
    Reader reader(Format::automatic, sink);
    running = &reader;
    std::string text = "[";
    for (int i = 0; i < 100; ++i)
        text += R"({"content":"x"},)";
    reader.feed(text);
    reader.finish();
    EXPECT_EQ(records, 3);
    EXPECT_TRUE(reader.stopped());
}

class ReadFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "xbm-import-XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }
    std::filesystem::path write(std::string_view text) {
        const auto path = folder_ / "import";
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    std::filesystem::path folder_;
};

TEST_F(ReadFile, StreamsWithProgress) {
    std::string text = "[";
    for (int i = 0; i < 20'000; ++i)
        text += R"({"content":"x"},)";
    text += R"({"content":"y"}])";
    Outcome outcome;
    std::vector<std::uint64_t> seen;
    const auto format =
        read_file(write(text), Format::automatic, collecting_sink(outcome), [&](auto done, auto total) {
            EXPECT_EQ(total, text.size());
            seen.push_back(done);
            return true;
        });
    ASSERT_TRUE(format) << format.error();
    EXPECT_EQ(*format, Format::json);
    EXPECT_EQ(outcome.records.size(), 20'001U);
    EXPECT_GT(seen.size(), 3U);
    EXPECT_EQ(seen.back(), text.size());
}

TEST_F(ReadFile, ErrorsAreSentences) {
    Outcome outcome;
    const Sink sink = collecting_sink(outcome);
    EXPECT_EQ(read_file(folder_ / "absent", Format::automatic, sink).error(),
              "The file cannot be opened: No such file or directory.");
    EXPECT_FALSE(read_file(folder_, Format::automatic, sink));
    EXPECT_EQ(read_file(write(""), Format::automatic, sink).error(), "The file is empty.");
    EXPECT_EQ(
        read_file(write("[{\"content\":\"x\"}]"), Format::automatic, sink, [](auto, auto) { return false; })
            .error(),
        "The reading was cancelled.");
}

}  // namespace
}  // namespace transfer
