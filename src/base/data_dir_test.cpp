#include "base/data_dir.hpp"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "base/temporary_dir.hpp"

namespace {

namespace fs = std::filesystem;

mode_t mode_of(const fs::path& path) {
    struct stat found{};
    return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777U : 0;
}

// Runs `body` in a forked process; true if it returned true there.
template <class Body>
bool in_other_process(Body body) {
    const pid_t pid = fork();
    if (pid == 0) _exit(body() ? 0 : 1);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(DataDir, IsMadePrivateAndHoldsThePlaces) {
    const base::TemporaryDir root;
    const auto dir = base::DataDir::open({.path = root.path() / "a" / "data"});
    ASSERT_TRUE(dir) << dir.error();
    EXPECT_EQ(dir->path(), root.path() / "a" / "data");
    EXPECT_EQ(mode_of(dir->path()) & 0067U, 0U);  // others nothing, the group at most passes through
    EXPECT_EQ(mode_of(dir->path() / "lock"), 0600U);
    EXPECT_EQ(mode_of(dir->sockets()), 0700U);
    EXPECT_EQ(dir->service_user().has_value(), geteuid() == 0);
    EXPECT_FALSE(dir->in_use_by());
}

TEST(DataDir, SecondOpenIsRefusedAndNamesTheProcess) {
    const base::TemporaryDir root;
    const auto first = base::DataDir::open({.path = root.path() / "data"});
    ASSERT_TRUE(first) << first.error();
    EXPECT_TRUE(in_other_process([&, holder = getpid()] {
        const auto second = base::DataDir::open({.path = root.path() / "data"});
        return !second && second.error().contains("in use by process " + std::to_string(holder));
    }));
    const auto beside = base::DataDir::open({.path = root.path() / "data", .may_be_in_use = true});
    ASSERT_TRUE(beside) << beside.error();
    EXPECT_EQ(beside->in_use_by(), getpid());
    EXPECT_EQ(beside->sockets(), first->sockets());
}

TEST(DataDir, CanBeOpenedAgainWhenItsHolderIsGone) {
    const base::TemporaryDir root;
    EXPECT_TRUE(
        in_other_process([&] { return base::DataDir::open({.path = root.path() / "data"}).has_value(); }));
    EXPECT_TRUE(base::DataDir::open({.path = root.path() / "data"}));
}

TEST(DataDir, FileInTheWayIsRefused) {
    const base::TemporaryDir root;
    std::ofstream(root.path() / "file") << "x";
    const auto in_file = base::DataDir::open({.path = root.path() / "file" / "data"});
    ASSERT_FALSE(in_file);
    EXPECT_NE(in_file.error().find("cannot be created"), std::string::npos) << in_file.error();
    const auto file = base::DataDir::open({.path = root.path() / "file"});
    ASSERT_FALSE(file);
    EXPECT_NE(file.error().find("not a directory"), std::string::npos) << file.error();
    EXPECT_FALSE(base::DataDir::open({.path = ""}));
}

TEST(DataDir, UnwritableDirectoryIsRefusedWithTheUser) {
    const base::TemporaryDir root;
    fs::create_directory(root.path() / "data");
    chmod((root.path() / "data").c_str(), 0555);
    EXPECT_TRUE(in_other_process([&] {
        const auto nobody = base::find_user(std::string("nobody"));
        if (geteuid() == 0 && (setgroups(0, nullptr) != 0 || setuid(nobody->uid) != 0)) return false;
        const auto dir = base::DataDir::open({.path = root.path() / "data"});
        return !dir && dir.error().contains("not writable for user") &&
               dir.error().contains("Permission denied");
    }));
}

TEST(DataDir, LongOrOddPathGetsAShortSocketDirectoryElsewhere) {
    const base::TemporaryDir root;
    for (const auto& name : {std::string(150, 'x'), std::string("a, b'c")}) {
        const auto dir = base::DataDir::open({.path = root.path() / name, .runtime_root = root.path()});
        ASSERT_TRUE(dir) << dir.error();
        EXPECT_EQ(dir->sockets(), root.path() / ("xbookmarker-" + base::path_hash(dir->services())));
        EXPECT_EQ(mode_of(dir->sockets()), 0700U);
    }
}

TEST(DataDir, SocketDirectoryOfAnotherIsRefused) {
    const base::TemporaryDir root;
    const auto data = root.path() / std::string(150, 'x');
    const auto squatted = root.path() / ("xbookmarker-" + base::path_hash(data));
    fs::create_directory(squatted);
    chmod(squatted.c_str(), 0777);
    const auto dir = base::DataDir::open({.path = data, .runtime_root = root.path()});
    ASSERT_FALSE(dir);
    EXPECT_NE(dir.error().find("mode 0700"), std::string::npos) << dir.error();
}

TEST(DataDir, RootMovesServicesThatItsUserCouldNotReach) {
    if (geteuid() != 0) GTEST_SKIP() << "only root runs the services as another user";
    const base::TemporaryDir root;
    const auto closed = root.path() / "closed";
    fs::create_directory(closed);
    chmod(closed.c_str(), 0700);
    const base::DataDirOptions options{.path = closed / "data", .fallback_root = root.path() / "var"};
    fs::path services;
    {
        const auto dir = base::DataDir::open(options);
        ASSERT_TRUE(dir) << dir.error();
        services = dir->services();
        EXPECT_EQ(services, root.path() / "var" / base::path_hash(dir->path()));
        EXPECT_TRUE(base::can_enter(*dir->service_user(), services));
        EXPECT_FALSE(base::can_enter(*dir->service_user(), dir->path()));
    }
    // Remembered, even when the directory has moved.
    fs::rename(closed, root.path() / "moved");
    fs::create_directory(closed);
    fs::copy(root.path() / "moved" / "data", closed / "data", fs::copy_options::recursive);
    const auto moved =
        base::DataDir::open({.path = root.path() / "moved" / "data", .fallback_root = "/nonexistent"});
    ASSERT_TRUE(moved) << moved.error();
    EXPECT_EQ(moved->services(), services);
    const auto copy = base::DataDir::open({.path = closed / "data", .fallback_root = "/nonexistent"});
    ASSERT_FALSE(copy);
    EXPECT_NE(copy.error().find("services.path was copied"), std::string::npos) << copy.error();
}

TEST(DataDir, RootRunsServicesAsTheOwnerOfTheDirectory) {
    if (geteuid() != 0) GTEST_SKIP() << "only root runs the services as another user";
    const base::TemporaryDir root;
    const auto nobody = base::find_user(std::string("nobody"));
    ASSERT_TRUE(nobody);
    fs::create_directory(root.path() / "data");
    ASSERT_EQ(chown((root.path() / "data").c_str(), nobody->uid, nobody->gid), 0);
    const auto dir = base::DataDir::open({.path = root.path() / "data"});
    ASSERT_TRUE(dir) << dir.error();
    ASSERT_TRUE(dir->service_user());
    EXPECT_EQ(dir->service_user()->name, "nobody");
    struct stat lock{};
    ASSERT_EQ(stat((dir->path() / "lock").c_str(), &lock), 0);
    EXPECT_EQ(lock.st_uid, nobody->uid);
}

}  // namespace
