// The way through memory against the way through PostgreSQL, on a real server, while the library changes.
#include "resident/lists.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <set>
#include <sstream>

#include "base/supervisor.hpp"
#include "base/temporary_dir.hpp"
#include "bookmarks/tags.hpp"
#include "postgres/migrate.hpp"
#include "postgres/private_server.hpp"
#include "resident/resident_sql.hpp"

namespace resident {
namespace {

using base::Task;
using bookmarks::Bookmarks;
using bookmarks::Draft;
using bookmarks::Filter;
using bookmarks::Listed;
using bookmarks::Page;
using bookmarks::Sort;

/// The files of a directory in their order, as the program embeds them. `texts` owns what the migrations
/// show.
std::vector<postgres::Migration> read_migrations(std::deque<std::string>& texts) {
    std::set<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(XBM_MIGRATIONS))
        files.insert(entry.path());
    std::vector<postgres::Migration> migrations;
    for (const auto& file : files) {
        std::stringstream sql;
        sql << std::ifstream(file).rdbuf();
        const std::string& name = texts.emplace_back(file.stem().string());
        migrations.push_back({std::stoi(name), name, texts.emplace_back(sql.str())});
    }
    return migrations;
}

/// One server for all tests of this file; every test has a user of its own.
class ListsTest : public testing::Test {
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
        std::deque<std::string> texts;
        const auto migrated =
            postgres::migrate(server_->connection_string(), read_migrations(texts), [](const auto&) {});
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
        use(std::size_t{64} << 20U);
    }

    void TearDown() override {
        pool_->stop();
        io_.restart();
        io_.run();
        cpu_.join();
    }

    void use(std::size_t budget_bytes) {
        residents_ = std::make_unique<Residents>(ResidentsOptions{.budget_bytes = budget_bytes});
        lists_ = std::make_unique<Lists>(io_, *pool_, *residents_, cpu_, versions_, clock_);
        memory_ = std::make_unique<Bookmarks>(*pool_, announcer_, clock_, lists_.get());
        database_ = std::make_unique<Bookmarks>(*pool_, announcer_, clock_);
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
    std::future<T> spawn(Task<T> task) {
        return base::asio::co_spawn(io_, std::move(task), base::asio::use_future);
    }

    template <class T>
    T wait(std::future<T> future) {
        const auto work = base::asio::make_work_guard(io_);  // what the thread pool does is not counted
        io_.restart();
        while (future.wait_for(std::chrono::seconds{0}) != std::future_status::ready)
            io_.run_one();
        return future.get();
    }

    template <class T>
    T run(Task<T> task) {
        return wait(spawn(std::move(task)));
    }

    /// Runs until that many loads have ended, however.
    void wait_for_loads(std::uint64_t count) {
        const auto work = base::asio::make_work_guard(io_);
        io_.restart();
        const auto end = clock_.steady() + std::chrono::seconds{60};
        for (Counters now = residents_->counters(); now.loads + now.failures + now.refusals < count;
             now = residents_->counters()) {
            if (clock_.steady() > end) FAIL() << "the load does not end";
            io_.run_one_for(std::chrono::milliseconds{100});
        }
    }

    std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(random_); }
    template <class T>
    const T& pick(const std::vector<T>& from) {
        return from[below(from.size())];
    }

