#include "transfer/transfer_sql.hpp"

#include <array>

namespace transfer::sql {

#define JOB_COLUMNS "j.id, j.state, j.progress, j.result, j.error, j.created_at, j.finished_at"

const Statement kSelectTakenIds{"import.select_taken_ids",
                                "SELECT id FROM bookmarks WHERE user_id = $1 AND id = ANY($2)",
                                {Type::uuid, Type::uuid_array},
                                Access::read};

const Statement kColorTags{"import.color_tags",
                           "UPDATE tags t SET color = r.color, library_version = $2 + r.n, updated_at = $5"
                           " FROM unnest($3::text[], $4::text[]) WITH ORDINALITY AS r (name, color, n)"
                           " WHERE t.user_id = $1 AND t.name = r.name AND t.color IS NULL",
                           {Type::uuid, Type::int8, Type::text_array, Type::text_array, Type::timestamptz},
                           Access::write};

const Statement kInsertJob{"import.insert_job",
                           "INSERT INTO jobs (user_id, id, type, state, options, created_at)"
                           " VALUES ($1, $2, 'import', 'queued', $3, $4)",
                           {Type::uuid, Type::uuid, Type::jsonb, Type::timestamptz},
                           Access::write};

const Statement kClaimJob{
    "import.claim_job",
    "UPDATE jobs j SET state = 'running', started_at = coalesce(j.started_at, $3),"
    " progress = jsonb_build_object('attempt', coalesce((j.progress->>'attempt')::bigint, 0) + 1)"
    " FROM (SELECT user_id, id FROM jobs WHERE user_id = $1 AND id = $2 AND type = 'import' AND state = 'queued'"
    "       FOR UPDATE SKIP LOCKED) AS free"
    " WHERE j.user_id = free.user_id AND j.id = free.id"
    " RETURNING j.options, j.created_at, (j.progress->>'attempt')::bigint",
    {Type::uuid, Type::uuid, Type::timestamptz},
    Access::write};

const Statement kReleaseJob{"import.release_job",
                            "UPDATE jobs SET state = 'queued', progress = jsonb_set(progress, '{attempt}',"
                            " to_jsonb(greatest(coalesce((progress->>'attempt')::bigint, 1) - 1, 0)))"
                            " WHERE user_id = $1 AND id = $2 AND state = 'running'",
                            {Type::uuid, Type::uuid},
                            Access::write};

const Statement kSaveProgress{
    "import.save_progress",
    "UPDATE jobs SET progress = $3::jsonb || jsonb_build_object('attempt', progress->'attempt')"
    " WHERE user_id = $1 AND id = $2 AND state = 'running'",
    {Type::uuid, Type::uuid, Type::jsonb},
    Access::write};

const Statement kFinishJob{
    "import.finish_job",
    "UPDATE jobs SET state = $3, progress = $4, result = $5, error = $6, finished_at = $7"
    " WHERE user_id = $1 AND id = $2 AND finished_at IS NULL",
    {Type::uuid, Type::uuid, Type::text, Type::jsonb, Type::jsonb, Type::jsonb, Type::timestamptz},
    Access::write};

const Statement kRequeueOwned{
    "import.requeue_owned",
    "WITH again AS (UPDATE jobs SET state = 'queued'"
    "   WHERE type = 'import' AND finished_at IS NULL AND options->>'owner' = $1"
    "   RETURNING user_id, id, created_at, coalesce((progress->>'attempt')::bigint, 0) AS attempt)"
    " SELECT user_id, id, attempt FROM again ORDER BY created_at, id",
    {Type::text},
    Access::write};

const Statement kSelectJob{"import.select_job",
                           "SELECT " JOB_COLUMNS
                           " FROM jobs j WHERE j.user_id = $1 AND j.id = $2 AND j.type = 'import'",
                           {Type::uuid, Type::uuid},
                           Access::read};

const Statement kSelectHistory{
    "import.select_history",
    "SELECT " JOB_COLUMNS
    " FROM jobs j WHERE j.user_id = $1 AND j.type = 'import'"
    " AND ($2 IS NULL OR (j.created_at, j.id) < ($2, $3)) ORDER BY j.created_at DESC, j.id DESC LIMIT $4",
    {Type::uuid, Type::timestamptz, Type::uuid, Type::int8},
    Access::read};

const Statement kCountHistory{
    "import.count_history",
    "SELECT count(*), count(*) FILTER (WHERE (created_at, id) >= ($2, $3)) FROM jobs"
    " WHERE user_id = $1 AND type = 'import'",
    {Type::uuid, Type::timestamptz, Type::uuid},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kSelectTakenIds, &kColorTags,     &kInsertJob,   &kClaimJob,
                                     &kReleaseJob,     &kSaveProgress,  &kFinishJob,   &kRequeueOwned,
                                     &kSelectJob,      &kSelectHistory, &kCountHistory};
    return kAll;
}

Job read_job(const postgres::Row& row) {
    const auto json = [&row](int column) -> std::optional<std::string> {
        if (row.is_null(column)) return {};
        return std::string(row.json(column));
    };
    return {.id = row.uuid(0),
            .state = std::string(row.text(1)),
            .progress = std::string(row.json(2)),
            .result = json(3),
            .error = json(4),
            .created_at = row.time(5),
            .finished_at = row.maybe_time(6)};
}

}  // namespace transfer::sql
