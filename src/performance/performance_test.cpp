#include <gtest/gtest.h>

#include "performance/monitor.hpp"
#include "performance/process_stats.hpp"
#include "performance/recommendations.hpp"

namespace performance {
namespace {

using namespace std::chrono_literals;

TEST(Advice, SaysNothingOfAServerThatIsWell) {
    const Advice advice = advise({.queries = 1000,
                                  .query_ms = 1,
                                  .cache_requests = 1000,
                                  .cache_hits = 80,
                                  .requests = 1000,
                                  .request_ms = 2,
                                  .compressible = 1000,
                                  .compressed = 100});
    EXPECT_TRUE(advice.database.empty());
    EXPECT_TRUE(advice.cache.empty());
    EXPECT_TRUE(advice.queues.empty());
    EXPECT_TRUE(advice.api.empty());
    EXPECT_TRUE(advice.priority.empty());
}

TEST(Advice, SaysNothingOfTooFewToJudge) {
    EXPECT_TRUE(
        advise({.queries = 99, .query_errors = 50, .cache_requests = 99, .requests = 99, .slow_requests = 50})
            .priority.empty());
}

TEST(Advice, PutsWhatIsCriticalFirst) {
    const Advice advice = advise({.queries = 100,
                                  .query_ms = 501,
                                  .slow_queries = 21,
                                  .query_errors = 11,
                                  .pool_use = 91,
                                  .cache_requests = 100,
                                  .cache_hits = 49,
                                  .cache_keys = 50'001,
                                  .longest_job_ms = 10'001,
                                  .failed_jobs = 11,
                                  .requests = 100,
                                  .request_ms = 3001,
                                  .slow_requests = 11,
                                  .compressible = 100,
                                  .compressed = 79});
    EXPECT_EQ(advice.database.size(), 4U);
    EXPECT_EQ(advice.cache.size(), 2U);
    EXPECT_EQ(advice.queues.size(), 2U);
    EXPECT_EQ(advice.api.size(), 3U);
    ASSERT_GE(advice.priority.size(), 4U);
    EXPECT_EQ(advice.priority[0].priority, "critical");
    EXPECT_EQ(advice.priority[1].priority, "critical");
    EXPECT_EQ(advice.priority[2].priority, "high");
    EXPECT_EQ(advice.priority[3].priority, "high");
    EXPECT_EQ(advice.priority.back().priority, "medium");
}

TEST(Health, IsTheMeanOfItsParts) {
    EXPECT_EQ(score_of({State::healthy, State::healthy, State::healthy}), 100);
    EXPECT_EQ(score_of({State::healthy, State::degraded, State::unhealthy}), 60);
    EXPECT_EQ(state_of_score(80), State::healthy);
    EXPECT_EQ(state_of_score(79), State::degraded);
    EXPECT_EQ(state_of_score(59), State::unhealthy);
    EXPECT_EQ(state_of_database(-1, 0), State::unhealthy);
    EXPECT_EQ(state_of_database(5.1, 0), State::unhealthy);
    EXPECT_EQ(state_of_database(1.1, 0), State::degraded);
    EXPECT_EQ(state_of_database(0.1, 6), State::degraded);
    EXPECT_EQ(state_of_database(0.1, 5), State::healthy);
    EXPECT_EQ(memory_word(91), "high");
    EXPECT_EQ(memory_word(71), "medium");
    EXPECT_EQ(memory_word(70), "normal");
}

TEST(ProcessStats, KnowsThisProcess) {
    const ProcessStats stats = read_process_stats();
    EXPECT_GT(stats.resident, 1 << 20);
    EXPECT_LE(stats.anonymous, stats.resident);
    EXPECT_GT(stats.memory_limit, stats.resident);
    EXPECT_GE(stats.threads, 1);
    EXPECT_GE(stats.open_files, 3);
    EXPECT_GE(stats.max_files, stats.open_files);
    const auto now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    EXPECT_LT(stats.start_time, now + 2);
    EXPECT_GT(stats.start_time, now - 3600);
}

TEST(Traces, AreWrittenAsOtlpJson) {
    observe::Span span{.trace_id = std::string(32, 'a'),
                       .span_id = std::string(16, 'b'),
                       .parent_id = std::string(16, 'c'),
                       .method = "GET",
                       .route = "/api/bookmarks/:id",
                       .status = 500,
                       .end = base::Time{2s},
                       .duration = 1500us,
                       .statements = 3,
                       .cache = "miss"};
    const std::string text = write_traces({span}, {.instance = "here:1", .version = "9"});
    EXPECT_TRUE(text.contains(R"("name":"GET /api/bookmarks/:id","kind":2)")) << text;
    EXPECT_TRUE(text.contains(R"("startTimeUnixNano":"1998500000","endTimeUnixNano":"2000000000")")) << text;
    EXPECT_TRUE(text.contains(R"("parentSpanId":"cccccccccccccccc")")) << text;
    EXPECT_TRUE(text.contains(R"("status":{"code":2})")) << text;
    EXPECT_TRUE(text.contains(R"({"key":"service.instance.id","value":{"stringValue":"here:1"}})")) << text;
    span.parent_id.clear();
    span.status = 404;
    const std::string plain = write_traces({span}, {});
    EXPECT_FALSE(plain.contains("parentSpanId"));
    EXPECT_FALSE(plain.contains(R"("status":{)")) << "what the client did wrong is no error of the server";
}

TEST(Notices, SayWhatWhereAndSinceWhen) {
    const observe::Notice notice{.alert = observe::Alert::errors,
                                 .value = 12,
                                 .threshold = 10,
                                 .since = base::Time{},
                                 .text = "12 requests failed in the last minute"};
    EXPECT_EQ(
        write_notice(notice, "box:3001"),
        R"({"text":"X Bookmarker on box:3001: errors: 12 requests failed in the last minute","alert":"errors",)"
        R"("severity":"critical","resolved":false,"value":12,"threshold":10,)"
        R"("since":"1970-01-01T00:00:00.000Z","instance":"box:3001"})");
}

}  // namespace
}  // namespace performance
