#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "jobs/events.hpp"
#include "jobs/job_json.hpp"

namespace jobs {
namespace {

using base::JsonWriter;

std::string message_of(const Job& job) {
    if (job.state == State::cancelled) return "Cancelled";
    if (!job.error || job.error->message.empty()) return "Failed";
    return job.error->message;
}

base::Time time_of(const Job& job) {
    return job.finished_at.value_or(job.started_at.value_or(job.created_at));
}

Shown show_job(const Job& job) {
    Shown shown{.event = is_finished(job.state)                                    ? "end"
                         : job.state == State::running && job.progress.current > 0 ? "progress"
                                                                                   : "state",
                .data = {}};
    JsonWriter json(shown.data);
    write_job(json, job);
    return shown;
}

std::string greet_sync(base::JobId id) {
    std::string out;
    JsonWriter(out).begin_object().member("type", "connected").member("jobId", id).end_object();
    return out;
}

void write_result(JsonWriter& json, const Job& job) {
    json.key("result");
    if (job.result)
        json.raw(*job.result);
    else
        json.null();
}

Shown show_sync(const Job& job) {
    Shown shown;
    JsonWriter json(shown.data);
    json.begin_object().member("type", "progress").member("jobId", job.id).member("status", sync_status(job));
    json.key("progress");
    write_sync_progress(json, job);
    write_result(json, job);
    if (job.state == State::failed || job.state == State::cancelled) json.member("error", message_of(job));
    json.member("timestamp", time_of(job)).end_object();
    return shown;
}

Shown show_sync_update(const Job& job) {
    Shown shown;
    JsonWriter json(shown.data);
    json.begin_object().member("jobId", job.id);
    switch (job.state) {
        case State::completed:
            shown.event = "completed";
            write_result(json, job);
            break;
        case State::failed:
            shown.event = "failed";
            json.member("error", message_of(job));
            break;
        case State::cancelled:
            shown.event = "cancelled";
            break;
        case State::queued:
        case State::running:
        case State::paused:
            shown.event = "progress";
            json.member("status", sync_status(job)).key("progress");
            write_sync_progress(json, job);
            json.member("timestamp", time_of(job));
    }
    json.end_object();
    return shown;
}

}  // namespace

std::string_view sync_status(const Job& job) {
    switch (job.state) {
        case State::queued:
            return job.resume_at ? "delayed" : "waiting";
        case State::running:
            return "active";
        case State::paused:
        case State::completed:
        case State::failed:
        case State::cancelled:
            break;
    }
    return to_string(job.state);
}

std::string_view sync_database_status(const Job& job) {
    return job.state == State::queued ? "pending" : to_string(job.state);
}

void write_sync_progress(JsonWriter& json, const Job& job) {
    boost::system::error_code error;
    const boost::json::value detail = boost::json::parse(job.progress.detail, error);
    const boost::json::object* object = error ? nullptr : detail.if_object();
    json.begin_object().member("total", job.progress.total).member("processed", job.progress.current);
    json.member("percentage", job.progress.percentage);
    const boost::json::value* item = object == nullptr ? nullptr : object->if_contains("currentItem");
    if (item != nullptr && item->is_string()) json.member("currentItem", std::string(item->get_string()));
    const boost::json::value* errors = object == nullptr ? nullptr : object->if_contains("errors");
    json.key("errors").raw(errors != nullptr && errors->is_array() ? boost::json::serialize(*errors) : "[]");
    json.end_object();
}

std::string_view transfer_status(State state) {
    switch (state) {
        case State::queued:
            return "pending";
        case State::running:
        case State::paused:
            return "processing";
        case State::completed:
            return "completed";
        case State::failed:
        case State::cancelled:
            break;
    }
    return "failed";
}

void write_transfer_status(JsonWriter& json, const Job& job, const ShowResult& show_result) {
    const std::string_view status = transfer_status(job.state);
    json.member("jobId", job.id).member("userId", job.user).member("status", status).key("progress");
    Progress progress = job.progress;
    if (progress.step.empty()) progress.step = status;
    write_progress(json, progress);
    if (job.result) json.key("result").raw(show_result ? show_result(job) : *job.result);
    if (job.state == State::failed || job.state == State::cancelled) json.member("error", message_of(job));
    json.member("createdAt", job.created_at);
    if (job.finished_at) json.member("completedAt", *job.finished_at);
}

const View& job_view() {
    static const View kView{.greeting = nullptr, .show = show_job};
    return kView;
}
const View& sync_view() {
    static const View kView{.greeting = greet_sync, .show = show_sync};
    return kView;
}
const View& sync_updates_view() {
    static const View kView{.greeting = nullptr, .show = show_sync_update};
    return kView;
}
View transfer_view(ShowResult show_result) {
    return {.greeting = nullptr, .show = [show_result = std::move(show_result)](const Job& job) {
                Shown shown;
                JsonWriter json(shown.data);
                json.begin_object();
                write_transfer_status(json, job, show_result);
                json.end_object();
                return shown;
            }};
}

}  // namespace jobs
