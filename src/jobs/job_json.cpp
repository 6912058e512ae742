#include "jobs/job_json.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace jobs {
namespace {

namespace json = boost::json;

std::optional<std::string> text_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    if (member == nullptr || !member->is_string()) return {};
    return std::string(member->get_string());
}

std::int64_t number_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member != nullptr && member->is_int64() ? member->get_int64() : 0;
}

std::optional<base::Time> time_of(const json::object& object, std::string_view name) {
    const auto text = text_of(object, name);
    return text ? base::parse_iso(*text) : std::nullopt;
}

const json::object* object_of(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member == nullptr ? nullptr : member->if_object();
}

void read_progress(const json::object& object, Progress& progress) {
    progress.current = number_of(object, "current");
    progress.total = number_of(object, "total");
    progress.percentage = static_cast<int>(number_of(object, "percentage"));
    progress.step = text_of(object, "currentStep").value_or("");
}

void read_outcome(const json::object& shown, Job& job) {
    if (const auto* progress = object_of(shown, "progress")) read_progress(*progress, job.progress);
    if (const auto* options = object_of(shown, "options")) job.options = json::serialize(*options);
    if (const auto* result = object_of(shown, "result")) job.result = json::serialize(*result);
    if (const auto* error = object_of(shown, "error"))
        job.error = Fault{.code = text_of(*error, "code").value_or(""),
                          .message = text_of(*error, "message").value_or("")};
    if (const auto reason = text_of(shown, "pausedReason")) job.paused_reason = parse_pause_reason(*reason);
}

}  // namespace

void write_progress(base::JsonWriter& json, const Progress& progress) {
    json.begin_object().member("current", progress.current).member("total", progress.total);
    json.member("percentage", progress.percentage).member("currentStep", progress.step).end_object();
}

void write_job(base::JsonWriter& json, const Job& job) {
    json.begin_object().member("id", job.id).member("type", to_string(job.type));
    json.member("state", to_string(job.state)).key("progress");
    write_progress(json, job.progress);
    json.key("options").raw(job.options).key("result");
    if (job.result)
        json.raw(*job.result);
    else
        json.null();
    json.key("error");
    if (job.error)
        json.begin_object()
            .member("code", job.error->code)
            .member("message", job.error->message)
            .end_object();
    else
        json.null();
    json.member("attempt", job.attempt).member("maxAttempts", job.max_attempts).key("pausedReason");
    if (job.paused_reason)
        json.value(to_string(*job.paused_reason));
    else
        json.null();
    json.member("resumeAt", job.resume_at).member("cancelRequested", job.cancel_requested);
    json.member("createdAt", job.created_at).member("startedAt", job.started_at);
    json.member("finishedAt", job.finished_at).end_object();
}

std::string write_entry(const Job& job) {
    std::string out;
    base::JsonWriter json(out);
    json.begin_object().member("user", job.user).member("version", job.version);
    json.key("detail").raw(job.progress.detail).key("job");
    write_job(json, job);
    json.end_object();
    return out;
}

std::optional<Job> read_entry(std::string_view text) {
    boost::system::error_code error;
    const json::value value = json::parse(text, error);
    const json::object* entry = error ? nullptr : value.if_object();
    const json::object* shown = entry == nullptr ? nullptr : object_of(*entry, "job");
    if (shown == nullptr) return {};
    const auto user = base::parse_uuid(text_of(*entry, "user").value_or(""));
    const auto id = base::parse_uuid(text_of(*shown, "id").value_or(""));
    const auto type = parse_type(text_of(*shown, "type").value_or(""));
    const auto state = parse_state(text_of(*shown, "state").value_or(""));
    const auto created = time_of(*shown, "createdAt");
    if (!user || !id || !type || !state || !created) return {};
    Job job;
    job.user = {*user};
    job.id = {*id};
    job.type = *type;
    job.state = *state;
    read_outcome(*shown, job);
    if (const auto* detail = object_of(*entry, "detail")) job.progress.detail = json::serialize(*detail);
    job.attempt = static_cast<int>(number_of(*shown, "attempt"));
    job.max_attempts = static_cast<int>(number_of(*shown, "maxAttempts"));
    job.resume_at = time_of(*shown, "resumeAt");
    if (const json::value* cancel = shown->if_contains("cancelRequested");
        cancel != nullptr && cancel->is_bool())
        job.cancel_requested = cancel->get_bool();
    job.created_at = *created;
    job.started_at = time_of(*shown, "startedAt");
    job.finished_at = time_of(*shown, "finishedAt");
    job.version = number_of(*entry, "version");
    return job;
}

}  // namespace jobs
