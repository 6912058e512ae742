#include "transfer/import_decision.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "transfer/import_options.hpp"

namespace transfer {
namespace {

using bookmarks::BookmarkedAtSource;
using bookmarks::Draft;
using bookmarks::PostStatus;

Draft stored() {
    Draft draft;
    draft.x_tweet_id = "20";
    draft.url = "https://x.com/jack/status/20";
    draft.content = "just setting up my twttr";
    draft.author_username = "jack";
    draft.author_display_name = "jack";
    draft.links = {"https://example.org/a"};
    draft.tags = {"history", "対話"};
    draft.media = {{.type = "photo", .url = "https://example.org/1.jpg"}};
    draft.bookmarked_at = base::parse_iso("2026-01-01T00:00:00Z");
    return draft;
}

class EachStrategy : public testing::TestWithParam<DuplicateStrategy> {};

TEST_P(EachStrategy, TheSameRecordChangesNothing) {
    EXPECT_EQ(decide(stored(), stored(), GetParam()).action, Action::unchanged);
}

TEST_P(EachStrategy, CountsThatGrewAndFieldsOfTheUserAreNoDifference) {
    Draft existing = stored();
    existing.note = "mine";
    existing.is_archived = true;
    existing.metrics = bookmarks::Metrics{.likes = 1};
    Draft incoming = stored();
    incoming.metrics = bookmarks::Metrics{.likes = 2};
    EXPECT_EQ(decide(existing, incoming, GetParam()).action, Action::unchanged);
}

TEST_P(EachStrategy, APostThatIsGoneNeverReplacesItsText) {
    Draft incoming = stored();
    incoming.content.clear();
    incoming.media.clear();
    incoming.links.clear();
    incoming.post_status = PostStatus::unhydrated;
    EXPECT_EQ(decide(stored(), incoming, GetParam()).action, Action::unchanged);
}

INSTANTIATE_TEST_SUITE_P(Strategies, EachStrategy,
                         testing::Values(DuplicateStrategy::skip, DuplicateStrategy::update,
                                         DuplicateStrategy::merge));

TEST(Decision, SkipLeavesWhatDiffers) {
    Draft incoming = stored();
    incoming.content = "other";
    EXPECT_EQ(decide(stored(), incoming, DuplicateStrategy::skip).action, Action::skip);
}

TEST(Decision, CreateDuplicateAlwaysInserts) {
    EXPECT_EQ(decide(stored(), stored(), DuplicateStrategy::create_duplicate).action, Action::insert);
}

TEST(Decision, UpdateOverwritesTheSixFieldsAndNoOther) {
    Draft existing = stored();
    existing.note = "mine";
    existing.title = "title";
    existing.is_archived = true;
    Draft incoming;
    incoming.x_tweet_id = "20";
    incoming.content = "x";
    incoming.hashtags = {"h"};
    incoming.mentions = {"m"};
    incoming.tags = {"t"};
    incoming.author_username = "somebody";
    incoming.note = "theirs";
    incoming.bookmarked_at = base::parse_iso("2020-01-01T00:00:00Z");
    const Decision decision = decide(existing, incoming, DuplicateStrategy::update);
    ASSERT_EQ(decision.action, Action::update);
    EXPECT_EQ(decision.draft.content, "x");
    EXPECT_TRUE(decision.draft.media.empty());
    EXPECT_TRUE(decision.draft.links.empty());
    EXPECT_EQ(decision.draft.hashtags, incoming.hashtags);
    EXPECT_EQ(decision.draft.mentions, incoming.mentions);
    EXPECT_EQ(decision.draft.tags, incoming.tags);
    EXPECT_EQ(decision.draft.note, "mine");
    EXPECT_EQ(decision.draft.title, "title");
    EXPECT_EQ(decision.draft.author_username, "jack");
    EXPECT_EQ(decision.draft.url, existing.url);
    EXPECT_EQ(decision.draft.bookmarked_at, existing.bookmarked_at);
    EXPECT_TRUE(decision.draft.is_archived);
    EXPECT_EQ(decide(decision.draft, incoming, DuplicateStrategy::update).action, Action::unchanged);
}

TEST(Decision, MergeTakesTheLongerTextTheUnionAndWhatWasEmpty) {
    Draft existing = stored();
    existing.author_username = "imported";
    existing.author_display_name = "Imported User";
    existing.title = "kept";
    Draft incoming;
    incoming.content = "just setting up my twttr, in full";
    incoming.links = {"https://example.org/b", "https://example.org/a"};
    incoming.tags = {"new", "history"};
    incoming.media = {{.type = "photo", .url = "https://example.org/1.jpg", .alt_text = "alt"},
                      {.type = "photo", .url = "https://example.org/2.jpg"}};
    incoming.title = "other";
    incoming.note = "note";
    incoming.author_username = "jack";
    incoming.author_display_name = "Jack";
    incoming.posted_at = base::parse_iso("2006-03-21T20:50:14Z");
    const Decision decision = decide(existing, incoming, DuplicateStrategy::merge);
    ASSERT_EQ(decision.action, Action::update);
    EXPECT_EQ(decision.draft.content, incoming.content);
    EXPECT_EQ(decision.draft.links,
              (std::vector<std::string>{"https://example.org/a", "https://example.org/b"}));
    EXPECT_EQ(decision.draft.tags, (std::vector<std::string>{"history", "対話", "new"}));
    EXPECT_EQ(decision.draft.media.size(), 2U);
    EXPECT_FALSE(decision.draft.media.front().alt_text);
    EXPECT_EQ(decision.draft.title, "kept");
    EXPECT_EQ(decision.draft.note, "note");
    EXPECT_EQ(decision.draft.author_username, "jack");
    EXPECT_EQ(decision.draft.author_display_name, "Jack");
    EXPECT_EQ(decision.draft.posted_at, incoming.posted_at);
    EXPECT_EQ(decide(decision.draft, incoming, DuplicateStrategy::merge).action, Action::unchanged);
}

TEST(Decision, MergeCountsCharactersNotBytes) {
    Draft existing = stored();
    existing.content = "abcd";
    Draft incoming = stored();
    incoming.content = "日本語";
    EXPECT_EQ(decide(existing, incoming, DuplicateStrategy::merge).action, Action::unchanged);
}

TEST(Decision, MergeTakesADateThatSomebodyWroteDown) {
    Draft incoming = stored();
    incoming.bookmarked_at = base::parse_iso("2024-05-05T00:00:00Z");
    incoming.bookmarked_at_source = BookmarkedAtSource::import;
    const Decision first = decide(stored(), incoming, DuplicateStrategy::merge);
    ASSERT_EQ(first.action, Action::update);
    EXPECT_EQ(first.draft.bookmarked_at, incoming.bookmarked_at);
    incoming.bookmarked_at = base::parse_iso("2023-05-05T00:00:00Z");
    EXPECT_EQ(decide(first.draft, incoming, DuplicateStrategy::merge).action, Action::unchanged);
}

TEST(Decision, MergeNeverMakesAListTooLong) {
    Draft existing = stored();
    Draft incoming = stored();
    for (int i = 0; i < 100; ++i) {
        existing.hashtags.push_back("a" + std::to_string(i));
        incoming.hashtags.push_back("b" + std::to_string(i));
    }
    EXPECT_EQ(decide(existing, incoming, DuplicateStrategy::merge).action, Action::unchanged);
}

TEST(Decision, APostComesBackWhereOnlyItsIdWasKnown) {
    Draft existing = stored();
    existing.content.clear();
    existing.post_status = PostStatus::unhydrated;
    for (const DuplicateStrategy strategy : {DuplicateStrategy::update, DuplicateStrategy::merge}) {
        const Decision decision = decide(existing, stored(), strategy);
        ASSERT_EQ(decision.action, Action::update);
        EXPECT_EQ(decision.draft.post_status, PostStatus::available);
        EXPECT_EQ(decision.draft.content, stored().content);
    }
}

TEST(Differences, NameEachFieldWithBothSides) {
    Draft after = stored();
    after.content = "a \"quoted\" text";
    after.tags.clear();
    after.title = "t";
    const auto changes = differences(stored(), after);
    ASSERT_EQ(changes.size(), 3U);
    EXPECT_EQ(changes[0].name, "content");
    EXPECT_EQ(changes[0].after, R"("a \"quoted\" text")");
    EXPECT_EQ(changes[1].name, "title");
    EXPECT_EQ(changes[1].before, "null");
    EXPECT_EQ(changes[2].name, "tags");
    EXPECT_EQ(changes[2].before, "[\"history\",\"対話\"]");
    EXPECT_EQ(changes[2].after, "[]");
}

TEST(Differences, ShortenTextsAtACharacter) {
    Draft after = stored();
    after.content.clear();
    for (int i = 0; i < 600; ++i)
        after.content += "語";
    EXPECT_EQ(differences(stored(), after).front().after.size(), 500 * std::string("語").size() + 2);
}

TEST(JobOptions, ComeBackAsTheyWere) {
    const ImportOptions options{.source = Format::csv,
                                .strategy = DuplicateStrategy::merge,
                                .default_category = "技術 \"AI\"",
                                .create_categories = false,
                                .dry_run = true,
                                .include_likes = true};
    const ImportOptions read = read_job_options(write_job_options(options, "a.csv"));
    EXPECT_EQ(read.source, options.source);
    EXPECT_EQ(read.strategy, options.strategy);
    EXPECT_EQ(read.default_category, options.default_category);
    EXPECT_FALSE(read.create_categories);
    EXPECT_TRUE(read.dry_run);
    EXPECT_TRUE(read.include_likes);
}

TEST(JobOptions, DamagedOnesAreTheDefaults) {
    for (const char* text : {"", "[]", "{\"source\":7,\"dryRun\":\"yes\"}"}) {
        const ImportOptions read = read_job_options(text);
        EXPECT_EQ(read.source, Format::automatic);
        EXPECT_EQ(read.strategy, DuplicateStrategy::skip);
        EXPECT_TRUE(read.create_categories);
        EXPECT_FALSE(read.dry_run);
    }
}

}  // namespace
}  // namespace transfer
