// Imports against a real PostgreSQL: the engine, the jobs around it and the command.
#include "transfer/import_writer.hpp"
#include "storage/local_store.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include "base/supervisor.hpp"
#include "base/temporary_dir.hpp"
#include "http/test_call.hpp"
#include "jobs/runner.hpp"
#include "postgres/migrate.hpp"
#include "postgres/private_server.hpp"
#include "postgres/test_migrations.hpp"
#include "transfer/import_command.hpp"
#include "transfer/import_job.hpp"
#include "transfer/import_routes.hpp"
#include "transfer/import_run.hpp"

namespace transfer {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// One server for all tests of this file; every test has a user of its own.
class ImportTest : public testing::Test {
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
        ask("INSERT INTO users (id, username, display_name, created_at, updated_at) VALUES ('" + user() +
            "', '" + user() + "', 'Test', now(), now())");
        ask("INSERT INTO library (user_id) VALUES ('" + user() + "')");
        pool_ = std::make_unique<postgres::Pool>(
            io_, postgres::PoolOptions{.connection = {.conninfo = server_->connection_string()}}, clock_);
        start_loop();
    }

    void TearDown() override {
        stop_loop();
        pool_->stop();
        io_.restart();
        io_.run();
    }

    void start_loop() {
        work_.emplace(io_.get_executor());
        io_.restart();
        loop_thread_ = std::thread([this] { io_.run(); });
    }

    void stop_loop() {
        work_.reset();
        io_.stop();
        if (loop_thread_.joinable()) loop_thread_.join();
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

    std::string user() const { return base::to_string(user_.uuid); }
    std::string of_user(const std::string& what, const std::string& rest = "") const {
        return ask("SELECT " + what + " FROM bookmarks WHERE user_id = '" + user() + "' " + rest);
    }
    std::string version() const {
        return ask("SELECT version FROM library WHERE user_id = '" + user() + "'");
    }

    ImportTarget new_target() const {
        const base::Time now = clock_.now();
        return {.user = user_, .job = {base::make_uuid(now)}, .started = now};
    }

    ImportReport import(const fs::path& file, const ImportOptions& options, const ImportTarget& target) {
        const Loop loop{.io = io_, .stopping = [] { return false; }};
        auto report = run_import({.loop = loop, .database = *pool_, .announcer = announcer_, .clock = clock_},
                                 file, target, options, {});
        EXPECT_TRUE(report) << report.error().message;
        return report ? std::move(*report) : ImportReport{};
    }
    ImportReport import(const fs::path& file, const ImportOptions& options = {}) {
        return import(file, options, new_target());
    }

    fs::path write_file(const std::string& content, const std::string& name = "file.json") const {
        const fs::path path = files_.path() / name;
        std::ofstream(path, std::ios::binary) << content;
        return path;
    }

    /// Generic JSON records with ids `first`, `first + 1`, …
    static std::string records(int first, int count, const std::string& more = "") {
        std::string out = "[";
        for (int i = 0; i < count; ++i) {
            out += i == 0 ? "" : ",\n";
            const std::string id = std::to_string(first + i);
            out +=
                R"({"id":")" + id + R"(","text":"post )" + id + " 日本語\",\"author\":\"hana\"" + more + "}";
        }
        return out + "]";
    }

    /// What a process has that takes uploads and runs imports.
    struct Engine {
        Engine(ImportTest& test, const fs::path& storage)
            : test_(test),
              journal{test.nobody_, "test:", watches},
              jobs(*test.pool_, journal, clock_),
              store(storage),
              imports(*test.pool_, jobs, test.offload_, links, clock_, storage, "here"),
              handler(test.io_, *test.pool_, test.announcer_, files, store, clock_, storage),
              runner(test.io_, *test.pool_, {.conninfo = server_->connection_string()}, journal, clock_,
                     {.handlers = {nullptr, nullptr, &handler},
                      .place = "here",
                      .poll = 100ms,
                      .poll_untold = 100ms}) {}
        ~Engine() { stop(); }
        Engine(const Engine&) = delete;
        Engine& operator=(const Engine&) = delete;

