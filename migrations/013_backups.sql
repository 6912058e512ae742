-- Backups (contract 3.13). They are the operator's: no user_id.

CREATE TABLE backups (
    id          text        PRIMARY KEY,                -- <type>-<start, `:` and `.` as `-`>
    type        text        NOT NULL CHECK (type IN ('daily', 'weekly', 'monthly')),
    job_id      uuid,                                   -- NULL: made by the command
    started_at  timestamptz NOT NULL,
    duration_ms bigint      NOT NULL CHECK (duration_ms >= 0),
    status      text        NOT NULL CHECK (status IN ('success', 'partial', 'failure')),
    size_bytes  bigint      NOT NULL CHECK (size_bytes >= 0),
    files       text[]      NOT NULL,                   -- keys in the storage
    errors      text[]      NOT NULL,
    metadata    jsonb       NOT NULL,                   -- databaseSize, userCount, bookmarkCount, fileCount
    manifest    jsonb       NOT NULL,                   -- checksums of files, rows and checksums of tables
    removed_at  timestamptz                             -- its files are gone
);
CREATE INDEX backups_started_idx ON backups (started_at DESC, id DESC);
CREATE INDEX backups_kept_idx ON backups (started_at) WHERE removed_at IS NULL;

CREATE TABLE backup_schedule (
    type       text PRIMARY KEY CHECK (type IN ('daily', 'weekly', 'monthly')),
    is_enabled boolean,                                 -- NULL: as the configuration says
    heeded_at  timestamptz                              -- up to when its times were looked at; NULL: never, or switched off
);
INSERT INTO backup_schedule (type) VALUES ('daily'), ('weekly'), ('monthly');

-- One unfinished backup of all.
CREATE UNIQUE INDEX jobs_one_backup_idx ON jobs (type) WHERE type = 'backup' AND finished_at IS NULL;
