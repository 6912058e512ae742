// The library against a real PostgreSQL: statements, counters, keyset pages, and search compared with an
// evaluation in memory.
#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <memory>
#include <random>
#include <set>

#include "base/supervisor.hpp"
#include "base/temporary_dir.hpp"
#include "base/usage.hpp"
#include "bookmarks/bookmarks.hpp"
#include "bookmarks/bookmarks_sql.hpp"
#include "bookmarks/tags.hpp"
#include "bookmarks/tags_sql.hpp"
#include "categories/categories_sql.hpp"
#include "postgres/migrate.hpp"
#include "postgres/private_server.hpp"
#include "postgres/test_migrations.hpp"

namespace bookmarks {
namespace {

using base::Errc;
using base::Result;
using base::Task;

/// One server for all tests of this file; every test has a user of its own.
class LibraryTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        root_ = std::make_unique<base::TemporaryDir>();
        auto dir = base::DataDir::open({.path = root_->path() / "data"});
        ASSERT_TRUE(dir) << dir.error();
        data_ = std::make_unique<base::DataDir>(std::move(*dir));
        server_ = std::make_unique<postgres::PrivateServer>(
            postgres::PrivateServerOptions{.data_dir = *data_, .memory_bytes = 256U << 20U});
        supervisor_ =
            std::make_unique<base::Supervisor>(std::vector<base::Supervised*>{server_.get()}, clock_);
        const auto started = supervisor_->start();
        ASSERT_TRUE(started) << started.error();
        const auto migrations = postgres::test::read_migrations(XBM_MIGRATIONS);
        const auto migrated = postgres::migrate(server_->connection_string(), migrations, [](const auto&) {});
        ASSERT_TRUE(migrated) << migrated.error();
    }

    static void TearDownTestSuite() {
        supervisor_->stop();
        supervisor_.reset();
        server_.reset();
        data_.reset();
        root_.reset();
    }

    void SetUp() override {
        user_ = {base::make_uuid(clock_.now())};
        const std::string id = base::to_string(user_.uuid);
        ask("INSERT INTO users (id, username, display_name, created_at, updated_at) VALUES ('" + id + "', '" +
            id + "', 'Test', now(), now())");
        ask("INSERT INTO library (user_id) VALUES ('" + id + "')");
        pool_ = std::make_unique<postgres::Pool>(
            io_, postgres::PoolOptions{.connection = {.conninfo = server_->connection_string()}}, clock_);
        ASSERT_TRUE(run(pool_->start()));
        bookmarks_ = std::make_unique<Bookmarks>(*pool_, announcer_, clock_);
    }

    void TearDown() override {
        pool_->stop();
        io_.restart();
        io_.run();
    }