        void start() {
            base::asio::post(test_.io_, [this] { runner.start(true); });
            started_ = true;
        }
        void stop() {
            if (std::exchange(started_, false))
                base::asio::co_spawn(test_.io_, runner.stop(5s), base::asio::use_future).get();
        }

        ImportTest& test_;
        cache::Watches watches;
        jobs::Journal journal;
        jobs::Jobs jobs;
        storage::LocalStore store;
        storage::SignedLinks links{"secret", 1h, ""};
        Imports imports;
        base::asio::thread_pool files{2};
        ImportHandler handler;
        jobs::Runner runner;
        bool started_ = false;
    };

    template <class T>
    T run(base::Task<T> task) {
        return base::asio::co_spawn(io_, std::move(task), base::asio::use_future).get();
    }

    std::optional<jobs::Job> finished(Engine& engine, const base::Uuid& id) {
        for (int i = 0; i < 3000; ++i) {
            auto job = run(engine.jobs.find(user_, {id}));
            if (!job || !*job) return {};
            if ((*job)->finished_at) return *job;
            std::this_thread::sleep_for(10ms);
        }
        return {};
    }

    static const base::SystemClock clock_;
    static std::unique_ptr<base::TemporaryDir> root_;
    static std::unique_ptr<base::DataDir> data_;
    static std::unique_ptr<postgres::PrivateServer> server_;
    static std::unique_ptr<base::Supervisor> supervisor_;
    base::TemporaryDir files_;
    base::UserId user_;
    base::asio::io_context io_;
    std::optional<base::asio::executor_work_guard<base::asio::io_context::executor_type>> work_;
    std::thread loop_thread_;
    std::unique_ptr<postgres::Pool> pool_;
    cache::Versions versions_;
    redis::Connection nobody_{io_, {}};  ///< not started: what is announced is not heard
    cache::Announcer announcer_{versions_, nobody_, "test", clock_};
    base::asio::thread_pool offload_{1};
};

const base::SystemClock ImportTest::clock_;
std::unique_ptr<base::TemporaryDir> ImportTest::root_;
std::unique_ptr<base::DataDir> ImportTest::data_;
std::unique_ptr<postgres::PrivateServer> ImportTest::server_;
std::unique_ptr<base::Supervisor> ImportTest::supervisor_;

class EachSample : public ImportTest, public testing::WithParamInterface<const char*> {};

TEST_P(EachSample, TheSecondImportChangesNothing) {
    const fs::path file = fs::path(XBM_TEST_DATA) / GetParam();
    const ImportReport first = import(file);
    EXPECT_GT(first.counts.imported, 0);
    EXPECT_EQ(first.counts.skipped, 0);
    EXPECT_EQ(of_user("count(*)"), std::to_string(first.counts.imported));
    EXPECT_EQ(ask("SELECT active_count + archived_count FROM library WHERE user_id = '" + user() + "'"),
              std::to_string(first.counts.imported));
    const std::string before = version();
    for (const DuplicateStrategy strategy :
         {DuplicateStrategy::skip, DuplicateStrategy::update, DuplicateStrategy::merge}) {
        const ImportReport again = import(file, {.strategy = strategy});
        EXPECT_EQ(again.counts.imported, 0) << to_string(strategy);
        EXPECT_EQ(again.counts.updated, 0) << to_string(strategy);
        EXPECT_EQ(again.counts.skipped, 0) << to_string(strategy);
        EXPECT_EQ(again.counts.unchanged, first.counts.imported + first.counts.unchanged);
        EXPECT_EQ(again.counts.errors, first.counts.errors);
    }
    EXPECT_EQ(version(), before);
}

INSTANTIATE_TEST_SUITE_P(Samples, EachSample,
                         testing::Values("sample-export.json", "sample.csv", "sample-graphql.json"));

