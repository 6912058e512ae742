#include "jobs/jobs_sql.hpp"

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/json_writer.hpp"

namespace jobs::sql {

#define JOB_COLUMNS                                                                                          \
    "j.user_id, j.id, j.type, j.state, j.progress, j.options, j.result, j.error, j.attempt, j.max_attempts," \
    " j.paused_reason, j.resume_at, j.cancel_requested, j.created_at, j.started_at, j.finished_at, j.version"
// Ends a claim.
#define UNCLAIMED "claim_token = NULL, leased_until = NULL, version = j.version + 1"
// A claim that ends although the job is not done: a cancellation that nobody heard of meanwhile is the end of
// it.
#define BACK_TO(state) \
    "state = CASE WHEN j.cancel_requested THEN 'cancelled' ELSE '" state "' END, cancel_requested = false"
#define UNLESS_CANCELLED(value) "CASE WHEN NOT j.cancel_requested THEN " value " END"
#define WHEN_CANCELLED(value) "CASE WHEN j.cancel_requested THEN " value " END"
#define OF_CLAIM " WHERE j.user_id = $1 AND j.id = $2 AND j.claim_token = $3"

const Statement kInsert{
    "job.insert",
    "INSERT INTO jobs (user_id, id, type, state, options, priority, max_attempts, place, created_at)"
    " VALUES ($1, $2, $3, 'queued', $4, $5, $6, $7, $8)",
    {Type::uuid, Type::uuid, Type::text, Type::jsonb, Type::int4, Type::int4, Type::text, Type::timestamptz},
    Access::write};

const Statement kSelect{"job.select",
                        "SELECT " JOB_COLUMNS
                        " FROM jobs j WHERE j.user_id = $1 AND j.id = $2 AND ($3 IS NULL OR j.type = $3)",
                        {Type::uuid, Type::uuid, Type::text},
                        Access::read};

const Statement kSelectOwner{
    "job.select_owner", "SELECT user_id FROM jobs WHERE id = $1", {Type::uuid}, Access::read};

const Statement kSelectPage{
    "job.select_page",
    "SELECT " JOB_COLUMNS
    " FROM jobs j WHERE j.user_id = $1 AND ($2 IS NULL OR j.type = $2) AND ($3 IS NULL OR j.state = $3)"
    " AND ($4 IS NULL OR (j.created_at, j.id) < ($4, $5)) ORDER BY j.created_at DESC, j.id DESC OFFSET $6 LIMIT $7",
    {Type::uuid, Type::text, Type::text, Type::timestamptz, Type::uuid, Type::int8, Type::int8},
    Access::read};

const Statement kCount{"job.count",
                       "SELECT count(*), count(*) FILTER (WHERE (created_at, id) >= ($4, $5)) FROM jobs"
                       " WHERE user_id = $1 AND ($2 IS NULL OR type = $2) AND ($3 IS NULL OR state = $3)",
                       {Type::uuid, Type::text, Type::text, Type::timestamptz, Type::uuid},
                       Access::read};

const Statement kSelectUnfinished{
    "job.select_unfinished",
    "SELECT " JOB_COLUMNS
    " FROM jobs j WHERE j.user_id = $1 AND j.type = $2 AND j.finished_at IS NULL ORDER BY j.created_at, j.id LIMIT 1",
    {Type::uuid, Type::text},
    Access::read};

// One that runs is only asked to end; all others end here.
const Statement kCancel{
    "job.cancel",
    "UPDATE jobs j SET cancel_requested = (j.state = 'running'), version = j.version + 1,"
    " state = CASE WHEN j.state = 'running' THEN j.state ELSE 'cancelled' END,"
    " finished_at = CASE WHEN j.state = 'running' THEN NULL ELSE $4 END,"
    " paused_reason = NULL, resume_at = NULL"
    " WHERE j.user_id = $1 AND j.id = $2 AND ($3 IS NULL OR j.type = $3) AND j.finished_at IS NULL"
    " RETURNING " JOB_COLUMNS,
    {Type::uuid, Type::uuid, Type::text, Type::timestamptz},
    Access::write};

const Statement kResume{"job.resume",
                        "UPDATE jobs j SET state = 'queued', paused_reason = NULL, resume_at = NULL,"
                        " version = j.version + 1 WHERE j.user_id = $1 AND j.id = $2 AND j.state = 'paused'"
                        " RETURNING " JOB_COLUMNS,
                        {Type::uuid, Type::uuid},
                        Access::write};

// Fair: of each user who waits the first few, those of users with the fewest running ones in front. A user
// who has thousands of them costs no more than one who has five. A claim of a job that was paused, released
// or stalled goes on with the same attempt. A join keeps no order: it is asked for again where rows are
// locked.
const Statement kClaim{
    "job.claim",
    "WITH RECURSIVE waiting AS ("
    " (SELECT user_id FROM jobs WHERE state = 'queued' AND type = $1 ORDER BY user_id LIMIT 1)"
    " UNION ALL SELECT (SELECT j.user_id FROM jobs j WHERE j.state = 'queued' AND j.type = $1"
    "   AND j.user_id > w.user_id ORDER BY j.user_id LIMIT 1) FROM waiting w WHERE w.user_id IS NOT NULL),"
    " chosen AS (SELECT f.* FROM waiting w, LATERAL ("
    "   SELECT q.*, row_number() OVER (ORDER BY q.priority, q.created_at, q.id)"
    "     + (SELECT count(*) FROM jobs r WHERE r.state = 'running' AND r.type = $1 AND r.user_id = w.user_id) AS turn"
    "     FROM (SELECT j.user_id, j.id, j.priority, j.created_at FROM jobs j WHERE j.state = 'queued' AND j.type = $1"
    "       AND j.user_id = w.user_id AND (j.resume_at IS NULL OR j.resume_at <= $5) AND j.place IN ('', $2)"
    "       ORDER BY j.priority, j.created_at, j.id LIMIT 2 * $3) q) f"
    "   ORDER BY f.priority, f.turn, f.created_at, f.id LIMIT 2 * $3),"
    " free AS (SELECT j.user_id, j.id FROM chosen c JOIN jobs j ON j.user_id = c.user_id AND j.id = c.id"
    "   WHERE j.state = 'queued' ORDER BY c.priority, c.turn, c.created_at, c.id LIMIT $3 FOR UPDATE OF j SKIP LOCKED)"
    " UPDATE jobs j SET state = 'running', claim_token = $4, leased_until = $6, claimed_by = $2, resume_at = NULL,"
    " started_at = coalesce(j.started_at, $5), attempt = greatest(j.attempt, 1), version = j.version + 1"
    " FROM free WHERE j.user_id = free.user_id AND j.id = free.id"
    " RETURNING j.user_id, j.id, j.priority::int8, j.options, j.checkpoint, j.progress, j.attempt, j.max_attempts,"
    " j.created_at, j.started_at, j.version",
    {Type::text, Type::text, Type::int8, Type::uuid, Type::timestamptz, Type::timestamptz},
    Access::write};

const Statement kRenew{
    "job.renew",
    "UPDATE jobs j SET leased_until = $2 WHERE j.claim_token = ANY($1) AND j.state = 'running'"
    " RETURNING j.claim_token, j.id, j.cancel_requested",
    {Type::uuid_array, Type::timestamptz},
    Access::write};

const Statement kCheckpoint{"job.checkpoint",
                            "SELECT checkpoint_job($1, $2, $3, $4, $5)",
                            {Type::uuid, Type::uuid, Type::uuid, Type::jsonb, Type::jsonb},
                            Access::write};

const Statement kReport{"job.report",
                        "UPDATE jobs j SET progress = $4, version = j.version + 1" OF_CLAIM
                        " RETURNING " JOB_COLUMNS,
                        {Type::uuid, Type::uuid, Type::uuid, Type::jsonb},
                        Access::write};

const Statement kComplete{"job.complete",
                          "SELECT complete_job($1, $2, $3, $4, $5, $6)",
                          {Type::uuid, Type::uuid, Type::uuid, Type::jsonb, Type::jsonb, Type::timestamptz},
                          Access::write};

const Statement kFail{
    "job.fail",
    "UPDATE jobs j SET state = 'failed', error = $4, finished_at = $5, cancel_requested = false,"
    " " UNCLAIMED OF_CLAIM " RETURNING " JOB_COLUMNS,
    {Type::uuid, Type::uuid, Type::uuid, Type::jsonb, Type::timestamptz},
    Access::write};

const Statement kRetry{
    "job.retry",
    "UPDATE jobs j SET " BACK_TO("queued") ", attempt = CASE WHEN j.cancel_requested THEN j.attempt ELSE j.attempt + 1 END,"
    " stalls = CASE WHEN j.cancel_requested THEN j.stalls ELSE 0 END, resume_at = " UNLESS_CANCELLED("$4") ","
    " finished_at = " WHEN_CANCELLED("$5") ", " UNCLAIMED OF_CLAIM " RETURNING " JOB_COLUMNS,
    {Type::uuid, Type::uuid, Type::uuid, Type::timestamptz, Type::timestamptz},
    Access::write};

const Statement kPause{
    "job.pause",
    "UPDATE jobs j SET " BACK_TO("paused") ", paused_reason = " UNLESS_CANCELLED("$4") ","
    " resume_at = " UNLESS_CANCELLED("$5") ", finished_at = " WHEN_CANCELLED("$6") ", " UNCLAIMED OF_CLAIM
    " RETURNING " JOB_COLUMNS,
    {Type::uuid, Type::uuid, Type::uuid, Type::text, Type::timestamptz, Type::timestamptz},
    Access::write};

const Statement kRelease{"job.release",
                         "UPDATE jobs j SET " BACK_TO("queued") ", finished_at = " WHEN_CANCELLED(
                             "$4") ", " UNCLAIMED OF_CLAIM " RETURNING " JOB_COLUMNS,
                         {Type::uuid, Type::uuid, Type::uuid, Type::timestamptz},
                         Access::write};

const Statement kCancelled{
    "job.cancelled",
    "UPDATE jobs j SET state = 'cancelled', finished_at = $4, cancel_requested = false,"
    " " UNCLAIMED OF_CLAIM " RETURNING " JOB_COLUMNS,
    {Type::uuid, Type::uuid, Type::uuid, Type::timestamptz},
    Access::write};

// What a process of this place had when it died: its leases are over.
const Statement kAbandon{
    "job.abandon",
    "UPDATE jobs SET leased_until = '-infinity' WHERE state = 'running' AND claimed_by = $1",
    {Type::text},
    Access::write};

// A lease that ran out: once in an attempt without a word, then as an attempt that failed, at last for good.
// One that was to be cancelled has ended.
const Statement kRescue{
    "job.rescue",
    "WITH lost AS (SELECT user_id, id, cancel_requested AS cancelled, stalls >= 1 AND attempt >= max_attempts AS spent,"
    "   stalls >= 1 AS counts FROM jobs WHERE state = 'running' AND leased_until < $1 ORDER BY leased_until LIMIT 100"
    "   FOR UPDATE SKIP LOCKED)"
    " UPDATE jobs j SET state = CASE WHEN l.cancelled THEN 'cancelled' WHEN l.spent THEN 'failed' ELSE 'queued' END,"
    " error = CASE WHEN l.spent AND NOT l.cancelled THEN $2 END,"
    " finished_at = CASE WHEN l.cancelled OR l.spent THEN $1 END, cancel_requested = false,"
    " attempt = CASE WHEN l.counts AND NOT l.spent AND NOT l.cancelled THEN j.attempt + 1 ELSE j.attempt END,"
    " stalls = CASE WHEN l.counts THEN 0 ELSE j.stalls + 1 END, " UNCLAIMED
    " FROM lost l WHERE j.user_id = l.user_id AND j.id = l.id RETURNING " JOB_COLUMNS,
    {Type::timestamptz, Type::jsonb},
    Access::write};

const Statement kResumeDue{
    "job.resume_due",
    "UPDATE jobs j SET state = 'queued', paused_reason = NULL, resume_at = NULL, version = j.version + 1"
    " FROM (SELECT user_id, id FROM jobs WHERE state = 'paused' AND resume_at <= $1 LIMIT 100 FOR UPDATE SKIP LOCKED) d"
    " WHERE j.user_id = d.user_id AND j.id = d.id RETURNING " JOB_COLUMNS,
    {Type::timestamptz},
    Access::write};

const Statement kNextDue{
    "job.next_due",
    "SELECT min(resume_at) FROM jobs WHERE state IN ('queued', 'paused') AND resume_at IS NOT NULL",
    {},
    Access::read};

const Statement kSelectUnclean{
    "job.select_unclean",
    "SELECT user_id, id, type FROM jobs WHERE finished_at IS NOT NULL AND NOT is_clean AND type = ANY($1)"
    " AND place IN ('', $2) ORDER BY finished_at LIMIT $3",
    {Type::text_array, Type::text, Type::int8},
    Access::read};

const Statement kSetClean{"job.set_clean",
                          "UPDATE jobs j SET is_clean = true FROM unnest($1, $2) AS c (user_id, id)"
                          " WHERE j.user_id = c.user_id AND j.id = c.id AND j.finished_at IS NOT NULL",
                          {Type::uuid_array, Type::uuid_array},
                          Access::write};

const Statement kDeleteOld{
    "job.delete_old",
    "DELETE FROM jobs j USING (SELECT user_id, id FROM jobs WHERE finished_at < $1 AND is_clean ORDER BY finished_at"
    " LIMIT $2 FOR UPDATE SKIP LOCKED) o WHERE j.user_id = o.user_id AND j.id = o.id",
    {Type::timestamptz, Type::int8},
    Access::write};

const Statement kDeleteAll{
    "job.delete_all", "DELETE FROM jobs WHERE user_id = $1 RETURNING id", {Type::uuid}, Access::write};

const Statement kLead{"job.lead", "SELECT pg_try_advisory_xact_lock($1)", {Type::int8}, Access::write};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{
        &kInsert,        &kSelect,   &kSelectOwner, &kSelectPage, &kCount,   &kSelectUnfinished, &kCancel,
        &kResume,        &kClaim,    &kRenew,       &kCheckpoint, &kReport,  &kComplete,         &kFail,
        &kRetry,         &kPause,    &kRelease,     &kCancelled,  &kRescue,  &kResumeDue,        &kNextDue,
        &kSelectUnclean, &kSetClean, &kDeleteOld,   &kLead,       &kAbandon, &kDeleteAll};
    return kAll;
}