    static std::string ask(const std::string& sql) {
        const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
            PQconnectdb(server_->connection_string().c_str()), PQfinish);
        const std::unique_ptr<PGresult, decltype(&PQclear)> rows(PQexec(connection.get(), sql.c_str()),
                                                                 PQclear);
        const ExecStatusType status = PQresultStatus(rows.get());
        EXPECT_TRUE(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK)
            << PQerrorMessage(connection.get()) << sql;
        return PQntuples(rows.get()) > 0 ? PQgetvalue(rows.get(), 0, 0) : "";
    }

    template <class T>
    T run(Task<T> task) {
        auto future = asio_spawn(std::move(task));
        io_.restart();
        while (future.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            io_.run_one();
        return future.get();
    }

    template <class T>
    std::future<T> asio_spawn(Task<T> task) {
        return base::asio::co_spawn(io_, std::move(task), base::asio::use_future);
    }

    base::Uuid create(std::string post, std::string content, std::vector<std::string> tags = {}) {
        Draft draft;
        draft.x_tweet_id = std::move(post);
        draft.content = std::move(content);
        draft.author_username = "hana";
        draft.author_display_name = "花子";
        draft.tags = std::move(tags);
        const auto made = run(bookmarks_->create(user_, draft, {}));
        EXPECT_TRUE(made) << (made ? "" : made.error().text);
        return made ? made->bookmark.id.uuid : base::Uuid{};
    }

    Listed list(Filter filter, Page page = {}) {
        auto listed = run(bookmarks_->list(user_, std::move(filter), std::move(page)));
        EXPECT_TRUE(listed) << (listed ? "" : listed.error().text);
        return listed ? std::move(*listed) : Listed{};
    }

    static Filter searching(const std::string& text) {
        Filter filter;
        filter.query_text = text;
        filter.query = *text::parse_query(text);
        filter.sort = Sort::relevance;
        filter.facets = true;
        return filter;
    }

    /// Round trips to the database that an operation took.
    template <class T>
    std::uint32_t round_trips(Task<Result<T>> task) {
        const auto usage = std::make_shared<base::Usage>();
        EXPECT_TRUE(run(count_for(usage, std::move(task))));
        return usage->round_trips;
    }
    template <class T>
    static Task<Result<T>> count_for(std::shared_ptr<base::Usage> usage, Task<Result<T>> task) {
        base::current_usage() = std::move(usage);
        auto result = co_await std::move(task);
        base::current_usage() = nullptr;
        co_return result;
    }

    /// active/archived of the counters, and what counting says.
    void expect_exact_counters() {
        const std::string user = "'" + base::to_string(user_.uuid) + "'";
        EXPECT_EQ(
            ask("SELECT active_count || '/' || archived_count FROM library WHERE user_id = " + user),
            ask("SELECT count(*) FILTER (WHERE NOT is_archived) || '/' || count(*) FILTER (WHERE is_archived)"
                " FROM bookmarks WHERE user_id = " +
                user));
        EXPECT_EQ(
            ask("SELECT coalesce(string_agg(name || active_count || '/' || archived_count, ',' ORDER BY name), '')"
                " FROM tags WHERE user_id = " +
                user),
            ask("SELECT coalesce(string_agg(name || a || '/' || b, ',' ORDER BY name), '') FROM (SELECT t AS name,"
                " count(*) FILTER (WHERE NOT is_archived) AS a, count(*) FILTER (WHERE is_archived) AS b"
                " FROM bookmarks, unnest(tags) t WHERE user_id = " +
                user + " GROUP BY t) s"));
        // Every row and tombstone has a number of its own, none behind the library's version, and no item has
        // both.
        EXPECT_EQ(
            ask("SELECT count(*) - count(DISTINCT v) || ' ' || (coalesce(max(v), 0) <= (SELECT version FROM"
                " library WHERE user_id = " +
                user +
                ")) FROM (SELECT user_id, library_version AS v FROM bookmarks"
                " UNION ALL SELECT user_id, library_version FROM categories"
                " UNION ALL SELECT user_id, library_version FROM tags"
                " UNION ALL SELECT user_id, library_version FROM tombstones) n WHERE user_id = " +
                user),
            "0 true");
        EXPECT_EQ(
            ask("SELECT count(*) FROM tombstones d JOIN tags t ON t.user_id = d.user_id AND d.type = 'tag'"
                " AND t.name = d.item_id WHERE d.user_id = " +
                user),
            "0");
    }

    static inline base::SystemClock clock_;
    static inline std::unique_ptr<base::TemporaryDir> root_;
    static inline std::unique_ptr<base::DataDir> data_;
    static inline std::unique_ptr<postgres::PrivateServer> server_;
    static inline std::unique_ptr<base::Supervisor> supervisor_;
    base::UserId user_;
    base::asio::io_context io_;
    std::unique_ptr<postgres::Pool> pool_;
    cache::Versions versions_;
    redis::Connection nobody_{io_, {}};  ///< not started: what is announced is not heard
    cache::Announcer announcer_{versions_, nobody_, "test", clock_};
    std::unique_ptr<Bookmarks> bookmarks_;
};

TEST_F(LibraryTest, EveryStatementPreparesWithItsTypes) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(server_->connection_string().c_str()), PQfinish);
    for (const auto& list : {sql::all(), sql::all_of_tags(), categories::sql::all()}) {
        for (const postgres::Statement* statement : list) {
            std::vector<Oid> types;
            for (const postgres::Type type : statement->types.all())
                types.push_back(static_cast<Oid>(type));
            const std::unique_ptr<PGresult, decltype(&PQclear)> prepared(
                PQprepare(connection.get(), std::string(statement->name).c_str(),
                          std::string(statement->sql).c_str(), static_cast<int>(types.size()), types.data()),
                PQclear);
            EXPECT_EQ(PQresultStatus(prepared.get()), PGRES_COMMAND_OK)
                << statement->name << ": " << PQerrorMessage(connection.get());
            const std::unique_ptr<PGresult, decltype(&PQclear)> described(
                PQdescribePrepared(connection.get(), std::string(statement->name).c_str()), PQclear);
            EXPECT_EQ(static_cast<std::size_t>(PQnparams(described.get())), types.size()) << statement->name;
        }
    }
}