TEST_F(ImportTest, KeepsTheOrderOfTheFileAcrossBatches) {
    const ImportReport report = import(write_file(records(1, 1203)));
    EXPECT_EQ(report.counts.imported, 1203);
    EXPECT_EQ(of_user("string_agg(x_tweet_id, ',' ORDER BY bookmarked_at DESC, sync_order DESC) = "
                      "(SELECT string_agg(n::text, ',' ORDER BY n) FROM generate_series(1, 1203) n)"),
              "t");
    EXPECT_EQ(of_user("count(DISTINCT library_version)"), "1203");
    EXPECT_EQ(of_user("max(library_version)"), version());
}

TEST_F(ImportTest, AnImportThatWasCutOffGoesOnWithoutLossOrDouble) {
    const fs::path file = write_file(records(1, 1700));
    for (const DuplicateStrategy strategy : {DuplicateStrategy::skip, DuplicateStrategy::create_duplicate}) {
        ask("DELETE FROM bookmarks WHERE user_id = '" + user() + "'");
        const ImportTarget target = new_target();
        const Loop loop{.io = io_, .stopping = [] { return false; }};
        int calls = 0;
        const auto cut = run_import(
            {.loop = loop, .database = *pool_, .announcer = announcer_, .clock = clock_}, file, target,
            {.strategy = strategy}, [&calls](const ImportProgress&) { return ++calls < 2; });
        ASSERT_FALSE(cut);
        EXPECT_TRUE(cut.error().interrupted);
        const int written = std::stoi(of_user("count(*)"));
        EXPECT_GT(written, 0);
        EXPECT_LT(written, 1700);
        const ImportReport rest = import(file, {.strategy = strategy}, target);
        EXPECT_EQ(rest.counts.imported, 1700) << to_string(strategy);
        EXPECT_EQ(of_user("count(*)"), "1700") << to_string(strategy);
    }
}

TEST_F(ImportTest, StrategiesWriteWhatTheySay) {
    const fs::path file = write_file(R"([{"id":"1","text":"short","tags":["a"]}])");
    const fs::path other = write_file(R"([{"id":"1","text":"much longer","tags":["b"]}])", "other.json");
    import(file);
    EXPECT_EQ(import(other).counts.skipped, 1);
    EXPECT_EQ(of_user("content"), "short");
    EXPECT_EQ(import(other, {.strategy = DuplicateStrategy::merge}).counts.updated, 1);
    EXPECT_EQ(of_user("content || tags::text"), "much longer{a,b}");
    EXPECT_EQ(import(file, {.strategy = DuplicateStrategy::update}).counts.updated, 1);
    EXPECT_EQ(of_user("content || tags::text"), "short{a}");
    EXPECT_EQ(import(other, {.strategy = DuplicateStrategy::create_duplicate}).counts.imported, 1);
    EXPECT_EQ(of_user("count(*)"), "2");
    EXPECT_EQ(of_user("content", "AND x_tweet_id LIKE 'import-%'"), "much longer");
    EXPECT_EQ(ask("SELECT string_agg(name || active_count, ',' ORDER BY name) FROM tags WHERE user_id = '" +
                  user() + "'"),
              "a1,b1");
}

TEST_F(ImportTest, TheSamePostTwiceInOneFileIsOneBookmark) {
    const ImportReport report = import(write_file(
        R"([{"id":"1","text":"x"},{"id":"1","text":"x"},{"id":"1","text":"y"},{"id":"2","text":"z"}])"));
    EXPECT_EQ(report.counts.imported, 2);
    EXPECT_EQ(report.counts.unchanged, 1);
    EXPECT_EQ(report.counts.skipped, 1);
    EXPECT_EQ(of_user("count(*)"), "2");
}

