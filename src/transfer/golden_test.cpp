// Every file of tests/data/import against what must come out of it, whatever the chunks are. To accept a
// change, set XBM_UPDATE_GOLDEN=1 and review the difference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "record_dump.hpp"
#include "transfer/reader.hpp"

namespace transfer {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(XBM_TEST_DATA) / "import";

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::string read_in_chunks(std::string_view bytes, std::size_t chunk) {
    std::string out;
    const Sink sink = dumping_sink(out);
    Reader reader(Format::automatic, sink);
    for (std::size_t at = 0; at < bytes.size(); at += chunk)
        reader.feed(bytes.substr(at, chunk));
    reader.finish();
    if (reader.refusal()) return "refused: " + *reader.refusal() + "\n";
    return "format: " + std::string(to_string(reader.detected()->format)) + "\n" + out;
}

std::vector<std::string> inputs() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(kFolder))
        if (entry.path().extension() != ".expected") names.push_back(entry.path().filename());
    std::ranges::sort(names);
    return names;
}

class Golden : public testing::TestWithParam<std::string> {};

TEST_P(Golden, ComesOutAsExpectedInAnyChunks) {
    const fs::path expected_path = kFolder / (GetParam() + ".expected");
    const std::string bytes = content_of(kFolder / GetParam());
    const std::string whole = read_in_chunks(bytes, bytes.size() + 1);
    if (std::getenv("XBM_UPDATE_GOLDEN") != nullptr) std::ofstream(expected_path, std::ios::binary) << whole;
    EXPECT_EQ(whole, content_of(expected_path));
    for (const std::size_t chunk : {1U, 2U, 7U, 100U})
        EXPECT_EQ(read_in_chunks(bytes, chunk), whole) << "in chunks of " << chunk;
}

INSTANTIATE_TEST_SUITE_P(Files, Golden, testing::ValuesIn(inputs()), [](const auto& test) {
    std::string name = test.param;
    for (char& c : name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return name;
});

TEST(GoldenFiles, CompressedIsTheSame) {
    EXPECT_EQ(content_of(kFolder / "own-1.json.gz.expected"), content_of(kFolder / "own-1.json.expected"));
}

TEST(GoldenFiles, EncodingsAreTheSame) {
    EXPECT_EQ(content_of(kFolder / "twe-utf16.csv.expected"),
              content_of(kFolder / "twe-titles.csv.expected"));
}

/// The records of a sample file by id; there must be no error.
std::map<std::string, Record> read_sample(const std::string& name) {
    std::map<std::string, Record> records;
    const Sink sink{
        .record = [&](Record&& record) { records.emplace(record.draft.x_tweet_id, std::move(record)); },
        .category = {},
        .error = [](RecordError&& error) { ADD_FAILURE() << error.line << ": " << error.message; },
        .warning = [](std::string_view text) { ADD_FAILURE() << text; },
        .part = {}};
    EXPECT_TRUE(read_file(kFolder.parent_path() / name, Format::twitter, sink));
    return records;
}

TEST(Samples, JsonAndCsvAreTheSamePosts) {
    const auto from_json = read_sample("sample-export.json");
    const auto from_csv = read_sample("sample.csv");
    EXPECT_EQ(from_json.size(), 42U);
    ASSERT_EQ(from_json.size(), from_csv.size());
    std::size_t with_cooking = 0;
    for (const auto& [id, record] : from_json) {
        std::string left;
        std::string right;
        Record other = from_csv.at(id);
        other.line = record.line;
        dump(left, record);
        dump(right, other);
        EXPECT_EQ(left, right);
        with_cooking += record.draft.content.contains("料理");
    }
    EXPECT_EQ(with_cooking, 7U);
}

TEST(Samples, CaptureAgreesWithTheExport) {
    const auto from_json = read_sample("sample-export.json");
    const auto from_capture = read_sample("sample-graphql.json");
    EXPECT_EQ(from_capture.size(), 13U);
    std::size_t both = 0;
    for (const auto& [id, record] : from_capture) {
        const auto other = from_json.find(id);
        if (other == from_json.end()) continue;
        ++both;
        EXPECT_EQ(record.draft.content, other->second.draft.content);
        EXPECT_EQ(record.draft.author_username, other->second.draft.author_username);
        EXPECT_EQ(record.draft.posted_at, other->second.draft.posted_at);
        EXPECT_EQ(record.draft.hashtags, other->second.draft.hashtags);
        EXPECT_EQ(record.draft.media.size(), other->second.draft.media.size());
        EXPECT_TRUE(record.sort_index);
    }
    EXPECT_EQ(both, 12U);
}

}  // namespace
}  // namespace transfer
