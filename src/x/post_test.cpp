#include "x/post.hpp"

#include <gtest/gtest.h>

namespace x {
namespace {

using bookmarks::PostStatus;
using namespace std::chrono_literals;

constexpr base::Time kNow{std::chrono::seconds(1'800'000'000)};

// As X's documentation describes it; what the dialects spell differently stands in braces.
constexpr std::string_view kPage = R"({
  "data": [
    {
      "id": "1900000000000000001", "text": "short &amp; cut… https://t.co/a", "author_id": "11",
      "conversation_id": "1900000000000000000", "created_at": "2026-08-01T02:03:04.000Z", "lang": "ja",
      "{note}": {"text": "long &lt;text&gt; 料理 &amp;amp; more",
        "entities": {"urls": [{"start": 0, "end": 3, "url": "https://t.co/b", "expanded_url": "https://example.org/b"}],
                     "hashtags": [{"start": 4, "end": 6, "tag": "料理"}],
                     "mentions": [{"start": 7, "end": 9, "username": "bob", "id": "12"}]}},
      "entities": {"urls": [{"url": "https://t.co/c", "expanded_url": "https://example.org/cut"}], "hashtags": [{"tag": "cut"}]},
      "attachments": {"media_keys": ["3_1", "7_2", "16_3", "9_unknown", "7_4", "5_5"]},
      "{references}": [{"type": "quoted", "id": "1"}, {"type": "replied_to", "id": "2"}, {"type": "{repost}", "id": "3"}, {"type": "new_kind", "id": "4"}],
      "public_metrics": {"{reposts}": 1, "reply_count": 2, "like_count": 3, "quote_count": 4, "bookmark_count": 5, "impression_count": 6},
      "{history}": ["1900000000000000001"], "field_of_tomorrow": {"x": [1]}
    },
    {"id": "1900000000000000002", "text": "plain https://t.co/p", "author_id": "99",
      "entities": {"urls": [
        {"url": "https://t.co/p", "expanded_url": "https://x.com/ann/status/1900000000000000002/photo/1"},
        {"url": "https://t.co/q", "expanded_url": "https://x.com/bob/status/5/video/1", "media_key": "7_2"},
        {"url": "https://t.co/r"}]}},
    {"id": "1900000000000000003", "text": "see", "author_id": "12", "withheld": {"copyright": false, "country_codes": ["DE"]},
      "article": {"title": "An &amp; article", "cover_media": "3_1"}},
    {"text": "no id"}, "not a post", {"id": "not-a-number"}
  ],
  "includes": {
    "users": [{"id": "11", "username": "ann", "name": "Ann &amp; Co", "profile_image_url": "https://pbs.twimg.com/a.jpg"},
              {"id": "12", "username": "bob", "name": "Bob"}, 5],
    "media": [
      {"media_key": "3_1", "type": "photo", "url": "https://pbs.twimg.com/1.jpg", "width": 10, "height": 20, "alt_text": "a cat"},
      {"media_key": "7_2", "type": "video", "preview_image_url": "https://pbs.twimg.com/2.jpg", "duration_ms": 1500,
       "variants": [{"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/2.m3u8"},
                    {"bit_rate": 256000, "content_type": "video/mp4", "url": "https://video.twimg.com/2-low.mp4"},
                    {"bit_rate": 832000, "content_type": "video/mp4", "url": "https://video.twimg.com/2-high.mp4"}]},
      {"media_key": "16_3", "type": "animated_gif", "preview_image_url": "https://pbs.twimg.com/3.jpg",
       "variants": [{"bit_rate": 0, "content_type": "video/mp4", "url": "https://video.twimg.com/3.mp4"}]},
      {"media_key": "7_4", "type": "video", "preview_image_url": "https://pbs.twimg.com/4.jpg"},
      {"media_key": "5_5", "type": "hologram", "url": "https://pbs.twimg.com/5.bin"}],
    "{posts}": [{"id": "1"}, {"id": "2"}],
    "places": [{"id": "x"}]
  },
  "errors": [
    {"resource_type": "{resource}", "resource_id": "21", "title": "Not Found Error", "type": "https://api.x.com/2/problems/resource-not-found"},
    {"resource_type": "{resource}", "value": "22", "title": "Authorization Error", "type": "https://api.twitter.com/2/problems/not-authorized-for-resource"},
    {"resource_type": "{resource}", "resource_id": "23", "type": "https://api.x.com/2/problems/disallowed-resource"},
    {"resource_type": "{resource}", "resource_id": "24", "type": "https://api.x.com/2/problems/resource-unavailable"},
    {"resource_type": "{resource}", "resource_id": "25", "detail": "User has been suspended: [25].", "type": "https://api.x.com/2/problems/resource-not-found"},
    {"resource_type": "{resource}", "resource_id": "26", "type": "https://api.x.com/2/problems/of-tomorrow"},
    {"resource_type": "{resource}", "resource_id": "27", "type": "https://api.x.com/2/problems/not-authorized-for-field"},
    {"resource_type": "user", "resource_id": "12", "type": "https://api.x.com/2/problems/resource-not-found"},
    {"message": "words"}, 7
  ],
  "meta": {"result_count": 6, "next_token": "7140w"}
})";

std::string in_dialect(bool tweet) {
    const std::pair<std::string_view, std::string_view> words[] = {
        {"{note}", tweet ? "note_tweet" : "note_post"},
        {"{references}", tweet ? "referenced_tweets" : "referenced_posts"},
        {"{repost}", tweet ? "retweeted" : "reposted"},
        {"{reposts}", tweet ? "retweet_count" : "repost_count"},
        {"{history}", tweet ? "edit_history_tweet_ids" : "edit_history_post_ids"},
        {"{posts}", tweet ? "tweets" : "posts"},
        {"{resource}", tweet ? "tweet" : "post"}};
    std::string out(kPage);
    for (const auto& [from, to] : words)
        for (auto at = out.find(from); at != std::string::npos; at = out.find(from))
            out.replace(at, from.size(), to);
    return out;
}

class XPost : public testing::TestWithParam<bool> {
protected:
    Page page = read_page(in_dialect(GetParam()), Asked::list, kNow).value();
};
INSTANTIATE_TEST_SUITE_P(Dialects, XPost, testing::Bool());

TEST_P(XPost, ReadsAPage) {
    EXPECT_EQ(page.resources, 6);
    EXPECT_EQ(page.unreadable, 3);
    EXPECT_EQ(page.included_users, 3);
    EXPECT_EQ(page.included_posts, 2);
    EXPECT_EQ(page.next_token, "7140w");
    ASSERT_EQ(page.posts.size(), 3U);
    EXPECT_EQ(page.posts[0].draft.x_tweet_id, "1900000000000000001");
    EXPECT_EQ(page.posts[2].draft.x_tweet_id, "1900000000000000003");
}

TEST_P(XPost, TakesTheNoteWithItsOwnEntities) {
    const auto& draft = page.posts[0].draft;
    EXPECT_EQ(draft.content, "long <text> 料理 &amp; more");
    EXPECT_EQ(draft.links, std::vector<std::string>{"https://example.org/b"});
    EXPECT_EQ(draft.hashtags, std::vector<std::string>{"料理"});
    EXPECT_EQ(draft.mentions, std::vector<std::string>{"bob"});
}

TEST_P(XPost, AuthorUrlDateLanguageSource) {
    const auto& draft = page.posts[0].draft;
    EXPECT_EQ(page.posts[0].author_id, "11");
    EXPECT_EQ(page.posts[0].conversation_id, "1900000000000000000");
    EXPECT_EQ(draft.author_username, "ann");
    EXPECT_EQ(draft.author_display_name, "Ann & Co");
    EXPECT_EQ(draft.author_avatar_url, "https://pbs.twimg.com/a.jpg");
    EXPECT_EQ(draft.url, "https://x.com/ann/status/1900000000000000001");
    EXPECT_EQ(draft.posted_at, base::parse_iso("2026-08-01T02:03:04Z"));
    EXPECT_EQ(draft.lang, "ja");
    EXPECT_EQ(draft.source, "x-api");
    EXPECT_EQ(draft.post_status, PostStatus::available);
    EXPECT_FALSE(draft.bookmarked_at);
    const auto& unknown = page.posts[1].draft;
    EXPECT_EQ(unknown.author_username, "");
    EXPECT_EQ(unknown.author_display_name, "");
    EXPECT_EQ(unknown.url, "https://x.com/i/status/1900000000000000002");
    EXPECT_FALSE(unknown.posted_at);
    EXPECT_FALSE(unknown.metrics);
}

TEST_P(XPost, Media) {
    const auto& media = page.posts[0].draft.media;
    ASSERT_EQ(media.size(), 5U);
    EXPECT_EQ(media[0].type, "photo");
    EXPECT_EQ(media[0].url, "https://pbs.twimg.com/1.jpg");
    EXPECT_FALSE(media[0].preview_url);
    EXPECT_EQ(media[0].alt_text, "a cat");
    EXPECT_EQ(media[0].width, 10);
    EXPECT_EQ(media[0].height, 20);
    EXPECT_EQ(media[1].type, "video");
    EXPECT_EQ(media[1].url, "https://video.twimg.com/2-high.mp4");
    EXPECT_EQ(media[1].preview_url, "https://pbs.twimg.com/2.jpg");
    EXPECT_EQ(media[1].duration_ms, 1500);
    EXPECT_EQ(media[2].type, "animated_gif");
    EXPECT_EQ(media[2].url, "https://video.twimg.com/3.mp4");
    EXPECT_EQ(media[3].url, "https://pbs.twimg.com/4.jpg");
    EXPECT_EQ(media[3].type, "video");
    EXPECT_FALSE(media[3].preview_url);
    EXPECT_EQ(media[4].type, "photo");
}

TEST_P(XPost, ReferencesAndMetrics) {
    const auto& draft = page.posts[0].draft;
    ASSERT_EQ(draft.referenced.size(), 3U);
    EXPECT_EQ(draft.referenced[0].type, "quoted");
    EXPECT_EQ(draft.referenced[1].type, "replied_to");
    EXPECT_EQ(draft.referenced[2].type, "retweeted");
    EXPECT_EQ(draft.referenced[2].id, "3");
    ASSERT_TRUE(draft.metrics);
    EXPECT_EQ(draft.metrics->reposts, 1);
    EXPECT_EQ(draft.metrics->replies, 2);
    EXPECT_EQ(draft.metrics->likes, 3);
    EXPECT_EQ(draft.metrics->quotes, 4);
    EXPECT_EQ(draft.metrics->bookmarks, 5);
    EXPECT_EQ(draft.metrics->views, 6);
    EXPECT_EQ(draft.metrics->at, kNow);
}

TEST_P(XPost, LinksWithoutOwnMedia) {
    EXPECT_EQ(page.posts[1].draft.links, std::vector<std::string>{"https://t.co/r"});
}

TEST_P(XPost, ArticleAndWithheld) {
    const Post& post = page.posts[2];
    EXPECT_EQ(post.draft.title, "An & article");
    EXPECT_EQ(post.article, R"({"title":"An &amp; article","cover_media":"3_1"})");
    EXPECT_EQ(post.draft.post_status, PostStatus::withheld);
    EXPECT_FALSE(page.posts[0].article);
}

TEST_P(XPost, ProblemsAreEvidence) {
    const std::pair<std::string_view, PostStatus> expected[] = {
        {"21", PostStatus::deleted}, {"22", PostStatus::protected_}, {"23", PostStatus::withheld},
        {"24", PostStatus::unknown}, {"25", PostStatus::suspended},  {"26", PostStatus::unknown}};
    ASSERT_EQ(page.problems.size(), std::size(expected));
    for (std::size_t i = 0; i < std::size(expected); ++i) {
        EXPECT_EQ(page.problems[i].post_id, expected[i].first);
        EXPECT_EQ(to_string(page.problems[i].status), to_string(expected[i].second));
    }
    EXPECT_EQ(page.problems[0].type, "resource-not-found");
}

TEST(XPage, OnlyAddressesThatAPageMayPointTo) {
    const auto page = read_page(R"x({"data":[{"id":"1","author_id":"2","attachments":{"media_keys":["a","b"]},
        "entities":{"urls":[{"expanded_url":"javascript:alert(1)"},{"expanded_url":"https://example.org/"}]}}],
        "includes":{"users":[{"id":"2","username":"u","profile_image_url":"data:x"}],
        "media":[{"media_key":"a","type":"photo","url":"file:///etc/passwd"},
                 {"media_key":"b","type":"video","url":"x","preview_image_url":"https://p/1.jpg"}]}})x",
                                Asked::list, kNow);
    const auto& draft = page.value().posts.at(0).draft;
    EXPECT_EQ(draft.links, std::vector<std::string>{"https://example.org/"});
    EXPECT_FALSE(draft.author_avatar_url);
    ASSERT_EQ(draft.media.size(), 1U);
    EXPECT_EQ(draft.media[0].url, "https://p/1.jpg");
}

