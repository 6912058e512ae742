-- Jobs (contract 3.11): rows that are claimed with a token and a lease. docs/job_states.md draws what the checks below
-- enforce.

ALTER TABLE jobs
    ADD COLUMN priority         smallint    NOT NULL DEFAULT 0 CHECK (priority IN (0, 1)),
    ADD COLUMN place            text        NOT NULL DEFAULT '',  -- only a process with this place may run it; '': any
    ADD COLUMN attempt          integer     NOT NULL DEFAULT 0,
    ADD COLUMN max_attempts     integer     NOT NULL DEFAULT 1,
    ADD COLUMN stalls           integer     NOT NULL DEFAULT 0,   -- leases that ran out in this attempt
    ADD COLUMN checkpoint       jsonb,
    ADD COLUMN claim_token      uuid,
    ADD COLUMN leased_until     timestamptz,
    ADD COLUMN claimed_by       text,                             -- place of the process that has it, or had it last
    ADD COLUMN paused_reason    text
        CHECK (paused_reason IN ('rate_limit', 'budget', 'needs_reauth', 'x_unavailable', 'breaker')),
    ADD COLUMN resume_at        timestamptz,                      -- of a queued job: not before
    ADD COLUMN cancel_requested boolean     NOT NULL DEFAULT false,
    ADD COLUMN is_clean         boolean     NOT NULL DEFAULT false, -- what lay outside the database is removed
    ADD COLUMN version          bigint      NOT NULL DEFAULT 0;   -- grows with each change that is told

-- Imports of before: they run again from their beginning, which changes nothing twice.
UPDATE jobs SET state = CASE WHEN finished_at IS NULL THEN 'queued' ELSE state END,
                place = CASE WHEN type = 'import' THEN coalesce(options->>'owner', '') ELSE '' END,
                max_attempts = 2,
                attempt = CASE WHEN started_at IS NULL THEN 0 ELSE 1 END,
                started_at = CASE WHEN state = 'completed' THEN coalesce(started_at, created_at) ELSE started_at END,
                error = CASE WHEN state = 'failed' THEN coalesce(error, '{"code": "INTERNAL_ERROR", "message": "Failed"}') END,
                result = CASE WHEN state = 'completed' THEN result END;

ALTER TABLE jobs
    ADD CHECK ((claim_token IS NOT NULL) = (state = 'running')),
    ADD CHECK (claimed_by IS NOT NULL OR state <> 'running'),
    ADD CHECK ((leased_until IS NOT NULL) = (state = 'running')),
    ADD CHECK ((paused_reason IS NOT NULL) = (state = 'paused')),
    ADD CHECK (resume_at IS NULL OR state IN ('queued', 'paused')),
    ADD CHECK ((error IS NOT NULL) = (state = 'failed')),
    ADD CHECK (result IS NULL OR state = 'completed'),
    ADD CHECK (started_at IS NOT NULL OR state NOT IN ('running', 'paused', 'completed')),
    ADD CHECK (attempt BETWEEN 0 AND max_attempts),
    ADD CHECK (attempt >= 1 OR state NOT IN ('running', 'paused', 'completed')),
    ADD CHECK (NOT is_clean OR finished_at IS NOT NULL);

DROP INDEX jobs_unfinished_idx;
CREATE INDEX jobs_queued_idx ON jobs (type, user_id, priority, created_at, id) WHERE state = 'queued';
CREATE INDEX jobs_running_idx ON jobs (type, user_id) WHERE state = 'running';
CREATE INDEX jobs_lease_idx ON jobs (leased_until) WHERE state = 'running';
CREATE INDEX jobs_resume_idx ON jobs (resume_at) WHERE state IN ('queued', 'paused') AND resume_at IS NOT NULL;
CREATE INDEX jobs_type_idx ON jobs (user_id, type, created_at DESC, id DESC);
CREATE INDEX jobs_unclean_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL AND NOT is_clean;
CREATE INDEX jobs_finished_idx ON jobs (finished_at) WHERE finished_at IS NOT NULL;
CREATE INDEX jobs_id_idx ON jobs (id);
CREATE INDEX jobs_place_idx ON jobs (place) WHERE finished_at IS NULL;
CREATE INDEX jobs_count_idx ON jobs (type, state, finished_at);
-- One unfinished sync of each account.
CREATE UNIQUE INDEX jobs_one_sync_idx ON jobs (user_id) WHERE type = 'sync' AND finished_at IS NULL;

-- Wakes those who run jobs (`queued <type>`, `cancel`) and those who watch one (`job <id> <version>`), when and only when
-- the change is committed.
CREATE FUNCTION notify_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'queued' AND (TG_OP = 'INSERT' OR OLD.state <> 'queued') THEN
        PERFORM pg_notify('xbm_jobs', 'queued ' || NEW.type);
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.version <> OLD.version THEN
        PERFORM pg_notify('xbm_jobs', 'job ' || NEW.id || ' ' || NEW.version);
        IF NEW.cancel_requested AND NOT OLD.cancel_requested THEN
            PERFORM pg_notify('xbm_jobs', 'cancel');
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_notify AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION notify_job();

-- In the transaction of an effect: it commits only while the claim holds.
CREATE FUNCTION checkpoint_job(the_user uuid, the_id uuid, the_token uuid, the_checkpoint jsonb, the_progress jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET checkpoint = the_checkpoint, progress = the_progress, stalls = 0, version = version + 1
     WHERE user_id = the_user AND id = the_id AND claim_token = the_token;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the claim of the job is lost' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;

CREATE FUNCTION complete_job(the_user uuid, the_id uuid, the_token uuid, the_progress jsonb, the_result jsonb, the_time timestamptz)
RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    new_version bigint;
BEGIN
    UPDATE jobs SET state = 'completed', progress = the_progress, result = the_result, finished_at = the_time,
                    claim_token = NULL, leased_until = NULL, cancel_requested = false, version = version + 1
     WHERE user_id = the_user AND id = the_id AND claim_token = the_token
    RETURNING version INTO new_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the claim of the job is lost' USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN new_version;
END $$;