TEST_F(ImportTest, DryRunWritesNothingAndShowsWhatWouldChange) {
    import(write_file(R"([{"id":"1","text":"old"},{"id":"2","text":"same"}])"));
    const std::string before = version();
    const fs::path file = write_file(
        R"([{"id":"1","text":"new","category":"C"},{"id":"2","text":"same"},{"id":"3","text":"n","category":"C"},
            {"id":"3","text":"n"}])");
    const ImportReport report = import(file, {.strategy = DuplicateStrategy::update, .dry_run = true});
    EXPECT_EQ(report.counts.imported, 1);
    EXPECT_EQ(report.counts.updated, 1);
    EXPECT_EQ(report.counts.unchanged, 2);
    EXPECT_EQ(report.counts.conflicts, 1);
    EXPECT_EQ(version(), before);
    EXPECT_EQ(of_user("count(*)"), "2");
    EXPECT_EQ(ask("SELECT count(*) FROM categories WHERE user_id = '" + user() + "'"), "0");
    const std::string json = report.to_json();
    EXPECT_NE(json.find(R"("fields":{"content":["old","new"]})"), std::string::npos) << json;
    EXPECT_NE(json.find(R"("diff":{"new":1,"updated":1,"unchanged":2,"skipped":0,"conflicts":1)"),
              std::string::npos);
}

TEST_F(ImportTest, MakesCategoriesOnceAndCountsInThem) {
    const fs::path file = write_file(
        R"([{"id":"1","text":"a","category":"Tech / C++"},{"id":"2","text":"b","category":"Tech / C++"},
            {"id":"3","text":"c"}])");
    import(file, {.default_category = "Inbox"});
    const std::string tree =
        "SELECT string_agg(name || ':' || active_count, ',' ORDER BY name) FROM categories WHERE user_id = '" +
        user() + "'";
    EXPECT_EQ(ask(tree), "C++:2,Inbox:1,Tech:0");
    // Somebody renames while another import runs: the plan of categories is read anew.
    ask("UPDATE categories SET name = 'Posteingang' WHERE user_id = '" + user() + "' AND name = 'Inbox'");
    import(write_file(R"([{"id":"4","text":"d"}])", "more.json"), {.default_category = "Posteingang"});
    EXPECT_EQ(ask(tree), "C++:2,Posteingang:2,Tech:0");
}

TEST_F(ImportTest, ARecordThatTheDatabaseRefusesIsAnErrorOfThatRecord) {
    ask("ALTER TABLE bookmarks ADD CONSTRAINT refused CHECK (x_tweet_id <> '77') NOT VALID");
    const ImportReport report = import(write_file(records(1, 600)));
    ask("ALTER TABLE bookmarks DROP CONSTRAINT refused");
    EXPECT_EQ(report.counts.imported, 599);
    ASSERT_EQ(report.errors.size(), 1U);
    EXPECT_EQ(report.errors[0].line, 76);
    EXPECT_EQ(of_user("count(*)"), "599");
}

TEST_F(ImportTest, AnImportOfADeletedPostForgetsItsMark) {
    ask("INSERT INTO deleted_posts VALUES ('" + user() + "', '1', now())");
    import(write_file(records(1, 2)));
    EXPECT_EQ(ask("SELECT count(*) FROM deleted_posts WHERE user_id = '" + user() + "'"), "0");
}

TEST_F(ImportTest, GoesOnAfterTheDatabaseWasAway) {
    const fs::path file = write_file(records(1, 5000));
    bool killed = false;
    const Loop loop{.io = io_, .stopping = [] { return false; }};
    const auto report =
        run_import({.loop = loop, .database = *pool_, .announcer = announcer_, .clock = clock_}, file,
                   new_target(), {}, [&](const ImportProgress&) {
                       if (!std::exchange(killed, true))
                           ask("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                               " WHERE usename = current_user AND pid <> pg_backend_pid()");
                       return true;
                   });
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->counts.imported, 5000);
    EXPECT_EQ(of_user("count(*)"), "5000");
}

