// Creations at the same time against a real PostgreSQL: one transaction, an outcome each.
#include "bookmarks/creations.hpp"

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "bookmarks/bookmarks.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "postgres/migrate.hpp"
#include "postgres/test_database.hpp"

namespace bookmarks {
namespace {

using base::Errc;
using base::Result;
using postgres::Access;
using postgres::Params;
using postgres::Type;

class CreationsTest : public postgres::test::Database {
protected:
    static void SetUpTestSuite() {
        Database::SetUpTestSuite();
        std::vector<std::string> texts;
        std::vector<std::filesystem::path> files;
        for (const auto& entry : std::filesystem::directory_iterator(XBM_MIGRATIONS))
            files.push_back(entry.path());
        std::ranges::sort(files);
        for (const auto& file : files) {
            std::stringstream text;
            text << std::ifstream(file).rdbuf();
            texts.push_back(text.str());
        }
        std::vector<postgres::Migration> migrations;
        for (const std::string& text : texts)
            migrations.push_back({static_cast<int>(migrations.size()) + 1, "migration", text});
        const auto done = postgres::migrate(server_->connection_string(), migrations, [](const auto&) {});
        ASSERT_TRUE(done) << done.error();
    }

    void SetUp() override {
        pool_ = make_pool({.min = 2, .max = 4});
        ASSERT_TRUE(run(pool_->start()));
        user_ = add_user();
    }
    void TearDown() override { stop(*pool_); }

    base::UserId add_user() {
        const base::UserId user{base::make_uuid(clock_.now())};
        change(
            "INSERT INTO users (id, username, display_name, created_at, updated_at)"
            " VALUES ($1, $1::text, 'Test', now(), now())",
            user);
        change("INSERT INTO library (user_id) VALUES ($1)", user);
        return user;
    }

    void change(std::string_view sql, base::UserId user) {
        const auto done =
            run(pool_->run({"", sql, {Type::uuid}, Access::write}, std::move(Params().uuid(user.uuid))));
        ASSERT_TRUE(done);
    }

    std::int64_t number(std::string_view sql, base::UserId user) {
        const auto rows =
            run(pool_->run({"", sql, {Type::uuid}, Access::read}, std::move(Params().uuid(user.uuid))));
        return rows && rows->size() == 1 ? (*rows)[0].integer(0) : -1;
    }

    static Draft draft(int post, std::string content = "text") {
        Draft out;
        out.x_tweet_id = std::to_string(1'000'000 + post);
        out.content = std::move(content);
        out.author_username = "hana";
        out.author_display_name = "花子";
        return out;
    }

    std::unique_ptr<postgres::Pool> pool_;
    cache::Versions versions_;
    redis::Connection redis_{io_, {}};
    cache::Announcer announcer_{versions_, redis_, "test", clock_};
    base::UserId user_;
};

TEST_F(CreationsTest, ShareTransactionsAndHaveOutcomesOfTheirOwn) {
    Creations creations(*pool_, announcer_, clock_);
    const auto existing = run(creations.create(user_, draft(0), {}));
    ASSERT_TRUE(existing);
    const std::uint64_t before = pool_->counters().acquired;
    constexpr int kCount = 100;
    std::vector<std::future<Result<Found>>> all;
    for (int i = 1; i <= kCount; ++i)
        all.push_back(spawn(creations.create(user_, draft(i), {})));
    auto again = spawn(creations.create(user_, draft(0), {}));
    auto twice = spawn(creations.create(user_, draft(kCount), {}));
    auto nowhere = spawn(creations.create(user_, draft(kCount + 1), base::make_uuid(clock_.now())));
    const base::UserId other = add_user();
    auto other_ones = spawn(creations.create(other, draft(0), {}));
    std::set<std::string> ids;
    std::string last;
    for (auto& one : all) {
        const auto made = finish(std::move(one));
        ASSERT_TRUE(made) << made.error().text;
        last = base::to_string(made->bookmark.id.uuid);
        ids.insert(last);
        EXPECT_LE(made->categories.library_version, kCount + 1);
    }
    EXPECT_EQ(ids.size(), static_cast<std::size_t>(kCount));
    const auto conflict = finish(std::move(again));
    ASSERT_FALSE(conflict);
    EXPECT_EQ(conflict.error().code, Errc::bookmark_already_exists);
    EXPECT_EQ(conflict.error().extras,
              "\"existingId\":\"" + base::to_string(existing->bookmark.id.uuid) + '"');
    const auto repeated = finish(std::move(twice));
    ASSERT_FALSE(repeated);
    EXPECT_EQ(repeated.error().code, Errc::bookmark_already_exists);
    EXPECT_EQ(repeated.error().extras, "\"existingId\":\"" + last + '"');
    const auto homeless = finish(std::move(nowhere));
    ASSERT_FALSE(homeless);
    EXPECT_EQ(homeless.error().code, Errc::category_not_found);
    EXPECT_TRUE(finish(std::move(other_ones))) << "another library";
    EXPECT_LE(pool_->counters().acquired - before, 12U) << "few transactions";

    EXPECT_EQ(number("SELECT count(*) FROM bookmarks WHERE user_id = $1", user_), kCount + 1);
    EXPECT_EQ(number("SELECT active_count FROM library WHERE user_id = $1", user_), kCount + 1);
    EXPECT_EQ(number("SELECT version FROM library WHERE user_id = $1", user_), kCount + 1) << "one for each";
    EXPECT_EQ(number("SELECT count(DISTINCT library_version) FROM bookmarks WHERE user_id = $1", user_),
              kCount + 1);
    EXPECT_EQ(number("SELECT max(library_version) FROM bookmarks WHERE user_id = $1", user_),
              number("SELECT version FROM library WHERE user_id = $1", user_));
}

TEST_F(CreationsTest, WhatPostgresRefusesTakesNobodyWithIt) {
    Creations creations(*pool_, announcer_, clock_);
    auto first = spawn(creations.create(user_, draft(1), {}));
    auto second = spawn(creations.create(user_, draft(2), {}));
    // No text of PostgreSQL's may hold a zero.
    auto bad = spawn(creations.create(user_, draft(3, std::string("a\0b", 3)), {}));
    auto last = spawn(creations.create(user_, draft(4), {}));
    EXPECT_TRUE(finish(std::move(first)));
    EXPECT_TRUE(finish(std::move(second)));
    const auto refused = finish(std::move(bad));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::internal_error);
    EXPECT_TRUE(finish(std::move(last)));
    EXPECT_EQ(number("SELECT count(*) FROM bookmarks WHERE user_id = $1", user_), 3);
    EXPECT_EQ(number("SELECT active_count FROM library WHERE user_id = $1", user_), 3);
}

TEST_F(CreationsTest, UnknownAccount) {
    Creations creations(*pool_, announcer_, clock_);
    const auto refused = run(creations.create({base::make_uuid(clock_.now())}, draft(1), {}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::user_not_found);
}

}  // namespace
}  // namespace bookmarks