TEST_F(LibraryTest, CreatesReadsAndRefusesDoubles) {
    const base::Uuid id = create("1", "東京で料理を習う", {"料理", "東京"});
    const auto found = run(bookmarks_->get(user_, id));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->bookmark.draft.content, "東京で料理を習う");
    EXPECT_EQ(found->bookmark.draft.tags, (std::vector<std::string>{"料理", "東京"}));
    EXPECT_EQ(found->bookmark.draft.url, "https://x.com/hana/status/1");
    Draft again = found->bookmark.draft;
    const auto twice = run(bookmarks_->create(user_, again, {}));
    ASSERT_FALSE(twice);
    EXPECT_EQ(twice.error().code, Errc::bookmark_already_exists);
    EXPECT_EQ(twice.error().extras, "\"existingId\":\"" + base::to_string(id) + "\"");
    EXPECT_EQ(*run(bookmarks_->version(user_)), 3) << "a bookmark and two tags";
    expect_exact_counters();
}

TEST_F(LibraryTest, CountersStayExactThroughWrites) {
    std::mt19937 random(7);
    std::vector<base::Uuid> ids;
    for (int i = 0; i < 30; ++i)
        ids.push_back(
            create(std::to_string(100 + i), "post",
                   i % 3 == 0 ? std::vector<std::string>{"a"} : std::vector<std::string>{"a", "b"}));
    Tags tags(*pool_, announcer_, clock_);
    for (int step = 0; step < 40; ++step) {
        const std::size_t at = random() % ids.size();
        Changes changes;
        switch (random() % 4) {
            case 0:
                changes.toggle_archived = true;
                break;
            case 1:
                changes.add_tags = {"c" + std::to_string(random() % 3)};
                break;
            case 2:
                changes.remove_tags = {"a", "c1"};
                break;
            default:
                changes.tags = std::vector<std::string>{"b"};
                break;
        }
        ASSERT_TRUE(run(bookmarks_->update(user_, {ids[at], ids[(at + 1) % ids.size()]}, changes)));
    }
    expect_exact_counters();
    ASSERT_TRUE(run(tags.change(user_, "b", "a", {})));
    expect_exact_counters();
    ASSERT_TRUE(run(tags.remove(user_, "a")));
    ASSERT_TRUE(run(bookmarks_->remove(user_, {ids[0], ids[1], ids[2]})));
    expect_exact_counters();
    const auto gone = run(bookmarks_->remove(user_, {ids[5], ids[0]}));
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, Errc::invalid_bookmark_ownership);
    EXPECT_EQ(list({}).total + list({.is_archived = true}).total, 27);
}

TEST_F(LibraryTest, KeysetPagesNeitherSkipNorRepeat) {
    for (int i = 0; i < 25; ++i)
        create(std::to_string(i), "post " + std::to_string(i));
    for (const Sort sort : {Sort::date, Sort::author}) {
        for (const bool ascending : {false, true}) {
            Filter filter;
            filter.sort = sort;
            filter.ascending = ascending;
            std::set<base::Uuid> seen;
            Page page{.limit = 7, .offset = 0, .cursor = {}};
            for (int pages = 0; pages < 10; ++pages) {
                const Listed listed = list(filter, page);
                EXPECT_EQ(listed.total, 25);
                EXPECT_EQ(listed.offset, static_cast<std::int64_t>(seen.size()));
                for (const Bookmark& bookmark : listed.found)
                    EXPECT_TRUE(seen.insert(bookmark.id.uuid).second);
                if (!listed.has_more) break;
                page.cursor = listed.next_cursor;
            }
            EXPECT_EQ(seen.size(), 25U);
        }
    }
    const Listed first = list({}, {.limit = 5, .offset = 0, .cursor = {}});
    const auto foreign = run(
        bookmarks_->list(user_, {.ascending = true}, {.limit = 5, .offset = 0, .cursor = first.next_cursor}));
    ASSERT_FALSE(foreign);
    EXPECT_EQ(foreign.error().code, Errc::invalid_cursor);
}

