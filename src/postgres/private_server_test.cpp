#include "postgres/private_server.hpp"

#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <fstream>
#include <memory>
#include <thread>

#include "base/temporary_dir.hpp"
#include "postgres/cluster.hpp"

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

using Connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;
using Rows = std::unique_ptr<PGresult, decltype(&PQclear)>;

// The first value of the answer, "ok" for a command, or the error.
std::string ask(const std::string& target, const std::string& sql) {
    const Connection connection(PQconnectdb(target.c_str()), PQfinish);
    if (PQstatus(connection.get()) != CONNECTION_OK) return PQerrorMessage(connection.get());
    const Rows rows(PQexec(connection.get(), sql.c_str()), PQclear);
    if (PQresultStatus(rows.get()) == PGRES_COMMAND_OK) return "ok";
    if (PQresultStatus(rows.get()) != PGRES_TUPLES_OK) return PQresultErrorMessage(rows.get());
    return PQgetvalue(rows.get(), 0, 0);
}

// One cluster for all tests of this file: initdb is the slow part. Every test holds and leaves it alone.
class PrivatePostgres : public testing::Test {
protected:
    static void SetUpTestSuite() { root_ = std::make_unique<base::TemporaryDir>(); }
    static void TearDownTestSuite() { root_.reset(); }

    void SetUp() override {
        auto dir = base::DataDir::open({.path = root_->path() / "data"});
        ASSERT_TRUE(dir) << dir.error();
        data_.emplace(std::move(*dir));
        server_.emplace(postgres::PrivateServerOptions{
            .data_dir = *data_, .memory_bytes = 256U << 20U, .stop_timeout = 5s});
    }

    pid_t postmaster() const {
        pid_t pid = 0;
        std::ifstream(data_->services() / "postgres" / "postmaster.pid") >> pid;
        return pid;
    }

    static std::unique_ptr<base::TemporaryDir> root_;
    const base::SystemClock clock_;
    std::optional<base::DataDir> data_;
    std::optional<postgres::PrivateServer> server_;
};

std::unique_ptr<base::TemporaryDir> PrivatePostgres::root_;

TEST_F(PrivatePostgres, FirstStartMakesADurableClusterOnTheSocketAlone) {
    fs::remove_all(data_->services() / "postgres");  // of a test that ran before
    // What a kill in the middle of initdb leaves.
    fs::create_directory(data_->services() / "postgres.new");
    std::ofstream(data_->services() / "postgres.new" / "PG_VERSION") << "15\n";
    base::Supervisor supervisor({&*server_}, clock_);
    const auto started = supervisor.start();
    ASSERT_TRUE(started) << started.error();
    const auto target = server_->connection_string();
    const auto setting = [&](const std::string& name) {
        return ask(target, "SELECT current_setting('" + name + "')");
    };
    EXPECT_EQ(setting("listen_addresses"), "");
    EXPECT_EQ(setting("fsync"), "on");
    EXPECT_EQ(setting("synchronous_commit"), "on");
    EXPECT_EQ(setting("data_checksums"), "on");
    EXPECT_EQ(setting("server_encoding"), "UTF8");
    EXPECT_EQ(setting("shared_buffers"), "32MB");
    EXPECT_EQ(setting("is_superuser"), "off");
    EXPECT_EQ(ask(target, "SELECT current_user || '/' || current_database()"), "xbookmarker/xbookmarker");
    EXPECT_EQ(ask(target, "SELECT lower('ÄÖÜ')"), "äöü");
    EXPECT_EQ(ask(target, "CREATE EXTENSION pg_trgm"), "ok");
    EXPECT_FALSE(fs::exists(data_->services() / "postgres.new"));
    struct stat cluster{};
    ASSERT_EQ(stat((data_->services() / "postgres").c_str(), &cluster), 0);
    EXPECT_EQ(cluster.st_mode & 07777U, 0700U);
    EXPECT_EQ(cluster.st_uid, data_->service_user() ? data_->service_user()->uid : geteuid());
    supervisor.stop();
    EXPECT_EQ(PQping(target.c_str()), PQPING_NO_RESPONSE);
    EXPECT_FALSE(fs::exists(data_->services() / "postgres" / "postmaster.pid")) << "not a clean shutdown";
}

TEST_F(PrivatePostgres, SurvivesTheKillOfItsServerWithoutLoss) {
    base::Supervisor supervisor({&*server_}, clock_);
    const auto started = supervisor.start();
    ASSERT_TRUE(started) << started.error();
    const auto target = server_->connection_string();
    ASSERT_EQ(ask(target, "CREATE TABLE kept AS SELECT 42 AS answer"), "ok");
    const pid_t first = postmaster();
    ASSERT_GT(first, 0);
    kill(first, SIGKILL);
    for (int i = 0; i < 2000 && supervisor.restarts() == 0; ++i)
        std::this_thread::sleep_for(10ms);
    ASSERT_EQ(supervisor.restarts(), 1U);
    EXPECT_NE(postmaster(), first);
    EXPECT_EQ(ask(target, "SELECT answer FROM kept"), "42");
}