Progress read_progress(std::string_view json) {
    Progress progress;
    boost::system::error_code error;
    boost::json::value value = boost::json::parse(json, error);
    if (error || !value.is_object()) return progress;
    boost::json::object& object = value.get_object();
    const auto number = [&object](std::string_view name) {
        const boost::json::value* member = object.if_contains(name);
        return member != nullptr && member->is_int64() ? member->get_int64() : 0;
    };
    progress.current = number("current");
    progress.total = number("total");
    progress.percentage = static_cast<int>(std::clamp<std::int64_t>(number("percentage"), 0, 100));
    if (const auto* step = object.if_contains("currentStep"); step != nullptr && step->is_string())
        progress.step = step->get_string();
    for (const std::string_view name : {"current", "total", "percentage", "currentStep"})
        object.erase(name);
    progress.detail = boost::json::serialize(object);
    return progress;
}

std::string write_progress(const Progress& progress) {
    std::string out;
    base::JsonWriter(out)
        .begin_object()
        .member("current", progress.current)
        .member("total", progress.total)
        .member("percentage", progress.percentage)
        .member("currentStep", progress.step)
        .end_object();
    if (progress.detail.size() > 2 && progress.detail.front() == '{') {
        out.back() = ',';
        out.append(progress.detail, 1);
    }
    return out;
}