const std::vector<std::string> kPosts{"東京で料理を習う",
                                      "料理人の休日",
                                      "AI技術と料理",
                                      "New recipes: 料理 レシピ",
                                      "ｶﾞﾗｽの靴 glass shoes",
                                      "Ｈｅｌｌｏ World",
                                      "猫 と 犬",
                                      "猫舌",
                                      "cafe\u0301 in Tōkyō",
                                      "a-b a..b node.js",
                                      "🍣 寿司 sushi 👨‍👩‍👧",
                                      "技術者AI",
                                      "AI新技術",
                                      "重跑gen の話",
                                      "ー長音ー"};
const std::vector<const char*> kQueries{"料理",
                                        "料",
                                        "理",
                                        "料理人",
                                        "AI技術",
                                        "技術",
                                        "技術AI",
                                        "\"料理 レシピ\"",
                                        "がらす",
                                        "hello",
                                        "HELLO wor*",
                                        "猫",
                                        "猫 犬",
                                        "猫 OR 犬",
                                        "猫 -犬",
                                        "cafe tokyo",
                                        "a-b",
                                        "node.js",
                                        "js",
                                        "node",
                                        "寿司",
                                        "tag:料理",
                                        "-tag:tokyo 料理",
                                        "tag:TOKYO",
                                        "author:hana 料理",
                                        "author:花",
                                        "-料理",
                                        "has:media",
                                        "-has:media 料理",
                                        "is:untagged",
                                        "is:foo",
                                        "before:2000",
                                        "after:2000 猫",
                                        "新技術",
                                        "末尾の料理",
                                        "文章と単語文章",
                                        "単語 長い",
                                        "ー",
                                        "gen",
                                        "重跑gen",
                                        "🍣",
                                        "🍣 寿司",
                                        "花子",
                                        "is:uncategorized 猫 OR tag:料理"};

TEST_F(LibraryTest, SearchAgreesWithMemory) {
    std::vector<std::pair<base::Uuid, Draft>> documents;
    for (std::size_t i = 0; i < kPosts.size(); ++i) {
        const std::vector<std::string> tags =
            i % 2 == 0 ? std::vector<std::string>{"料理", "Tokyo"} : std::vector<std::string>{};
        Draft draft;
        draft.content = kPosts[i];
        draft.author_username = "hana";
        draft.author_display_name = "花子";
        draft.tags = tags;
        documents.emplace_back(create(std::to_string(i), kPosts[i], tags), draft);
    }
    // Longer than a tsvector's positions: evaluated in memory by the server.
    std::string long_post = "長い";
    for (int i = 0; i < 6000; ++i)
        long_post += "文章と単語";
    long_post += " 末尾の料理";
    documents.emplace_back(create("long", long_post), Draft{.content = long_post});
    documents.back().second.author_username = "hana";
    documents.back().second.author_display_name = "花子";

    for (const char* text : kQueries) {
        const Filter filter = searching(text);
        std::set<base::Uuid> expected;
        for (const auto& [id, draft] : documents) {
            if (filter.query->matches_nothing) continue;
            const text::DocumentView view{.content = draft.content,
                                          .author_username = draft.author_username,
                                          .author_display_name = draft.author_display_name,
                                          .tags = draft.tags,
                                          .bookmarked_at = clock_.now()};
            if (text::matches(*filter.query, view)) expected.insert(id);
        }
        const Listed listed = list(filter, {.limit = 100, .offset = 0, .cursor = {}});
        std::set<base::Uuid> found;
        for (const Bookmark& bookmark : listed.found)
            found.insert(bookmark.id.uuid);
        EXPECT_EQ(found, expected) << text;
        EXPECT_EQ(listed.total, static_cast<std::int64_t>(expected.size())) << text;
        EXPECT_TRUE(std::ranges::is_sorted(listed.scores, std::greater{})) << text;
        for (std::size_t i = 0; i < listed.found.size(); ++i) {
            const Draft& draft = listed.found[i].draft;
            const text::DocumentView view{.content = draft.content,
                                          .author_username = draft.author_username,
                                          .author_display_name = draft.author_display_name,
                                          .tags = draft.tags,
                                          .bookmarked_at = *draft.bookmarked_at};
            EXPECT_DOUBLE_EQ(listed.scores[i], text::score(*filter.query, view)) << text;
        }
    }
}

