#include "backup/backups_sql.hpp"

#include <array>

namespace backup::sql {

#define BACKUP_COLUMNS "b.manifest, b.removed_at IS NOT NULL"

const Statement kInsert{
    "backup.insert",
    "INSERT INTO backups SELECT * FROM jsonb_populate_record(NULL::backups, $1) ON CONFLICT (id) DO UPDATE SET"
    " duration_ms = excluded.duration_ms, status = excluded.status, size_bytes = excluded.size_bytes,"
    " files = excluded.files, errors = excluded.errors, metadata = excluded.metadata, manifest = excluded.manifest",
    {Type::jsonb},
    Access::write};

const Statement kSelectPage{"backup.select_page",
                            "SELECT " BACKUP_COLUMNS
                            " FROM backups b WHERE $1 IS NULL OR (b.started_at, b.id) < ($1, $2)"
                            " ORDER BY b.started_at DESC, b.id DESC LIMIT $3",
                            {Type::timestamptz, Type::text, Type::int8},
                            Access::read};

const Statement kCount{"backup.count",
                       "SELECT count(*), count(*) FILTER (WHERE (started_at, id) >= ($1, $2)) FROM backups",
                       {Type::timestamptz, Type::text},
                       Access::read};

const Statement kSelect{
    "backup.select", "SELECT " BACKUP_COLUMNS " FROM backups b WHERE b.id = $1", {Type::text}, Access::read};

const Statement kSelectOfJob{
    "backup.select_of_job", "SELECT id FROM backups WHERE job_id = $1", {Type::uuid}, Access::read};

const Statement kSummarise{
    "backup.summarise",
    "SELECT count(*), count(*) FILTER (WHERE status = 'success'), coalesce(avg(duration_ms), 0)::float8 / 1000,"
    " coalesce(sum(size_bytes) FILTER (WHERE removed_at IS NULL), 0)::bigint,"
    " max(started_at) FILTER (WHERE status = 'success') FROM backups",
    {},
    Access::read};

const Statement kSelectKept{
    "backup.select_kept",
    "SELECT id, type, started_at, status, files FROM backups WHERE removed_at IS NULL ORDER BY started_at",
    {},
    Access::read};

const Statement kSetRemoved{"backup.set_removed",
                            "UPDATE backups SET removed_at = $2 WHERE id = ANY($1) AND removed_at IS NULL",
                            {Type::text_array, Type::timestamptz},
                            Access::write};

const Statement kSelectSchedule{
    "backup.select_schedule", "SELECT type, is_enabled, heeded_at FROM backup_schedule", {}, Access::read};

const Statement kSetEnabled{"backup.set_enabled",
                            "UPDATE backup_schedule SET is_enabled = $1, heeded_at = $2",
                            {Type::boolean, Type::timestamptz},
                            Access::write};

const Statement kSetHeeded{"backup.set_heeded",
                           "UPDATE backup_schedule SET heeded_at = $2 WHERE type = $1",
                           {Type::text, Type::timestamptz},
                           Access::write};

const Statement kSelectRunning{"backup.select_running",
                               "SELECT id FROM jobs WHERE type = 'backup' AND finished_at IS NULL LIMIT 1",
                               {},
                               Access::read};

const Statement kSelectOperator{
    "backup.select_operator",
    "SELECT id FROM users WHERE role = 'admin' AND NOT is_disabled ORDER BY created_at, id LIMIT 1",
    {},
    Access::read};

const Statement kSelectJob{
    "backup.select_job",
    "SELECT state, started_at, options, error->>'message' FROM jobs WHERE user_id = $1 AND id = $2",
    {Type::uuid, Type::uuid},
    Access::read};

std::span<const Statement* const> all() {
    static constexpr std::array kAll{&kInsert,         &kSelectPage, &kCount,      &kSelect,
                                     &kSelectOfJob,    &kSummarise,  &kSelectKept, &kSetRemoved,
                                     &kSelectSchedule, &kSetEnabled, &kSetHeeded,  &kSelectRunning,
                                     &kSelectOperator, &kSelectJob};
    return kAll;
}

Backup read_backup(const postgres::Row& row) {
    Backup backup = read_manifest(row.json(0)).value_or(Backup{});
    if (row.boolean(1)) backup.files.clear();
    return backup;
}

Kept read_kept(const postgres::Row& row) {
    return {.id = std::string(row.text(0)),
            .kind = parse_kind(row.text(1)).value_or(Kind::daily),
            .started_at = row.time(2),
            .status = parse_status(row.text(3)).value_or(Status::failure),
            .files = row.texts(4)};
}

}  // namespace backup::sql
