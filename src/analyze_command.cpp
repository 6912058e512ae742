#include "analyze_command.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "analyzer/analyzer_json.hpp"
#include "app.hpp"
#include "command_stores.hpp"
#include "http/response.hpp"
#include "statements.hpp"

namespace app {
namespace {

using Queries = std::vector<const analyzer::Query*>;
using Outcome = std::expected<std::vector<analyzer::Analysis>, std::string>;

constexpr int kFailed = 1;
constexpr int kWrongArguments = 2;

int report(const std::string& reason) {
    fmt::print(stderr, "xbookmarker: {}\n", reason);
    return kFailed;
}

base::Task<Outcome> analyze_all(analyzer::Analyzer& analyzer, const Queries& queries,
                                std::optional<base::Uuid> user) {
    std::vector<analyzer::Analysis> out;
    for (const analyzer::Query* query : queries) {
        auto analysis = co_await analyzer.analyze(*query, user, {});
        if (!analysis) {
            const base::Error& error = analysis.error();
            co_return std::unexpected(
                fmt::format("{}: {}", query->name,
                            error.text.empty() ? http::problem_type(error.code).title : error.text));
        }
        out.push_back(*std::move(analysis));
    }
    co_return out;
}

std::string advice_of(const analyzer::Recommendation& one) {
    if (const auto improvement = analyzer::improvement_of(one))
        return fmt::format("{}  (cost {:.0f} -> {:.0f}, {:.0f} % less)", one.ddl, one.cost_before,
                           *one.cost_after, *improvement);
    return fmt::format("{}  (not estimated)", one.ddl);
}

void print_json(const std::vector<analyzer::Analysis>& analyses, bool is_single) {
    std::string out;
    base::JsonWriter json(out);
    if (!is_single) json.begin_array();
    for (const analyzer::Analysis& one : analyses) {
        json.begin_object();
        analyzer::write_analysis(json, one);
        json.end_object();
    }
    if (!is_single) json.end_array();
    std::puts(out.c_str());
}

void print_table(const std::vector<analyzer::Analysis>& analyses) {
    std::size_t width = 0;
    for (const analyzer::Analysis& one : analyses)
        width = std::max(width, one.query.size());
    fmt::print("{:{}}  {:>9}  {:>7}  {:>7}  advice\n", "query", width, "ms", "rows", "buffers");
    for (const analyzer::Analysis& one : analyses) {
        const analyzer::Node& root = one.plan.root;
        fmt::print("{:{}}  {:>9.3f}  {:>7.0f}  {:>7}  {}\n", one.query, width, one.plan.execution_ms,
                   root.rows, root.hits + root.reads, one.recommendations.empty() ? "-" : "");
        for (const analyzer::Recommendation& advice : one.recommendations)
            fmt::print("  {}\n", advice_of(advice));
    }
}

void print_details(const analyzer::Analysis& one) {
    const analyzer::Plan& plan = one.plan;
    fmt::print("{}\n\n{}\n\n", one.query, one.sql);
    fmt::print("execution {:.3f} ms, planning {:.3f} ms, {} rows, buffers: {} hit, {} read\n",
               plan.execution_ms, plan.planning_ms, plan.root.rows, plan.root.hits, plan.root.reads);
    for (const analyzer::IndexUse& use : analyzer::indexes_of(plan))
        fmt::print("{} of {} by {}: {} rows, {} times\n", use.index, use.table, use.scan, use.rows, use.loops);
    if (one.recommendations.empty()) fmt::print("no index would help\n");
    for (const analyzer::Recommendation& advice : one.recommendations)
        fmt::print("{}:\n  {}\n", advice.message, advice_of(advice));
}

}  // namespace

int run_analyze(const Config& config, const AnalyzeArguments& arguments) {
    const analyzer::Catalogue catalogue(all_statements());
    Queries queries;
    if (arguments.query) {
        const analyzer::Query* const found = catalogue.find(*arguments.query);
        if (found == nullptr) {
            fmt::print(stderr, "xbookmarker: there is no query {}; `xbookmarker analyze` lists them\n",
                       *arguments.query);
            return kWrongArguments;
        }
        queries.push_back(found);
    } else {
        for (const analyzer::Query& query : catalogue.all())
            queries.push_back(&query);
    }
    const base::SystemClock clock;
    const auto stores = start_stores(config, clock);
    if (!stores) return report(stores.error());
    std::optional<base::Uuid> user;
    if (arguments.user) {
        const auto chosen = choose_user(config, **stores, clock, arguments.user);
        if (!chosen) return report(chosen.error());
        user = chosen->id.uuid;
    }
    boost::asio::io_context io(1);
    analyzer::Analyzer analyzer(io, analyzer_options(config, **stores), catalogue, clock);
    Outcome outcome = std::unexpected("interrupted");
    std::exception_ptr thrown;
    boost::asio::co_spawn(io, analyze_all(analyzer, queries, user),
                          [&](const std::exception_ptr& error, Outcome done) {
                              thrown = error;
                              outcome = std::move(done);
                          });
    io.run();
    if (thrown) std::rethrow_exception(thrown);
    if (!outcome) return report(outcome.error());
    if (arguments.is_json)
        print_json(*outcome, arguments.query.has_value());
    else if (arguments.query)
        print_details(outcome->front());
    else
        print_table(*outcome);
    return 0;
}

}  // namespace app