TEST_F(ImportTest, FailuresHaveAReason) {
    const Loop loop{.io = io_, .stopping = [] { return false; }};
    const ImportEnvironment environment{
        .loop = loop, .database = *pool_, .announcer = announcer_, .clock = clock_};
    const auto missing = run_import(environment, files_.path() / "none.json", new_target(), {}, {});
    ASSERT_FALSE(missing);
    EXPECT_TRUE(missing.error().unreadable);
    const auto binary =
        run_import(environment, write_file(std::string("\x7f\x45LF\0\1\2", 7)), new_target(), {}, {});
    ASSERT_FALSE(binary);
    EXPECT_TRUE(binary.error().unreadable);
    ImportTarget nobody = new_target();
    nobody.user = {base::make_uuid(clock_.now())};
    const auto gone = run_import(environment, write_file(records(1, 3)), nobody, {}, {});
    ASSERT_FALSE(gone);
    EXPECT_EQ(gone.error().code, "USER_NOT_FOUND");
}

TEST_F(ImportTest, AJobStoresItsUploadRunsAndRemovesIt) {
    const fs::path storage = files_.path() / "storage";
    const std::string content = records(1, 700);
    const fs::path body = write_file("front" + content + "back", "body");
    Engine engine(*this, storage);
    engine.start();
    const auto started = run(engine.imports.start(
        user_, {}, {.file = body, .offset = 5, .size_bytes = content.size(), .name = "a.json"}));
    ASSERT_TRUE(started) << started.error().text;
    const auto job = finished(engine, *started);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->state, jobs::State::completed) << (job->error ? job->error->message : "");
    EXPECT_NE(job->result.value_or("").find("\"imported\": 700"), std::string::npos)
        << job->result.value_or("");
    EXPECT_EQ(of_user("count(*)"), "700");
    for (int i = 0; i < 500 && fs::exists(storage / "imports" / user()); ++i)
        std::this_thread::sleep_for(10ms);
    EXPECT_FALSE(fs::exists(storage / "imports" / user()));
    const auto foreign = run(engine.jobs.find({base::make_uuid(clock_.now())}, {*started}));
    ASSERT_TRUE(foreign);
    EXPECT_FALSE(*foreign);
}

TEST_F(ImportTest, AJobWithoutItsUploadSaysSo) {
    const fs::path storage = files_.path() / "storage";
    const fs::path body = write_file(records(1, 20));
    Engine engine(*this, storage);
    const auto started = run(engine.imports.start(
        user_, {}, {.file = body, .offset = 0, .size_bytes = fs::file_size(body), .name = "a.json"}));
    ASSERT_TRUE(started);
    ImportStorage(storage).remove(user_, *started);
    engine.start();
    const auto job = finished(engine, *started);
    ASSERT_TRUE(job);
    EXPECT_EQ(job->state, jobs::State::failed);
    ASSERT_TRUE(job->error);
    EXPECT_EQ(job->error->code, "IMPORT_ERROR");
}

TEST_F(ImportTest, UploadsThatNoJobNeedsAreRemoved) {
    const fs::path storage = files_.path() / "storage";
    const fs::path body = write_file(records(1, 20));
    Engine engine(*this, storage);
    const ImportStorage uploads(storage);
    const base::Uuid leftover = base::make_uuid(clock_.now());
    ASSERT_TRUE(uploads.store(user_, leftover, body, 0, fs::file_size(body)));
    const auto started = run(engine.imports.start(
        user_, {}, {.file = body, .offset = 0, .size_bytes = fs::file_size(body), .name = "a.json"}));
    ASSERT_TRUE(started);
    ASSERT_TRUE(run(engine.handler.remove_leftovers("here")));
    EXPECT_FALSE(fs::exists(uploads.upload(user_, leftover)));
    EXPECT_TRUE(fs::exists(uploads.upload(user_, *started)));
}