    base::Uuid create() {
        static const std::vector<std::string> kWords{"料理",      "の", "技術",     "cat ",
                                                     "category ", "AI", "ラーメン", "。"};
        static const std::vector<std::string> kTags{"料理", "tag", "two words"};
        Draft draft;
        draft.x_tweet_id = std::to_string(++posts_);
        for (std::size_t left = 1 + below(12); left > 0; --left)
            draft.content += pick(kWords);
        draft.author_username = "user" + std::to_string(below(4));
        draft.author_display_name = "名前" + std::to_string(below(6));
        if (below(2) == 0) draft.author_avatar_url = "https://a/" + std::to_string(below(3));
        if (below(3) == 0) draft.tags = {pick(kTags)};
        if (below(4) == 0) draft.links = {"https://b/"};
        if (below(4) == 0) draft.media = {{.type = "photo", .url = "https://c/"}};
        draft.is_archived = below(5) == 0;
        draft.bookmarked_at = base::Time{std::chrono::hours{400'000 + below(9000)}};
        const auto made = run(database_->create(user_, draft, {}));
        EXPECT_TRUE(made) << (made ? "" : made.error().text);
        return made ? made->bookmark.id.uuid : base::Uuid{};
    }

    Filter make_filter() {
        static const std::vector<std::string> kQueries{"料理",
                                                       "の",
                                                       "cat",
                                                       "cat*",
                                                       "-cat 料理",
                                                       "cat OR 技術",
                                                       "\"cat category\"",
                                                       "AI技術",
                                                       "tag:料理",
                                                       "author:USER1",
                                                       "is:archived の",
                                                       "has:links",
                                                       "-has:media",
                                                       "category:none",
                                                       "nothing",
                                                       "!!!"};
        Filter filter;
        filter.query_text = pick(kQueries);
        filter.query = *text::parse_query(filter.query_text);
        filter.sort = static_cast<Sort>(below(3));
        filter.ascending = filter.sort != Sort::relevance && below(2) == 0;
        filter.facets = below(2) == 0;
        if (below(4) == 0) filter.zone = "Asia/Tokyo";
        if (below(5) == 0) filter.untagged = below(2) == 0;
        return filter;
    }

    static void expect_equal(const Listed& memory, const Listed& database) {
        std::vector<base::Uuid> ids[2];
        for (const auto& bookmark : memory.found)
            ids[0].push_back(bookmark.id.uuid);
        for (const auto& bookmark : database.found)
            ids[1].push_back(bookmark.id.uuid);
        EXPECT_EQ(ids[0], ids[1]);
        EXPECT_EQ(memory.scores, database.scores);
        EXPECT_EQ(memory.total, database.total);
        EXPECT_EQ(memory.offset, database.offset);
        EXPECT_EQ(memory.has_more, database.has_more);
        EXPECT_EQ(memory.next_cursor, database.next_cursor);
        EXPECT_EQ(memory.categories.library_version, database.categories.library_version);
        EXPECT_EQ(memory.facets.categories, database.facets.categories);
        EXPECT_EQ(memory.facets.tags, database.facets.tags);
        EXPECT_EQ(memory.facets.months, database.facets.months);
        ASSERT_EQ(memory.facets.authors.size(), database.facets.authors.size());
        for (std::size_t i = 0; i < memory.facets.authors.size(); ++i) {
            EXPECT_EQ(memory.facets.authors[i].username, database.facets.authors[i].username);
            EXPECT_EQ(memory.facets.authors[i].display_name, database.facets.authors[i].display_name);
            EXPECT_EQ(memory.facets.authors[i].avatar_url, database.facets.authors[i].avatar_url);
            EXPECT_EQ(memory.facets.authors[i].count, database.facets.authors[i].count);
        }
    }

    /// Pages of random filters by both ways.
    void compare(int count) {
        for (int i = 0; i < count && !HasFailure(); ++i) {
            const Filter filter = make_filter();
            SCOPED_TRACE(filter.query_text);
            Page page{.limit = 1 + static_cast<std::int64_t>(below(9)),
                      .offset = static_cast<std::int64_t>(below(4)),
                      .cursor = {}};
            for (int pages = 0; pages < 3; ++pages) {
                const auto memory = run(memory_->list(user_, filter, page));
                const auto database = run(database_->list(user_, filter, page));
                ASSERT_TRUE(memory && database);
                expect_equal(*memory, *database);
                if (memory->next_cursor.empty()) break;
                page.cursor = memory->next_cursor;
            }
        }
    }

    void make_resident() {
        const std::uint64_t ended = residents_->counters().loads;
        static_cast<void>(run(memory_->list(user_, make_filter(), {})));
        wait_for_loads(ended + 1);
        ASSERT_EQ(residents_->counters().loads, ended + 1);
    }

    [[nodiscard]] std::string user() const { return "'" + base::to_string(user_.uuid) + "'"; }

    static inline base::SystemClock clock_;
    static inline std::unique_ptr<base::TemporaryDir> root_;
    static inline std::unique_ptr<base::DataDir> data_;
    static inline std::unique_ptr<postgres::PrivateServer> server_;
    static inline std::unique_ptr<base::Supervisor> supervisor_;
    std::mt19937 random_{5};
    int posts_ = 0;
    base::UserId user_;
    base::asio::io_context io_;
    base::asio::thread_pool cpu_{2};
    std::unique_ptr<postgres::Pool> pool_;
    cache::Versions versions_;
    redis::Connection nobody_{io_, {}};  ///< not started: what is announced is not heard
    cache::Announcer announcer_{versions_, nobody_, "test", clock_};
    std::unique_ptr<Residents> residents_;
    std::unique_ptr<Lists> lists_;
    std::unique_ptr<Bookmarks> memory_;    ///< with the shortcut
    std::unique_ptr<Bookmarks> database_;  ///< without
};

TEST_F(ListsTest, EveryStatementPreparesWithItsTypes) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(
        PQconnectdb(server_->connection_string().c_str()), PQfinish);
    for (const postgres::Statement* statement : sql::all()) {
        std::vector<Oid> types;
        for (const postgres::Type type : statement->types.all())
            types.push_back(static_cast<Oid>(type));
        const std::unique_ptr<PGresult, decltype(&PQclear)> prepared(
            PQprepare(connection.get(), std::string(statement->name).c_str(),
                      std::string(statement->sql).c_str(), static_cast<int>(types.size()), types.data()),
            PQclear);
        EXPECT_EQ(PQresultStatus(prepared.get()), PGRES_COMMAND_OK)
            << statement->name << ": " << PQerrorMessage(connection.get());
    }
}

TEST_F(ListsTest, FirstIsPostgresqlThenMemory) {
    for (int i = 0; i < 520; ++i)  // more than one read of the load
        create();
    Filter filter;
    filter.query_text = "料理";
    filter.query = *text::parse_query(filter.query_text);
    const auto first = run(memory_->list(user_, filter, {}));
    ASSERT_TRUE(first);
    EXPECT_EQ(residents_->counters().passed, 1U);
    wait_for_loads(1);
    EXPECT_EQ(residents_->counters().users, 1U);
    const auto second = run(memory_->list(user_, filter, {}));
    ASSERT_TRUE(second);
    EXPECT_EQ(residents_->counters().answered, 1U);
    expect_equal(*second, *first);
    compare(60);
    EXPECT_EQ(residents_->counters().passed, 1U) << "everything else came from memory";
}

TEST_F(ListsTest, PlainListsAreLeftToTheIndex) {
    create();
    ASSERT_TRUE(run(memory_->list(user_, {}, {})));
    EXPECT_EQ(residents_->counters().passed, 0U);
    Filter filter;
    filter.facets = true;
    ASSERT_TRUE(run(memory_->list(user_, filter, {})));
    EXPECT_EQ(residents_->counters().passed, 1U);
}

TEST_F(ListsTest, SeesEveryWrite) {
    std::vector<base::Uuid> ids;
    for (int i = 0; i < 60; ++i)
        ids.push_back(create());
    make_resident();
    const auto passed = residents_->counters().passed;
    categories::Categories categories(*pool_, announcer_, clock_);
    const auto category = run(categories.create(user_, {.name = "none", .color = "#000000", .icon = "x"}));
    ASSERT_TRUE(category);
    bookmarks::Tags tags(*pool_, announcer_, clock_);
    for (int round = 0; round < 12 && !HasFailure(); ++round) {
        compare(3);
        ids.push_back(create());
        compare(2);
        const base::Uuid id = pick(ids);
        ASSERT_TRUE(run(database_->update(user_, {id},
                                          {.category_id = category->category.id.uuid,
                                           .add_tags = {"neu"},
                                           .toggle_archived = round % 3 == 0})));
        compare(2);
        std::erase(ids, id);
        ASSERT_TRUE(run(database_->remove(user_, {id})));
        compare(2);
    }
    ASSERT_TRUE(run(tags.change(user_, "tag", "料理", {})));
    compare(6);
    ASSERT_TRUE(run(categories.remove(user_, category->category.id.uuid, {}, {})));
    compare(6);
    EXPECT_GT(residents_->counters().updates, 30U);
    EXPECT_EQ(residents_->counters().passed, passed) << "no write sent a list to PostgreSQL";
}

TEST_F(ListsTest, ManyWritesAtOnce) {
    for (int i = 0; i < 100; ++i)
        create();
    make_resident();
    for (int i = 0; i < 90; ++i)
        create();
    compare(10);
    EXPECT_EQ(residents_->counters().updates, 1U);
    EXPECT_EQ(residents_->counters().passed, 1U);
}

TEST_F(ListsTest, NeverOlderThanAWriteThatWasAcknowledged) {
    std::vector<base::Uuid> ids;
    for (int i = 0; i < 50; ++i)
        ids.push_back(create());
    make_resident();
    Filter all;
    all.facets = true;
    all.include_archived = true;
    auto total = static_cast<std::int64_t>(ids.size());
    for (int round = 0; round < 30; ++round) {
        auto removed = spawn(database_->remove(user_, {ids.back()}));
        auto listed = spawn(memory_->list(user_, all, {}));
        const auto answer = wait(std::move(listed));
        ASSERT_TRUE(answer);
        EXPECT_TRUE(answer->total == total || answer->total == total - 1);
        std::int64_t months = 0;
        for (const auto& [month, count] : answer->facets.months)
            months += count;
        EXPECT_EQ(months, answer->total) << "of one moment";
        ASSERT_TRUE(wait(std::move(removed)));
        ids.pop_back();
        --total;
        const auto after = run(memory_->list(user_, all, {}));
        ASSERT_TRUE(after);
        EXPECT_EQ(after->total, total);
    }
}

TEST_F(ListsTest, DeletionWithoutTombstoneIsNoticed) {
    for (int i = 0; i < 20; ++i)
        create();
    make_resident();
    ask("DELETE FROM bookmarks WHERE id = (SELECT id FROM bookmarks WHERE user_id = " + user() +
        " LIMIT 1); UPDATE library SET version = version + 1 WHERE user_id = " + user());
    compare(1);
    wait_for_loads(2);
    const auto passed = residents_->counters().passed;
    compare(10);
    EXPECT_EQ(residents_->counters().passed, passed) << "it was loaded again";
}

TEST_F(ListsTest, LibrariesThatDoNotFitAreLeftToPostgresql) {
    for (int i = 0; i < 20; ++i)
        create();
    use(1000);
    compare(1);
    wait_for_loads(1);
    compare(5);
    EXPECT_EQ(residents_->counters().refusals, 1U);
    EXPECT_EQ(residents_->counters().answered, 0U);
    use(0);
    compare(2);
    EXPECT_EQ(residents_->counters().passed, 0U);
}

TEST_F(ListsTest, UserWhoIsGoneIsAnError) {
    create();
    make_resident();
    ask("DELETE FROM users WHERE id = " + user());
    Filter filter;
    filter.facets = true;
    const auto listed = run(memory_->list(user_, filter, {}));
    ASSERT_FALSE(listed);
    EXPECT_EQ(listed.error().code, base::Errc::user_not_found);
    EXPECT_EQ(residents_->counters().users, 0U);
}

}  // namespace
}  // namespace resident
