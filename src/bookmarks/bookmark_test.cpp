#include "bookmarks/bookmark.hpp"

#include <gtest/gtest.h>

namespace bookmarks {
namespace {

TEST(Names, RoundTrip) {
    for (int i = 0; i <= static_cast<int>(PostStatus::unknown); ++i) {
        const auto status = static_cast<PostStatus>(i);
        EXPECT_EQ(parse_post_status(to_string(status)), status);
    }
    for (int i = 0; i <= static_cast<int>(BookmarkedAtSource::first_seen); ++i) {
        const auto source = static_cast<BookmarkedAtSource>(i);
        EXPECT_EQ(parse_bookmarked_at_source(to_string(source)), source);
    }
    EXPECT_EQ(to_string(PostStatus::protected_), "protected");
    EXPECT_FALSE(parse_post_status("gone"));
    EXPECT_FALSE(parse_bookmarked_at_source(""));
}

TEST(Tag, IsTrimmedAndSqueezed) {
    EXPECT_EQ(normalise_tag("  AI \t 技術\u3000 メモ "), "AI 技術 メモ");
    EXPECT_EQ(normalise_tag("C++"), "C++");
    EXPECT_EQ(normalise_tag("Rust"), "Rust") << "case is kept";
}

TEST(Tag, IsComposed) {
    EXPECT_EQ(normalise_tag("カ\u3099ラス"), "ガラス");
    EXPECT_EQ(normalise_tag("cafe\u0301"), "café");
}

TEST(Tag, LengthIsMeasuredInCodePointsOfTheNormalForm) {
    std::string decomposed;
    for (int i = 0; i < 100; ++i)
        decomposed += "カ\u3099";
    EXPECT_TRUE(normalise_tag(decomposed));
    EXPECT_FALSE(normalise_tag(decomposed + "x"));
}

TEST(Tag, RefusesWhatCannotBeATag) {
    EXPECT_FALSE(normalise_tag(""));
    EXPECT_FALSE(normalise_tag(" \n\u3000"));
    EXPECT_FALSE(normalise_tag("a,b"));
    EXPECT_FALSE(normalise_tag("bell\a"));
    EXPECT_FALSE(normalise_tag(std::string_view("a\0b", 3)));
    EXPECT_EQ(normalise_tag("a\xFFz"), "a\uFFFDz") << "invalid bytes are replaced";
}

TEST(Url, IsNormalised) {
    EXPECT_EQ(normalise_url("HTTPS://Example.COM:443/Path?b=2&utm_source=x&a=1#top"),
              "https://example.com/Path?b=2&a=1");
    EXPECT_EQ(normalise_url("http://example.com:80/"), "http://example.com/");
    EXPECT_EQ(normalise_url("http://example.com:8080/?s=1&t=2"), "http://example.com:8080/?s=1&t=2");
    EXPECT_EQ(normalise_url("https://e.org/?UTM_Medium=m"), "https://e.org/");
    EXPECT_EQ(normalise_url("https://e.org/?"), "https://e.org/?");
    EXPECT_EQ(normalise_url("https://u:p@E.org/"), "https://u:p@e.org/");
    EXPECT_EQ(normalise_url("not a url"), "not a url");
}

TEST(Url, XHostsBecomeOne) {
    for (const char* host : {"twitter.com", "www.twitter.com", "mobile.twitter.com", "www.x.com", "X.com"})
        EXPECT_EQ(normalise_url("https://" + std::string(host) + "/hana?s=20&t=abc&lang=ja"),
                  "https://x.com/hana?lang=ja");
    EXPECT_EQ(normalise_url("http://mobile.twitter.com/a/status/123?s=20"), "https://x.com/i/status/123");
    EXPECT_EQ(normalise_url("https://x.com/a/statuses/99/photo/1"), "https://x.com/i/status/99");
    EXPECT_EQ(normalise_url("https://nottwitter.com/a/status/1"), "https://nottwitter.com/a/status/1");
}

TEST(Url, NormalisingTwiceChangesNothing) {
    for (const char* url :
         {"HTTPS://Example.COM:443/?utm_x=1", "https://e.org/?&&a", "https://x.com/i/web/status/5",
          "https://e.org:443:443/", "http://[::1]:80/x#y#z", "https://x.com/?s=1&&t=2"}) {
        const std::string once = normalise_url(url);
        EXPECT_EQ(normalise_url(once), once) << url;
    }
}

TEST(Url, PostIdAndHandle) {
    EXPECT_EQ(post_id_of_url("https://x.com/hana_k/status/1790000000000000001?s=20"), "1790000000000000001");
    EXPECT_EQ(post_id_of_url("https://x.com/i/web/status/12"), "12");
    EXPECT_FALSE(post_id_of_url("https://x.com/hana_k/status/"));
    EXPECT_FALSE(post_id_of_url("https://x.com/hana_k/status/123456789012345678901"));
    EXPECT_FALSE(post_id_of_url("https://example.com/hana_k/status/12"));
    EXPECT_EQ(handle_of_url("https://twitter.com/hana_k/statuses/12"), "hana_k");
    EXPECT_FALSE(handle_of_url("https://x.com/i/status/12"));
    EXPECT_FALSE(handle_of_url("https://x.com/i/web/status/12"));
    EXPECT_FALSE(handle_of_url("https://x.com/hana_k"));
}

TEST(Url, OnlyHttp) {
    EXPECT_TRUE(is_http_url("https://例え.jp/道?x=1"));
    EXPECT_TRUE(is_http_url("HTTP://e.org"));
    EXPECT_FALSE(is_http_url("javascript://alert(1)"));
    EXPECT_FALSE(is_http_url("javascript:alert(1)"));
    EXPECT_FALSE(is_http_url("//e.org/"));
    EXPECT_FALSE(is_http_url("https:///path"));
    EXPECT_FALSE(is_http_url("https://e.org/a b"));
    EXPECT_FALSE(is_http_url("https://e.org/\n"));
    EXPECT_FALSE(is_http_url("https://e.org/\xFF"));
    EXPECT_TRUE(is_http_url("https://e.org/" + std::string(4096 - 14, 'a')));
    EXPECT_FALSE(is_http_url("https://e.org/" + std::string(4097 - 14, 'a')));
}

TEST(Identity, SynthesisedIdsFollowTheContract) {
    // SHA-256("https://e.org/") and SHA-256("text" NUL "hana"), checked with coreutils' sha256sum.
    EXPECT_EQ(synthesise_id("https://e.org/", "ignored", "ignored"),
              "import-1ae4ea06ea8395fed1a1229a463511f8");
    EXPECT_EQ(synthesise_id("", "text", "hana"), "import-e3ec15251ee799729e535e83376af40c");
}

TEST(Identity, CompleteFillsIdAndUrl) {
    Draft from_url;
    from_url.url = "https://twitter.com/hana/status/42";
    complete(from_url);
    EXPECT_EQ(from_url.x_tweet_id, "42");
    EXPECT_EQ(from_url.url, "https://twitter.com/hana/status/42") << "a given URL is kept";

    Draft from_id;
    from_id.x_tweet_id = "42";
    from_id.author_username = "hana";
    complete(from_id);
    EXPECT_EQ(from_id.url, "https://x.com/hana/status/42");

    Draft nameless;
    nameless.x_tweet_id = "42";
    complete(nameless);
    EXPECT_EQ(nameless.url, "https://x.com/i/status/42");

    Draft synthetic;
    synthetic.content = "text";
    synthetic.author_username = "hana";
    complete(synthetic);
    EXPECT_EQ(synthetic.x_tweet_id, synthesise_id("", "text", "hana"));
    EXPECT_EQ(synthetic.url, "");

    Draft page;
    page.url = "https://E.org/#top";
    complete(page);
    EXPECT_EQ(page.x_tweet_id, synthesise_id("https://e.org/", "", ""));
}

}  // namespace
}  // namespace bookmarks
