// The stream of one job (contract 3.10): what happened since the client's last event, else how it stands,
// then every change, and at last the end.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/json_writer.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "http/sse.hpp"
#include "jobs/jobs.hpp"

namespace jobs {

/// One event as a route shows it; `event` empty: the default kind.
struct Shown {
    std::string_view event;
    std::string data;  ///< JSON
};

/// How a route shows a change of a job. `first`: it is the first thing that the stream says.
struct View {
    std::string (*greeting)(base::JobId id) = nullptr;  ///< JSON of an event in front of all, if there is one
    std::function<Shown(const Job& job)> show = {};
};

/// The result of a job as JSON in the form that a route shows, such as with a link that was signed just now.
/// Empty: as it is stored.
using ShowResult = std::function<std::string(const Job& job)>;

/// `state`, `progress`, at last `end`, data = Job (GET /api/jobs/:id/events).
[[nodiscard]] const View& job_view();
/// Unnamed events of /api/sync/events/:jobId and /api/sse/events/:jobId.
[[nodiscard]] const View& sync_view();
/// Named events of …/:jobId/updates.
[[nodiscard]] const View& sync_updates_view();
/// The status object of 3.14 and 3.15, unnamed.
[[nodiscard]] View transfer_view(ShowResult show_result = {});

/// What /api/sync calls a state (contract 3.9): `waiting`, `delayed`, `active`, ….
[[nodiscard]] std::string_view sync_status(const Job& job);
/// What the database column of old was called: `pending`, `running`, ….
[[nodiscard]] std::string_view sync_database_status(const Job& job);
/// `{total,processed,percentage,currentItem?,errors[]}`.
void write_sync_progress(base::JsonWriter& json, const Job& job);
/// What /api/export and /api/import call a state.
[[nodiscard]] std::string_view transfer_status(State state);
/// The members of the status object of 3.14 and 3.15, in an object that the caller opens and closes.
void write_transfer_status(base::JsonWriter& json, const Job& job, const ShowResult& show_result = {});

/// What streams need.
struct Live {
    Jobs& jobs;
    Journal& journal;
    const http::Streams& streams;
};

/// Streams the job named by the first path parameter. `type`: only one of this type. `tells_foreign`: a job
/// of somebody else is ACCESS_DENIED, not missing. Errors: job_id_required, job_not_found, access_denied.
[[nodiscard]] base::Task<http::Response> stream(const Live& live, http::Call& call, std::optional<Type> type,
                                                bool tells_foreign, View view,
                                                std::unique_ptr<http::Lease> lease);

}  // namespace jobs
