#include "analyzer/analyzer_json.hpp"

#include <cmath>

#include "postgres/explain.hpp"

namespace analyzer {
namespace {

using base::JsonWriter;

double rounded(double value) {
    return std::round(value * 1000) / 1000;
}

void write_recommendation(JsonWriter& json, const Recommendation& one) {
    json.begin_object().member("message", one.message).member("ddl", one.ddl);
    json.member("costBefore", rounded(one.cost_before));
    json.member("costAfter", one.cost_after);
    json.member("improvement", improvement_of(one));
    json.member("estimatedBy", one.cost_after ? "hypopg" : "none").end_object();
}

}  // namespace

std::optional<double> improvement_of(const Recommendation& one) {
    if (!one.cost_after || one.cost_before <= 0) return {};
    return std::round(1000 * (one.cost_before - *one.cost_after) / one.cost_before) / 10;
}

void write_queries(JsonWriter& json, const Catalogue& catalogue,
                   const std::map<std::string, Timing>& timings) {
    json.key("queries").begin_array();
    for (const Query& query : catalogue.all()) {
        json.begin_object().member("name", query.name).member("description", query.description);
        json.key("parameters").begin_array();
        for (std::size_t i = 0; i < query.parameters.size(); ++i)
            json.begin_object()
                .member("name", query.parameters[i].name)
                .member("type", postgres::type_name(query.type_of(i)))
                .end_object();
        json.end_array();
        const auto found = timings.find(query.recorded_as);
        const Timing timing = found == timings.end() ? Timing() : found->second;
        json.member("calls", timing.calls).member("meanTime", rounded(timing.mean_ms));
        json.member("p95", rounded(timing.p95_ms)).end_object();
    }
    json.end_array();
}

void write_analysis(JsonWriter& json, const Analysis& analysis) {
    const Plan& plan = analysis.plan;
    json.member("query", analysis.query).member("sql", analysis.sql);
    json.member("executionTime", plan.execution_ms).member("planningTime", plan.planning_ms);
    json.member("bufferHits", plan.root.hits).member("bufferReads", plan.root.reads);
    json.key("indexUsage").begin_array();
    for (const IndexUse& use : indexes_of(plan)) {
        json.begin_object().member("index", use.index).member("table", use.table);
        json.member("scanType", use.scan).member("rows", use.rows).member("loops", use.loops).end_object();
    }
    json.end_array().key("recommendations").begin_array();
    for (const Recommendation& one : analysis.recommendations)
        write_recommendation(json, one);
    json.end_array().key("plan").raw(analysis.plan_json);
}

}  // namespace analyzer