namespace {

std::optional<std::string> maybe_json(const postgres::Row& row, int column) {
    if (row.is_null(column)) return {};
    return std::string(row.json(column));
}

std::optional<Fault> read_fault(const std::optional<std::string>& json) {
    if (!json) return {};
    boost::system::error_code error;
    const boost::json::value value = boost::json::parse(*json, error);
    const boost::json::object* object = error ? nullptr : value.if_object();
    const auto text = [object](std::string_view name) -> std::string {
        const boost::json::value* member = object == nullptr ? nullptr : object->if_contains(name);
        return member != nullptr && member->is_string() ? std::string(member->get_string()) : std::string();
    };
    return Fault{.code = text("code"), .message = text("message")};
}

}  // namespace

Job read_job(const postgres::Row& row) {
    Job job;
    job.user = {row.uuid(0)};
    job.id = {row.uuid(1)};
    job.type = parse_type(row.text(2)).value_or(jobs::Type::sync);
    job.state = parse_state(row.text(3)).value_or(State::failed);
    job.progress = read_progress(row.json(4));
    job.options = row.json(5);
    job.result = maybe_json(row, 6);
    job.error = read_fault(maybe_json(row, 7));
    job.attempt = static_cast<int>(row.integer(8));
    job.max_attempts = static_cast<int>(row.integer(9));
    if (!row.is_null(10)) job.paused_reason = parse_pause_reason(row.text(10));
    job.resume_at = row.maybe_time(11);
    job.cancel_requested = row.boolean(12);
    job.created_at = row.time(13);
    job.started_at = row.maybe_time(14);
    job.finished_at = row.maybe_time(15);
    job.version = row.integer(16);
    return job;
}

Claim read_claim(const postgres::Row& row, const base::Uuid& token, jobs::Type type) {
    return {.user = {row.uuid(0)},
            .id = {row.uuid(1)},
            .type = type,
            .priority = row.integer(2) == 0 ? Priority::requested : Priority::scheduled,
            .options = std::string(row.json(3)),
            .checkpoint = maybe_json(row, 4),
            .progress = read_progress(row.json(5)),
            .attempt = static_cast<int>(row.integer(6)),
            .max_attempts = static_cast<int>(row.integer(7)),
            .created_at = row.time(8),
            .started_at = row.time(9),
            .token = token};
}

}  // namespace jobs::sql
