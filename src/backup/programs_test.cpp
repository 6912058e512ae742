#include "backup/programs.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/temporary_dir.hpp"

namespace backup {
namespace {

const std::vector<std::string> kEnvironment{"PATH=/usr/bin:/bin"};

Program shell(const std::string& script) {
    return {.command = {"/bin/sh", "-c", script}, .environment = kEnvironment};
}

base::Result<void> ignore(std::string_view /*bytes*/) {
    return {};
}

void make_program(const std::filesystem::path& file, const std::string& output) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << "#!/bin/sh\necho '" << output << "'\n";
    chmod(file.c_str(), 0755);
}

TEST(Programs, OfTheServersVersionOrTheNextNewerOne) {
    const base::TemporaryDir dir;
    const auto root = dir.path() / "versions";
    for (const std::string_view version : {"13", "15", "17"})
        for (const std::string_view name : {"pg_dump", "pg_restore"})
            make_program(root / version / "bin" / name, "");
    make_program(root / "14" / "bin" / "pg_dump", "");  // a part of an installation
    EXPECT_EQ(find_programs(150'004, root, {}), root / "15/bin");
    EXPECT_EQ(find_programs(140'000, root, {}), root / "15/bin");
    EXPECT_EQ(find_programs(160'001, root, {}), root / "17/bin");
    const auto none = find_programs(180'000, root, {});
    ASSERT_FALSE(none);
    EXPECT_TRUE(none.error().contains("PostgreSQL 18")) << none.error();
    EXPECT_TRUE(none.error().contains("postgresql-client-18")) << none.error();
    for (const std::string_view version : {"13", "15", "17"})
        EXPECT_TRUE(none.error().contains(version)) << none.error();
}

TEST(Programs, OfADirectoryThatSaysItsVersion) {
    const base::TemporaryDir dir;
    for (const std::string_view name : {"pg_dump", "pg_restore"}) {
        make_program(dir.path() / "old" / name, "pg_dump (PostgreSQL) 14.2");
        make_program(dir.path() / "new" / name, "pg_dump (PostgreSQL) 18beta1");
    }
    const std::vector<std::filesystem::path> both{dir.path() / "old", dir.path() / "new"};
    EXPECT_EQ(find_programs(180'000, dir.path() / "none", both), dir.path() / "new");
    EXPECT_EQ(find_programs(140'000, dir.path() / "none", both), dir.path() / "old");
    const auto none = find_programs(190'000, dir.path() / "none", both);
    ASSERT_FALSE(none);
    EXPECT_TRUE(none.error().contains("found: 14, 18")) << none.error();
}

TEST(Programs, HandOverAllThatTheyWrite) {
    std::size_t bytes = 0;
    const auto done = read_from(shell("head -c 3000000 /dev/zero"),
                                [&bytes](std::string_view piece) {
                                    bytes += piece.size();
                                    return base::Result<void>();
                                },
                                {});
    EXPECT_TRUE(done);
    EXPECT_EQ(bytes, 3'000'000U);
}

TEST(Programs, SayWhyTheyFailed) {
    EXPECT_EQ(read_from(shell("echo first >&2; echo second >&2; exit 3"), ignore, {}).error(), "first");
    EXPECT_EQ(read_from(shell("exit 3"), ignore, {}).error(), "sh failed: exit status 3");
    EXPECT_FALSE(read_from({.command = {"/nothing/there"}, .environment = {}}, ignore, {}));
    // A sink that takes no more ends the program, and is the reason.
    const auto full = read_from(shell("cat /dev/zero"),
                                [](std::string_view /*bytes*/) -> base::Result<void> {
                                    return base::fail(base::Errc::service_unavailable, "full");
                                },
                                {});
    EXPECT_EQ(full.error(), "full");
}

TEST(Programs, TakeAllThatTheyAreFed) {
    const base::TemporaryDir dir;
    const auto file = dir.path() / "fed";
    const std::string piece(100'000, 'x');
    const auto fed = write_to(shell("cat > '" + file.string() + "'"),
                              [&piece](const Sink& input) -> Outcome {
                                  for (int i = 0; i < 30; ++i)
                                      if (const auto sent = input(piece); !sent)
                                          return std::unexpected(std::string(sent.error().text));
                                  return {};
                              },
                              {});
    EXPECT_TRUE(fed) << fed.error();
    EXPECT_EQ(std::filesystem::file_size(file), 3'000'000U);
}

TEST(Programs, ThatEndEarlyAreTheReason) {
    const std::string piece(100'000, 'x');
    const auto endless = [&piece](const Sink& input) -> Outcome {
        for (;;)
            if (const auto sent = input(piece); !sent) return std::unexpected(std::string(sent.error().text));
    };
    EXPECT_EQ(write_to(shell("echo broken archive >&2; exit 1"), endless, {}).error(), "broken archive");
    // What cannot be read is the reason, not what the program makes of its end.
    const auto damaged =
        write_to(shell("cat > /dev/null; echo unexpected end >&2; exit 1"),
                 [](const Sink& /*input*/) -> Outcome { return std::unexpected("damaged"); }, {});
    EXPECT_EQ(damaged.error(), "damaged");
}

TEST(Programs, AreEndedWhenSomebodySaysStop) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stopped = [begin] {
        return std::chrono::steady_clock::now() - begin > std::chrono::milliseconds(300);
    };
    EXPECT_EQ(read_from(shell("exec sleep 60"), ignore, stopped).error(), "stopped");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace backup
