#include <gtest/gtest.h>

#include <cmath>

#include "observe/alerts.hpp"
#include "observe/cells.hpp"
#include "observe/counters.hpp"
#include "observe/exposition.hpp"
#include "observe/hub.hpp"

namespace observe {
namespace {

using namespace std::chrono_literals;

TEST(Histogram, PutsADurationIntoTheFirstClassThatHoldsIt) {
    EXPECT_EQ(class_of(0us), 0U);
    EXPECT_EQ(class_of(100us), 0U);
    EXPECT_EQ(class_of(101us), 1U);
    EXPECT_EQ(class_of(10s), kBounds.size() - 1);
    EXPECT_EQ(class_of(11s), kBounds.size());
}

TEST(Histogram, GivesMeanAndQuantiles) {
    Histogram histogram;
    EXPECT_EQ(histogram.read().quantile_ms(0.95), 0.0);
    for (int i = 0; i < 90; ++i)
        histogram.add(400us);
    for (int i = 0; i < 10; ++i)
        histogram.add(40ms);
    const Durations read = histogram.read();
    EXPECT_EQ(read.total(), 100U);
    EXPECT_DOUBLE_EQ(read.mean_ms(), (90 * 0.4 + 10 * 40) / 100);
    // Evenly spread within 0.25 to 0.5 ms, and 25 to 50 ms.
    EXPECT_DOUBLE_EQ(read.quantile_ms(0.45), 0.375);
    EXPECT_DOUBLE_EQ(read.quantile_ms(0.95), 37.5);
    histogram.add(1min);
    EXPECT_DOUBLE_EQ(histogram.read().quantile_ms(1), 10'000);
}

TEST(Requests, CountByRouteAndStatus) {
    Requests requests(2);
    requests.add({.route = 1,
                  .status = 200,
                  .bytes = 10,
                  .coding = 2,
                  .duration = 1ms,
                  .statements = 2,
                  .cacheable = true,
                  .hit = true,
                  .encodable = true,
                  .encoded = true});
    requests.add({.route = 1, .status = 503, .duration = 1ms});
    requests.add({.route = 1, .status = 500, .duration = 2s, .slow = true});
    requests.add({.route = 99, .status = 418, .duration = 1ms});
    std::vector<RouteTotals> totals;
    requests.add_to(totals);
    ASSERT_EQ(totals.size(), 3U);
    EXPECT_EQ(totals[0].total(), 0U);
    EXPECT_EQ(totals[1].total(), 3U);
    EXPECT_EQ(totals[1].failures(), 1U) << "a full server's 503 is none";
    EXPECT_EQ(totals[1].bytes[2], 10U);
    EXPECT_EQ(totals[1].hits, 1U);
    EXPECT_EQ(totals[1].encoded, 1U);
    EXPECT_EQ(totals[1].slow, 1U);
    EXPECT_EQ(totals[2].by_status[0], 1U) << "an unusual status, and no route";
}

TEST(Queries, KeepSlowOnesAndAskForTheirPlanOnceAMinute) {
    base::ManualClock clock(base::Time{});
    Queries queries(100ms, clock);
    Queries::Recorder& recorder = queries.make_recorder();
    recorder.add({.name = "a", .sql = "SELECT $1", .duration = 100ms});
    EXPECT_TRUE(queries.slow().empty()) << "not slower than the threshold";
    recorder.add({.name = "a", .sql = "SELECT $1", .duration = 101ms, .rows = 3, .types = {20}});
    recorder.add({.name = "a", .sql = "SELECT $1", .duration = 102ms, .sqlstate = "57014"});
    ASSERT_EQ(queries.slow().size(), 2U);
    EXPECT_FALSE(queries.slow()[0].success);
    EXPECT_EQ(queries.slow()[1].rows, 3);
    auto asked = queries.take_unplanned();
    ASSERT_EQ(asked.size(), 1U);
    EXPECT_EQ(asked[0].types, (std::vector<std::uint32_t>{20}));
    queries.set_plan(asked[0].id, "[]");
    EXPECT_EQ(queries.slow()[1].plan, "[]");
    EXPECT_TRUE(queries.take_unplanned().empty());
    clock.advance(1min);
    recorder.add({.name = "a", .sql = "SELECT $1", .duration = 1s});
    EXPECT_EQ(queries.take_unplanned().size(), 1U);
    EXPECT_EQ(queries.totals().at("a").slow, 3U);
    EXPECT_EQ(queries.totals().at("a").errors, 1U);
    EXPECT_EQ(queries.errors().at("57014"), 1U);
}

TEST(Queries, CountNamesBeyondTheBoundTogether) {
    base::ManualClock clock(base::Time{});
    Queries queries(0ms, clock);
    Queries::Recorder& recorder = queries.make_recorder();
    for (std::size_t i = 0; i < Queries::kNamesMax + 10; ++i)
        recorder.add({.name = std::to_string(i), .duration = 1h});
    EXPECT_EQ(queries.totals().size(), Queries::kNamesMax + 1);
    EXPECT_EQ(queries.totals().at("other").durations.total(), 10U);
    EXPECT_TRUE(queries.slow().empty()) << "0: none is slow";
}

TEST(Hub, ShowsWhatCameSinceTheReset) {
    base::ManualClock clock(base::Time{});
    Hub hub({.routes = 1}, clock);
    Requests& requests = hub.make_requests();
    requests.add({.route = 0, .status = 200, .duration = 1ms});
    hub.queries().make_recorder().add({.name = "a", .duration = 1ms});
    hub.reset(clock.steady());
    requests.add({.route = 0, .status = 404, .duration = 1ms});
    EXPECT_EQ(hub.requests()[0].total(), 2U);
    EXPECT_EQ(hub.requests_since_reset()[0].total(), 1U);
    EXPECT_EQ(hub.queries_since_reset().at("a").durations.total(), 0U);
}

TEST(Hub, DropsSpansThatFindNoRoom) {
    base::ManualClock clock(base::Time{});
    Hub hub({.exports = true}, clock);
    for (std::size_t i = 0; i < Hub::kSpansMax + 2; ++i)
        hub.add_span({});
    EXPECT_EQ(hub.spans_dropped(), 2U);
    EXPECT_EQ(hub.take_spans(10).size(), 10U);
}

TEST(Exposition, WritesBothFormats) {
    Counters counters;
    counters.add(Family::auth_failures, {"INVALID_TOKEN"}, 2);
    counters.observe(Family::job_duration, {"im\"port\\\n"}, 3ms);
    std::string prometheus;
    Exposition(prometheus, false).write(counters, Family::auth_failures);
    EXPECT_EQ(prometheus,
              "# HELP xbm_auth_failures_total Requests refused for their credential, by error code.\n"
              "# TYPE xbm_auth_failures_total counter\n"
              "xbm_auth_failures_total{code=\"INVALID_TOKEN\"} 2\n");
    std::string open;
    Exposition writer(open, true);
    writer.write(counters, Family::auth_failures).write(counters, Family::job_duration).end();
    EXPECT_TRUE(open.contains("# TYPE xbm_auth_failures counter\nxbm_auth_failures_total{")) << open;
    EXPECT_TRUE(open.contains("{type=\"im\\\"port\\\\\\n\",le=\"0.0025\"} 0\n")) << open;
    EXPECT_TRUE(open.contains(",le=\"0.005\"} 1\n")) << open;
    EXPECT_TRUE(open.contains(",le=\"+Inf\"} 1\n")) << open;
    EXPECT_TRUE(open.contains("_sum{type=\"im\\\"port\\\\\\n\"} 0.003\n")) << open;
    EXPECT_TRUE(open.ends_with("# EOF\n"));
    EXPECT_TRUE(wants_open_metrics("application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));
    EXPECT_FALSE(wants_open_metrics("*/*"));
}

TEST(Counters, RefuseLabelsThatDoNotFitAndBoundTheSeries) {
    Counters counters;
    EXPECT_THROW(counters.add(Family::auth_failures, {}), std::logic_error);
    for (std::size_t i = 0; i < Counters::kSeriesMax + 5; ++i)
        counters.add(Family::auth_failures, {std::to_string(i)});
    EXPECT_EQ(counters.read(Family::auth_failures).size(), Counters::kSeriesMax + 1);
    double all = 0;
    for (const Counters::Sample& sample : counters.read(Family::auth_failures))
        all += sample.value;
    EXPECT_EQ(all, static_cast<double>(Counters::kSeriesMax + 5));
}

std::vector<Reading> reading(bool firing) {
    return {{Alert::errors, firing, 12, 10, "12 requests failed"}};
}

TEST(Alerts, TellTheBeginningOnceAndTheEnd) {
    Alerts alerts;
    base::Time now{};
    EXPECT_TRUE(alerts.update(reading(false), now).empty());
    const auto begun = alerts.update(reading(true), now += 1min);
    ASSERT_EQ(begun.size(), 1U);
    EXPECT_FALSE(begun[0].resolved);
    EXPECT_EQ(begun[0].since, now);
    EXPECT_EQ(begun[0].value, 12);
    EXPECT_TRUE(alerts.update(reading(true), now += 1min).empty());
    const auto ended = alerts.update(reading(false), now += 1min);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_TRUE(ended[0].resolved);
    EXPECT_FALSE(alerts.state(Alert::errors).firing);
}

TEST(Alerts, SayAgainAfterAQuarterOfAnHourAndNeverMoreOften) {
    Alerts alerts;
    base::Time now{};
    int told = 0;
    for (int minute = 0; minute < 60; ++minute, now += 1min)
        told += static_cast<int>(alerts.update(reading(true), now).size());
    EXPECT_EQ(told, 4);
    told = 0;
    Alerts flapping;
    for (int minute = 0; minute < 30; ++minute, now += 1min) {
        for (const Notice& notice : flapping.update(reading(minute % 2 == 0), now))
            told += notice.resolved ? 0 : 1;
    }
    EXPECT_EQ(told, 2);
}

TEST(Window, SaysHowMuchASumGrew) {
    Window window(1min);
    base::SteadyTime now{};
    EXPECT_EQ(window.growth(), 0);
    for (int i = 0; i <= 20; ++i, now += 10s)
        window.add(i, now);
    EXPECT_EQ(window.growth(), 6);
}

}  // namespace
}  // namespace observe
