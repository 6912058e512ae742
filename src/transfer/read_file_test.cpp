// Files that are more than one stream of bytes: zip archives, and those that are read twice.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>

#include "base/temporary_dir.hpp"
#include "record_dump.hpp"
#include "transfer/export_output.hpp"
#include "transfer/import_validation.hpp"
#include "transfer/reader.hpp"
#include "transfer/source_file.hpp"

namespace transfer {
namespace {

namespace fs = std::filesystem;

std::string sample(const std::string& name) {
    std::ifstream file(fs::path(XBM_TEST_DATA) / "import" / name, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

struct Found {
    std::expected<Format, std::string> format = Format::automatic;
    std::vector<Record> records;
    std::vector<CategoryRecord> categories;
    std::vector<PartRecord> parts;
    std::vector<RecordError> errors;
    std::vector<std::string> warnings;

    [[nodiscard]] const Record& record(const std::string& id) const {
        const auto found =
            std::ranges::find_if(records, [&](const Record& one) { return one.draft.x_tweet_id == id; });
        if (found == records.end()) throw std::out_of_range(id);
        return *found;
    }
};

class WholeFiles : public testing::Test {
protected:
    fs::path write(const std::string& name, const std::string& bytes) const {
        std::ofstream(directory_.path() / name, std::ios::binary) << bytes;
        return directory_.path() / name;
    }

    static std::string zip(const std::vector<std::pair<std::string, std::string>>& files) {
        std::string bytes;
        ZipStream stream(
            [&bytes](std::string_view piece) -> base::Result<void> {
                bytes += piece;
                return {};
            },
            base::Time());
        for (const auto& [name, content] : files) {
            EXPECT_TRUE(stream.begin(name));
            EXPECT_TRUE(stream.write(content));
        }
        EXPECT_TRUE(stream.finish());
        return bytes;
    }

    Found read(const std::string& bytes, Format asked = Format::automatic, bool include_likes = false) const {
        return read(write("file", bytes), asked, include_likes);
    }
    static Found read(const fs::path& path, Format asked, bool include_likes) {
        Found found;
        const Sink sink{.record = [&](Record&& record) { found.records.push_back(std::move(record)); },
                        .category = [&](CategoryRecord&& one) { found.categories.push_back(std::move(one)); },
                        .error = [&](RecordError&& error) { found.errors.push_back(std::move(error)); },
                        .warning = [&](std::string_view text) { found.warnings.emplace_back(text); },
                        .part = [&](PartRecord&& part) { found.parts.push_back(std::move(part)); }};
        found.format = read_file(path, asked, sink, {}, {}, include_likes);
        return found;
    }

    base::TemporaryDir directory_;
};

const std::string kTweets =
    R"(window.YTD.tweets.part0 = [ {"tweet":{"id_str":"1799000000000000001","full_text":"mine &amp; bookmarked","created_at":"Wed Apr 08 06:30:15 +0000 2026","lang":"en","favorite_count":"3","entities":{"hashtags":[{"text":"tag"}],"urls":[],"user_mentions":[]}}},
 {"tweet":{"id_str":"1799000000000000009","full_text":"not bookmarked","created_at":"Wed Apr 08 06:30:15 +0000 2026"}} ])";
const std::string kAccount =
    R"(window.YTD.account.part0 = [ {"account":{"username":"ada","accountDisplayName":"Ada L","accountId":"1"}} ])";

TEST_F(WholeFiles, AnArchiveOfX) {
    const std::string bytes =
        zip({{"twitter-2026/data/account.js", kAccount},
             {"twitter-2026/data/like.js", sample("x-like.js")},
             {"twitter-2026/data/tweets.js", kTweets},
             {"twitter-2026/data/bookmark.js", sample("x-bookmark.js")},
             {"twitter-2026/data/bookmarks-part1.js",
              R"(window.YTD.bookmarks.part1 = [{"bookmark":{"tweetId":"1799000000000000004"}}])"},
             {"twitter-2026/Your archive.html", "<html></html>"}});
    const Found found = read(bytes);
    ASSERT_TRUE(found.format) << found.format.error();
    EXPECT_EQ(*found.format, Format::x_archive);
    EXPECT_TRUE(found.errors.empty());
    ASSERT_EQ(found.records.size(), 3U) << "in the order of the file";
    const bookmarks::Draft& own = found.records[0].draft;
    EXPECT_EQ(own.content, "mine & bookmarked");
    EXPECT_EQ(own.author_username, "ada");
    EXPECT_EQ(own.author_display_name, "Ada L");
    EXPECT_EQ(own.hashtags, std::vector<std::string>{"tag"});
    EXPECT_EQ(own.post_status, bookmarks::PostStatus::available);
    EXPECT_TRUE(own.posted_at);
    EXPECT_EQ(found.records[1].draft.content, "with text");
    EXPECT_EQ(found.records[2].draft.post_status, bookmarks::PostStatus::unhydrated);
    ASSERT_EQ(found.warnings.size(), 1U);

    const Found with_likes = read(bytes, Format::twitter, true);
    ASSERT_TRUE(with_likes.format);
    ASSERT_EQ(with_likes.records.size(), 4U);
    EXPECT_EQ(with_likes.record("1799000000000000003").draft.tags, std::vector<std::string>{"like"});
}

TEST_F(WholeFiles, AnArchiveOfXWithoutBookmarksSaysSo) {
    const std::string bytes = zip({{"data/tweets.js", kTweets}, {"data/like.js", sample("x-like.js")}});
    const Found found = read(bytes);
    ASSERT_FALSE(found.format);
    EXPECT_TRUE(found.format.error().contains("includeLikes"));
    EXPECT_EQ(read(bytes, Format::x_archive, true).records.size(), 1U);
    EXPECT_FALSE(read(bytes, Format::chrome).format);
}

TEST_F(WholeFiles, DeletedPostsOfAnArchive) {
    std::string deleted = kTweets;
    deleted.replace(deleted.find("tweets"), 6, "deleted_tweets");
    const Found found =
        read(zip({{"data/bookmark.js", sample("x-bookmark.js")}, {"data/deleted-tweets.js", deleted}}));
    ASSERT_TRUE(found.format) << found.format.error();
    EXPECT_EQ(found.record("1799000000000000001").draft.post_status, bookmarks::PostStatus::deleted);
}

TEST_F(WholeFiles, AZipHoldsAnyOtherFormat) {
    const Found csv = read(zip({{"media/a.jpg", "x"}, {"manifest.csv", sample("siftly-manifest.csv")}}));
    ASSERT_TRUE(csv.format) << csv.format.error();
    EXPECT_EQ(*csv.format, Format::siftly);
    EXPECT_EQ(csv.records.size(), 1U);
    const Found json = read(zip({{"bookmarks-1.csv", "x"}, {"bookmarks-1.json", sample("own-2.json")}}));
    ASSERT_TRUE(json.format) << json.format.error();
    EXPECT_EQ(*json.format, Format::x_bookmarker);
    EXPECT_FALSE(json.records.empty());
    EXPECT_FALSE(read(zip({{"a.jpg", "x"}})).format);
    EXPECT_FALSE(read("PK\x03\x04 and nothing else").format);
    const fs::path bomb = write("bomb.zip", zip({{"bookmarks.json", "[" + std::string(2 << 20, ' ') + "]"}}));
    const auto refused = read_file(bomb, Format::automatic, Sink{}, {}, {.inflated_bytes_max = 1 << 20});
    ASSERT_FALSE(refused);
    EXPECT_TRUE(refused.error().contains("larger than 1 MiB")) << refused.error();
    std::string cut = zip({{"bookmarks.json", sample("own-2.json")}});
    cut.resize(cut.size() / 2);
    EXPECT_FALSE(read(cut).format);
}

TEST_F(WholeFiles, KarakeepsListsAreReadAhead) {
    const Found found = read(sample("karakeep.json"));
    ASSERT_TRUE(found.format) << found.format.error();
    ASSERT_EQ(found.records.size(), 2U);
    EXPECT_EQ(found.records[0].category_path, (std::vector<std::string>{"Parent", "Child"}));
    EXPECT_EQ(found.records[0].draft.tags, (std::vector<std::string>{"one", "Parent"}));
    ASSERT_EQ(found.categories.size(), 2U);
    EXPECT_EQ(found.categories[1].path, (std::vector<std::string>{"Parent", "Child"}));
    EXPECT_EQ(found.categories[0].icon, "🚀");
    ASSERT_EQ(found.parts.size(), 1U);
    EXPECT_EQ(found.parts[0].part, "savedSearches");
    EXPECT_TRUE(found.parts[0].json.contains("#one is:fav"));
}

TEST_F(WholeFiles, CategoriesOfAnOwnDocumentComeFirstAndOnce) {
    const fs::path path = write("file", sample("own-2.json"));
    std::vector<std::string> order;
    const Sink sink{.record = [&](Record&&) { order.emplace_back("record"); },
                    .category = [&](CategoryRecord&&) { order.emplace_back("category"); },
                    .categories_end = [&] { order.emplace_back("end"); }};
    ASSERT_TRUE(read_file(path, Format::automatic, sink));
    const auto end = std::ranges::find(order, "end");
    ASSERT_NE(end, order.end());
    EXPECT_EQ(std::find(order.begin(), end, "record"), end);
    EXPECT_EQ(std::find(end, order.end(), "category"), order.end());
}

TEST_F(WholeFiles, ALookAtAFileStoresNothingAndSaysWhatItIs) {
    const auto look = [this](const std::string& bytes, ImportOptions options = {}) {
        // As in the body of a request: something stands around it.
        return validate_import(write("body", "before" + bytes + "behind"), 6, bytes.size(), options);
    };
    const ImportValidation good = look(sample("pinboard.json"));
    EXPECT_TRUE(good.valid);
    EXPECT_EQ(good.format, Format::pinboard);
    EXPECT_EQ(good.estimated_records, 2);
    ASSERT_EQ(good.preview.size(), 2U);
    EXPECT_EQ(good.preview[0].draft.title, "A title");
    const ImportValidation zipped = look(zip({{"data/bookmark.js", sample("x-bookmark.js")}}));
    EXPECT_TRUE(zipped.valid) << zipped.to_json();
    EXPECT_EQ(zipped.format, Format::x_archive);
    for (const std::string& bad : {std::string(), std::string("\x7f\x45LF\0\0\0\0", 8), std::string("[]"),
                                   std::string("<html><body>hello</body></html>")}) {
        const ImportValidation found = look(bad);
        EXPECT_FALSE(found.valid) << bad;
        EXPECT_FALSE(found.errors.empty()) << bad;
    }
    EXPECT_FALSE(look(sample("pinboard.json"), {.source = Format::raindrop}).valid);
    std::string many = "[";
    for (int i = 0; i < 200'000; ++i)
        many +=
            (i == 0 ? "" : ",") + std::string(R"({"id":")") + std::to_string(100'000'000 + i) +
            R"(","text":"some text that is long enough to make the file larger than what is looked at, and more"})";
    const ImportValidation large = look(many + "]");
    EXPECT_TRUE(large.valid);
    EXPECT_EQ(large.format, Format::json);
    EXPECT_NEAR(static_cast<double>(large.estimated_records), 200'000, 20'000);
    EXPECT_EQ(large.preview.size(), ImportValidation::kPreviewMax);
}

}  // namespace
}  // namespace transfer
