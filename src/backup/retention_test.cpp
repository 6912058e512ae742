#include "backup/retention.hpp"

#include <gtest/gtest.h>

namespace backup {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr std::array<std::int64_t, kKinds> kRetention{7, 4, 12};
const base::Time kNow = *base::parse_iso("2026-11-27T12:00:00Z");

std::vector<std::string> expired(const std::vector<Kept>& kept) {
    std::vector<std::string> ids;
    for (const Kept& one : choose_expired(kept, kRetention, kNow))
        ids.push_back(one.id);
    return ids;
}

Kept made(std::string id, Kind kind, base::Time::duration ago, Status status = Status::success) {
    return {.id = std::move(id), .kind = kind, .started_at = kNow - ago, .status = status, .files = {}};
}

using Ids = std::vector<std::string>;

TEST(Retention, CountsDaysWeeksAndMonthsOfThirtyDays) {
    EXPECT_EQ(
        expired({made("new", Kind::daily, 1h), made("day 7", Kind::daily, days(7)),
                 made("almost 7", Kind::daily, days(7) - 1s), made("week 4", Kind::weekly, days(28)),
                 made("almost 4", Kind::weekly, days(28) - 1s), made("month 12", Kind::monthly, days(360)),
                 made("almost 12", Kind::monthly, days(360) - 1s)}),
        (Ids{"day 7", "week 4", "month 12"}));
}

TEST(Retention, KeepsTheNewestGoodOne) {
    EXPECT_EQ(expired({made("old", Kind::daily, days(30)), made("newer", Kind::daily, days(20)),
                       made("failed", Kind::daily, days(10), Status::failure),
                       made("partial", Kind::daily, days(9), Status::partial)}),
              (Ids{"old", "failed", "partial"}));
    EXPECT_EQ(expired({made("failed", Kind::weekly, days(60), Status::failure)}), (Ids{"failed"}));
    EXPECT_TRUE(expired({}).empty());
}

TEST(Schedule, MakesUpOnce) {
    const Cron cron = *Cron::parse("0 2 * * *");
    const Zone utc = *Zone::find("UTC");
    const Due missed = look_at(cron, utc, true, kNow - days(5), kNow);
    EXPECT_TRUE(missed.runs);
    EXPECT_EQ(missed.heeded_at, kNow);
    EXPECT_FALSE(look_at(cron, utc, true, missed.heeded_at, kNow).runs);
    EXPECT_FALSE(look_at(cron, utc, true, missed.heeded_at, kNow + 13h).runs);
    EXPECT_TRUE(look_at(cron, utc, true, missed.heeded_at, kNow + 14h).runs);
}

TEST(Schedule, MakesNothingUpOfTheTimeItWasOff) {
    const Cron cron = *Cron::parse("* * * * *");
    const Zone utc = *Zone::find("UTC");
    const Due off = look_at(cron, utc, false, kNow - days(5), kNow);
    EXPECT_FALSE(off.runs);
    EXPECT_FALSE(off.heeded_at);
    const Due on = look_at(cron, utc, true, off.heeded_at, kNow + 1h);
    EXPECT_FALSE(on.runs);
    EXPECT_TRUE(look_at(cron, utc, true, on.heeded_at, kNow + 1h + 1min).runs);
}

TEST(Manifest, ComesBackAsItWasWritten) {
    Backup backup{.id = "weekly-2026-11-27T12-00-00-000Z", .kind = Kind::weekly, .started_at = kNow};
    backup.duration = 1234ms;
    backup.status = Status::partial;
    backup.version = "1.2.3";
    backup.schema = 13;
    backup.server_version = 150'004;
    backup.errors = {"a \"quoted\" fault"};
    backup.metadata = {.database_size = 1, .user_count = 2, .bookmark_count = 3, .file_count = 4};
    backup.files = {
        {.what = "database", .key = "backups/database/a.dump", .size_bytes = 5'000'000'000, .sha256 = "ab"}};
    backup.tables = {{.name = "public.users", .rows = 7, .checksum = "cd"}};
    const std::string text = write_manifest(backup);
    const auto read = read_manifest(text);
    ASSERT_TRUE(read);
    EXPECT_EQ(write_manifest(*read), text);
    EXPECT_EQ(read->size_bytes(), 5'000'000'000U);
    ASSERT_NE(read->file_of("database"), nullptr);
    EXPECT_EQ(read->file_of("logs"), nullptr);
}

TEST(Manifest, RefusesWhatIsNone) {
    for (const std::string_view text :
         {"", "{}", "[]", R"({"format":2,"type":"daily"})", R"({"format":1,"type":"hourly"})"})
        EXPECT_FALSE(read_manifest(text)) << text;
}

TEST(JobOptions, ComeBack) {
    const JobOptions read = read_job_options(write_job_options(
        Kind::monthly, {.database = false, .user_files = false, .system_files = true, .logs = true}));
    EXPECT_EQ(read.kind, Kind::monthly);
    EXPECT_FALSE(read.targets.database || read.targets.user_files);
    EXPECT_TRUE(read.targets.system_files && read.targets.logs);
}

}  // namespace
}  // namespace backup