// An owner that is killed: the server gets its death signal. With `stopped` it cannot obey, as one that
// hangs.
void start_after_kill_of_owner(const fs::path& data, bool stopped) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    const pid_t owner = fork();
    if (owner == 0) {
        const base::SystemClock clock;
        const auto dir = base::DataDir::open({.path = data});
        if (!dir) _exit(1);
        postgres::PrivateServer server({.data_dir = *dir});
        base::Supervisor supervisor({&server}, clock);
        if (!supervisor.start()) _exit(2);
        const bool written =
            ask(server.connection_string(), "CREATE TABLE left_over AS SELECT 1 AS one") == "ok";
        [[maybe_unused]] const auto told = write(ends[1], written ? "y" : "n", 1);
        pause();
    }
    char written = 0;
    close(ends[1]);
    ASSERT_EQ(read(ends[0], &written, 1), 1);
    close(ends[0]);
    EXPECT_EQ(written, 'y');
    pid_t postmaster = 0;
    std::ifstream(data / "postgres" / "postmaster.pid") >> postmaster;
    ASSERT_GT(postmaster, 0);
    if (stopped) kill(postmaster, SIGSTOP);
    kill(owner, SIGKILL);
    waitpid(owner, nullptr, 0);

    const base::SystemClock clock;
    const auto dir = base::DataDir::open({.path = data});
    ASSERT_TRUE(dir) << dir.error();
    postgres::PrivateServer server({.data_dir = *dir, .stop_timeout = 2s});
    base::Supervisor supervisor({&server}, clock);
    const auto started = supervisor.start();
    ASSERT_TRUE(started) << started.error();
    EXPECT_EQ(ask(server.connection_string(), "SELECT one FROM left_over"), "1");
    EXPECT_EQ(ask(server.connection_string(), "DROP TABLE left_over"), "ok");
    pid_t now = 0;
    std::ifstream(data / "postgres" / "postmaster.pid") >> now;
    EXPECT_NE(now, postmaster);
}

TEST_F(PrivatePostgres, StartsAfterTheKillOfItsOwner) {
    const auto path = data_->path();
    server_.reset();
    data_.reset();
    start_after_kill_of_owner(path, false);
}

TEST_F(PrivatePostgres, StartsAfterTheKillOfItsOwnerAlthoughTheServerHangs) {
    const auto path = data_->path();
    server_.reset();
    data_.reset();
    start_after_kill_of_owner(path, true);
}

TEST_F(PrivatePostgres, StalePidFileOfAnUnrelatedProcessDoesNotStopIt) {
    {
        base::Supervisor supervisor({&*server_}, clock_);
        ASSERT_TRUE(supervisor.start());
    }
    // This very process: alive, and not a PostgreSQL.
    std::ofstream(data_->services() / "postgres" / "postmaster.pid") << getpid() << '\n';
    base::Supervisor supervisor({&*server_}, clock_);
    const auto started = supervisor.start();
    EXPECT_TRUE(started) << started.error();
}

TEST_F(PrivatePostgres, OwnSettingsInLocalConfWinAndBrokenOnesAreReported) {
    {
        base::Supervisor supervisor({&*server_}, clock_);
        ASSERT_TRUE(supervisor.start());
    }
    const auto local = data_->services() / "postgres" / "local.conf";
    std::ofstream(local) << "work_mem = '9MB'\n";
    chmod(local.c_str(), 0644);
    {
        base::Supervisor supervisor({&*server_}, clock_);
        ASSERT_TRUE(supervisor.start());
        EXPECT_EQ(ask(server_->connection_string(), "SHOW work_mem"), "9MB");
    }
    std::ofstream(local) << "no_such_setting = 1\n";
    base::Supervisor supervisor({&*server_}, clock_);
    const auto started = supervisor.start();
    fs::remove(local);
    ASSERT_FALSE(started);
    EXPECT_NE(started.error().find("no_such_setting"), std::string::npos) << started.error();
}

TEST(Programs, MissingVersionIsNamed) {
    const base::TemporaryDir root;
    const auto none = postgres::find_programs(root.path() / "cluster", root.path());
    ASSERT_FALSE(none);
    EXPECT_NE(none.error().find("package postgresql-15"), std::string::npos) << none.error();
}

TEST(Programs, VersionOfTheClusterThenFifteenThenTheNewest) {
    const base::TemporaryDir root;
    const auto add = [&](const std::string& version) {
        fs::create_directories(root.path() / version / "bin");
        std::ofstream(root.path() / version / "bin/initdb") << "";
        chmod((root.path() / version / "bin/initdb").c_str(), 0755);
    };
    const auto cluster = root.path() / "cluster";
    add("16");
    add("17");
    EXPECT_EQ(postgres::find_programs(cluster, root.path()), root.path() / "17/bin");
    add("15");
    EXPECT_EQ(postgres::find_programs(cluster, root.path()), root.path() / "15/bin");
    fs::create_directory(cluster);
    std::ofstream(cluster / "PG_VERSION") << "16\n";
    EXPECT_EQ(postgres::find_programs(cluster, root.path()), root.path() / "16/bin");
    std::ofstream(cluster / "PG_VERSION") << "14\n";
    EXPECT_FALSE(postgres::find_programs(cluster, root.path()));
}

TEST(Settings, MemoryIsScaledBetweenItsBounds) {
    const auto text = [](std::uint64_t mib) {
        return postgres::settings_text({.sockets = "/s", .name = "n", .memory_bytes = mib << 20U});
    };
    EXPECT_NE(text(128).find("shared_buffers = 32MB\n"), std::string::npos);
    EXPECT_NE(text(2048).find("shared_buffers = 256MB\n"), std::string::npos);
    EXPECT_NE(text(65536).find("shared_buffers = 512MB\n"), std::string::npos);
    EXPECT_GT(postgres::usable_memory_bytes(), 0U);
}

}  // namespace
