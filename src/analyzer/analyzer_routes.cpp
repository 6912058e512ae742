#include "analyzer/analyzer_routes.hpp"

#include "analyzer/arguments.hpp"
#include "http/validation.hpp"

namespace analyzer::routes {
namespace {

using base::Errc;
using base::JsonWriter;
using base::Task;
using http::Call;
using http::Response;

constexpr std::size_t kNameMax = 100;

}  // namespace

Task<Response> queries(Desk& desk, Call&) {
    std::string body;
    JsonWriter json(body);
    json.begin_object().member("success", true);
    write_queries(json, desk.analyzer.catalogue(), desk.timings());
    json.end_object();
    co_return http::json(std::move(body), http::Caching::no_store);
}

Task<Response> analyze(Desk& desk, Call& call) {
    const auto body = http::read_object(call.request);
    if (!body) co_return http::problem(call, body.error());
    http::Faults faults;
    http::ObjectReader reader(*body, faults);
    const auto name = reader.text("query", {.min = 1, .max = kNameMax}, true);
    const auto user = reader.uuid("userId");
    const auto* const given = reader.object("params");
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_analyze_params);
    const Query* const query = desk.analyzer.catalogue().find(*name);
    if (query == nullptr)
        co_return http::problem(call, {Errc::query_not_found, "There is no query of this name", {}, {}});
    const boost::json::object arguments = given == nullptr ? boost::json::object() : *given;
    for (const ArgumentFault& fault : check_arguments(*query, arguments))
        faults.custom("params." + fault.parameter, fault.message);
    if (!faults.empty()) co_return faults.to_response(call, Errc::invalid_analyze_params);
    const auto analysis = co_await desk.analyzer.analyze(*query, user, arguments);
    if (!analysis) {
        if (analysis.error().code != Errc::user_not_found) co_return http::problem(call, analysis.error());
        faults.custom("userId", analysis.error().text);
        co_return faults.to_response(call, Errc::invalid_analyze_params);
    }
    std::string text;
    JsonWriter json(text);
    json.begin_object().member("success", true);
    write_analysis(json, *analysis);
    json.end_object();
    co_return http::json(std::move(text), http::Caching::no_store);
}

}  // namespace analyzer::routes