TEST_F(ImportTest, RoutesTakeAFormAndRefuseWhatIsNone) {
    Engine engine(*this, files_.path() / "storage");
    Imports& imports = engine.imports;
    engine.start();
    const auto post = [&](const std::string& file_name, const std::string& content,
                          const std::string& name = "", const std::string& value = "") {
        std::string body;
        if (!name.empty())
            body += "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n";
        if (!file_name.empty())
            body += "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"" + file_name +
                    "\"\r\n\r\n" + content + "\r\n";
        http::test::Asked asked(http::Method::post, "/api/import",
                                {{"Content-Type", "multipart/form-data; boundary=b"}});
        asked.call.spooled_body = write_file(body + "--b--\r\n", "body");
        asked.call.principal.emplace();
        asked.call.principal->user = user_;
        const http::Response response = run(routes::start(imports, asked.call));
        return std::to_string(response.status) + " " + *response.body;
    };
    const auto refused = [&](const std::string& answer, const std::string& code) {
        EXPECT_TRUE(answer.starts_with("400 ")) << answer;
        EXPECT_NE(answer.find("\"code\":\"" + code + "\""), std::string::npos) << answer;
    };
    const std::string good = records(1, 3);
    refused(post("", "", "source", "auto"), "IMPORT_FILE_REQUIRED");
    refused(post("a.exe", good), "UNSUPPORTED_FILE_TYPE");
    refused(post("a.json", good, "source", "nonsense"), "INVALID_IMPORT_SOURCE");
    refused(post("a.json", good, "source", "unheard-of"), "INVALID_IMPORT_SOURCE");
    refused(post("a.json", good, "source", "x-archive"), "INVALID_IMPORT_FILE");
    refused(post("a.json", good, "duplicateStrategy", "both"), "INVALID_DUPLICATE_STRATEGY");
    refused(post("a.json", std::string("\x7f\x45LF\0\1", 6)), "INVALID_IMPORT_FILE");
    refused(post("a.json", ""), "INVALID_IMPORT_FILE");
    EXPECT_TRUE(post("a.json", "", "validate", "false").starts_with("202 "));
    const std::string accepted = post("a.JSON", good, "defaultCategory", "Inbox");
    ASSERT_TRUE(accepted.starts_with("202 ")) << accepted;
    const std::string id = accepted.substr(accepted.find("jobId\":\"") + 8, 36);
    ASSERT_TRUE(finished(engine, *base::parse_uuid(id)));
    http::test::Asked asked(http::Method::get, "/api/import/status/x", {});
    asked.call.parameters = {id};
    asked.call.principal.emplace();
    asked.call.principal->user = user_;
    const http::Response status = run(routes::status(imports, asked.call));
    EXPECT_EQ(status.status, 200U);
    EXPECT_NE(status.body->find(R"("status":"completed","progress":{"current":)"), std::string::npos)
        << *status.body;
    const http::Response listed = run(routes::history(imports, asked.call));
    EXPECT_NE(listed.body->find(R"("total":2,"hasMore":false)"), std::string::npos) << *listed.body;
    asked.call.principal->user = {base::make_uuid(clock_.now())};
    EXPECT_EQ(run(routes::status(imports, asked.call)).status, 404U);
}

TEST_F(ImportTest, TheCommandRunsTheLoopItself) {
    stop_loop();
    const fs::path file = write_file(records(1, 30));
    testing::internal::CaptureStdout();
    const int code =
        run_import_command({.file = file, .user = user_, .options = {}}, *pool_, announcer_, io_, clock_);
    const std::string output = testing::internal::GetCapturedStdout();
    EXPECT_EQ(code, 0);
    EXPECT_NE(output.find("imported:  30\n"), std::string::npos) << output;
    EXPECT_EQ(of_user("count(*)"), "30");
    EXPECT_EQ(run_import_command({.file = files_.path() / "none", .user = user_, .options = {}}, *pool_,
                                 announcer_, io_, clock_),
              1);
}

}  // namespace
}  // namespace transfer
