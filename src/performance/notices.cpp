// What Monitor sends, as JSON.
#include <fmt/format.h>

#include "base/json_writer.hpp"
#include "performance/monitor.hpp"

namespace performance {
namespace {

using base::JsonWriter;

constexpr int kServerSpan = 2;   ///< SPAN_KIND_SERVER
constexpr int kErrorStatus = 2;  ///< STATUS_CODE_ERROR

void write_text(JsonWriter& json, std::string_view key, std::string_view value) {
    json.begin_object().member("key", key).key("value").begin_object();
    json.member("stringValue", value).end_object().end_object();
}

/// 64-bit integers are strings in Protocol Buffers' JSON.
void write_integer(JsonWriter& json, std::string_view key, std::int64_t value) {
    json.begin_object().member("key", key).key("value").begin_object();
    json.member("intValue", std::to_string(value)).end_object().end_object();
}

std::string nanoseconds(base::Time time) {
    return std::to_string(time.time_since_epoch().count()) + "000";
}

void write_span(JsonWriter& json, const observe::Span& span) {
    json.begin_object().member("traceId", span.trace_id).member("spanId", span.span_id);
    if (!span.parent_id.empty()) json.member("parentSpanId", span.parent_id);
    json.member("name", fmt::format("{} {}", span.method, span.route.empty() ? "(no route)" : span.route));
    json.member("kind", kServerSpan).member("startTimeUnixNano", nanoseconds(span.end - span.duration));
    json.member("endTimeUnixNano", nanoseconds(span.end)).key("attributes").begin_array();
    // Names of OpenTelemetry's semantic conventions for HTTP; never the query, nor who asked.
    write_text(json, "http.request.method", span.method);
    if (!span.route.empty()) write_text(json, "http.route", span.route);
    write_integer(json, "http.response.status_code", span.status);
    write_integer(json, "xbookmarker.db.statements", span.statements);
    write_integer(json, "xbookmarker.db.duration_us", span.database.count());
    write_text(json, "xbookmarker.cache", span.cache);
    json.end_array();
    if (span.status >= 500) json.key("status").begin_object().member("code", kErrorStatus).end_object();
    json.end_object();
}

}  // namespace

std::string write_traces(const std::vector<observe::Span>& spans, const MonitorOptions& options) {
    std::string out;
    JsonWriter json(out);
    json.begin_object().key("resourceSpans").begin_array().begin_object();
    json.key("resource").begin_object().key("attributes").begin_array();
    write_text(json, "service.name", "xbookmarker");
    write_text(json, "service.version", options.version);
    write_text(json, "service.instance.id", options.instance);
    json.end_array().end_object().key("scopeSpans").begin_array().begin_object();
    json.key("scope").begin_object().member("name", "xbookmarker").end_object().key("spans").begin_array();
    for (const observe::Span& span : spans)
        write_span(json, span);
    json.end_array().end_object().end_array().end_object().end_array().end_object();
    return out;
}

std::string write_notice(const observe::Notice& notice, std::string_view instance) {
    const std::string_view name = observe::to_string(notice.alert);
    std::string out;
    JsonWriter json(out);
    json.begin_object();
    json.member("text", fmt::format("X Bookmarker on {}: {}{}: {}", instance, name,
                                    notice.resolved ? " resolved" : "", notice.text));
    json.member("alert", name).member("severity", observe::severity_of(notice.alert));
    json.member("resolved", notice.resolved)
        .member("value", notice.value)
        .member("threshold", notice.threshold);
    json.member("since", notice.since).member("instance", instance).end_object();
    return out;
}

}  // namespace performance