TEST(XPage, AnArticleIsFitForTheDatabase) {
    const auto page = read_page("{\"data\":[{\"id\":\"1\",\"article\":{\"a\\u0000\":[\"x\\u0000\xff\",5]}}]}",
                                Asked::list, kNow);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->posts.at(0).article, "{\"a\":[\"x\xEF\xBF\xBD\",5]}");
}

TEST(XPage, EndsOnlyWithoutAToken) {
    const auto page = read_page(R"({"meta":{"result_count":0,"next_token":"on"}})", Asked::list, kNow);
    ASSERT_TRUE(page);
    EXPECT_EQ(page->next_token, "on");
    EXPECT_TRUE(page->posts.empty());
    EXPECT_FALSE(read_page(R"({"data":[]})", Asked::list, kNow).value().next_token);
}

TEST(XPage, SurvivesShapesThatNobodyPromised) {
    for (
        const char* body :
        {R"({"data":{},"meta":5})", R"({"data":[null,[],{"id":1}],"includes":[]})",
         R"({"data":[{"id":"1","entities":{"urls":{}},"attachments":{"media_keys":{}},"public_metrics":[],"referenced_tweets":{},"note_tweet":"x"}]})",
         R"({"data":[{"id":"1","text":5,"lang":{},"created_at":"yesterday","article":[]}],"includes":{"users":{},"media":7},"errors":{}})"})
        EXPECT_TRUE(read_page(body, Asked::list, kNow)) << body;
    EXPECT_FALSE(read_page(std::string(100'000, '['), Asked::list, kNow));
}

}  // namespace
}  // namespace x