TEST_F(LibraryTest, FacetsCountAllHits) {
    for (int i = 0; i < 30; ++i)
        create(std::to_string(i), i % 2 == 0 ? "料理の話" : "別の話", {"t" + std::to_string(i % 3)});
    const Listed listed = list(searching("料理"), {.limit = 5, .offset = 0, .cursor = {}});
    EXPECT_EQ(listed.total, 15);
    EXPECT_EQ(listed.facets.tags,
              (std::vector<std::pair<std::string, std::int64_t>>{{"t0", 5}, {"t1", 5}, {"t2", 5}}));
    ASSERT_EQ(listed.facets.authors.size(), 1U);
    EXPECT_EQ(listed.facets.authors[0].count, 15);
    ASSERT_EQ(listed.facets.months.size(), 1U);
    EXPECT_EQ(listed.facets.months[0].second, 15);
}

TEST_F(LibraryTest, VersionsGuardWrites) {
    const base::Uuid id = create("1", "x");
    Changes changes;
    changes.title = std::optional<std::string>("title");
    EXPECT_TRUE(run(bookmarks_->update(user_, {id}, changes, 1)));
    changes.title = std::optional<std::string>("other");
    const auto late = run(bookmarks_->update(user_, {id}, changes, 1));
    ASSERT_FALSE(late);
    EXPECT_EQ(late.error().code, Errc::precondition_failed);
    EXPECT_EQ(late.error().extras, "\"currentVersion\":2");
    EXPECT_FALSE(run(bookmarks_->remove(user_, {id}, 1)));
    EXPECT_TRUE(run(bookmarks_->remove(user_, {id}, 2)));
}

TEST_F(LibraryTest, ReadsAreOneFlush) {
    for (int i = 0; i < 30; ++i)
        create(std::to_string(100 + i), "料理 " + std::to_string(i), {"tag " + std::to_string(i)});
    Tags tags(*pool_, announcer_, clock_);
    const base::Uuid id = list({}).found.front().id.uuid;
    // What a library is made of is remembered from the first list on, and read again after a write.
    EXPECT_EQ(round_trips(bookmarks_->list(user_, {}, {.limit = 100})), 1U);
    EXPECT_EQ(round_trips(bookmarks_->list(user_, {.tags = {"tag 1"}}, {})), 1U);
    EXPECT_EQ(round_trips(bookmarks_->list(user_, searching("料理"), {.limit = 100})), 2U);
    EXPECT_EQ(round_trips(bookmarks_->facets(user_, {}, 30)), 1U);
    EXPECT_EQ(round_trips(bookmarks_->facets(user_, searching("料理"), 30)), 1U);
    EXPECT_EQ(round_trips(bookmarks_->get(user_, id)), 1U);
    EXPECT_EQ(round_trips(tags.list(user_, "", false, {.limit = 100})), 1U);
    EXPECT_EQ(round_trips(bookmarks_->update(user_, {id}, {.is_archived = true})), 2U);
    EXPECT_EQ(round_trips(bookmarks_->list(user_, {}, {})), 3U);
}

TEST_F(LibraryTest, PlacesChangeWithoutTheText) {
    const base::Uuid one = create("1", "東京で料理", {"a"});
    const base::Uuid two = create("2", "京都で料理", {"b"});
    Changes changes;
    changes.is_archived = true;
    const auto changed = run(bookmarks_->update(user_, {one, two}, changes));
    ASSERT_TRUE(changed);
    EXPECT_EQ((*changed)[0].version, 2);
    Filter filter = searching("料理");
    EXPECT_TRUE(list(filter).found.empty());
    filter.is_archived = true;
    const Listed listed = list(filter);
    ASSERT_EQ(listed.found.size(), 2U);
    EXPECT_EQ(listed.found[0].version, 2);
    EXPECT_EQ(listed.found[0].draft.tags, std::vector<std::string>{"b"});
    EXPECT_EQ(ask("SELECT count(DISTINCT library_version) FROM bookmarks WHERE user_id = '" +
                  base::to_string(user_.uuid) + "'"),
              "2");
    expect_exact_counters();
}

}  // namespace
}  // namespace bookmarks
