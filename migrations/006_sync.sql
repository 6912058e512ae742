-- Synchronisation with X (contract 4.4 to 4.7).

-- The order of an account's bookmarks at X as the last runs saw it: greater is newer. Rows of a run are numbered downwards
-- from its start, so that a run is newer than all before it.
CREATE TABLE x_bookmarks (
    user_id         uuid   NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id         text   NOT NULL,
    position        bigint NOT NULL,
    run             uuid   NOT NULL,          -- the job that saw it last
    unbookmarked_at timestamptz,              -- a completed full run did not find it any more
    PRIMARY KEY (user_id, post_id)
);
CREATE INDEX x_bookmarks_position_idx ON x_bookmarks (user_id, position DESC);

-- What was paid for on a UTC day: a resource costs once a day. Days before yesterday are of no use.
CREATE TABLE x_billed (
    user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    day     date NOT NULL,
    post_id text NOT NULL,
    PRIMARY KEY (user_id, day, post_id)
);

-- One row a request. Money in millionths of a USD.
CREATE TABLE x_spend (
    user_id       uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    id            uuid        NOT NULL,
    at            timestamptz NOT NULL,
    endpoint      text        NOT NULL,
    status        integer     NOT NULL,
    resources     bigint      NOT NULL,
    new_resources bigint      NOT NULL,
    unit_price    bigint      NOT NULL,
    amount        bigint      NOT NULL,
    PRIMARY KEY (user_id, id)
);
CREATE INDEX x_spend_at_idx ON x_spend (user_id, at DESC);

-- The user's own caps; null: those of the operator.
CREATE TABLE x_budgets (
    user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    daily   bigint CHECK (daily >= 0),
    monthly bigint CHECK (monthly >= 0)
);

-- Why a post is thought to be gone, and since when.
CREATE TABLE post_evidence (
    user_id uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id text        NOT NULL,
    status  text        NOT NULL,
    source  text        NOT NULL,
    at      timestamptz NOT NULL,             -- of the first evidence
    PRIMARY KEY (user_id, post_id)
);
CREATE INDEX post_evidence_at_idx ON post_evidence (at);

-- A new login lets syncs go on that waited for one.
CREATE FUNCTION resume_syncs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE jobs SET state = 'queued', paused_reason = NULL, resume_at = NULL, version = version + 1
     WHERE user_id = NEW.user_id AND type = 'sync' AND state = 'paused' AND paused_reason = 'needs_reauth';
    RETURN NULL;
END $$;
CREATE TRIGGER x_accounts_resume AFTER INSERT OR UPDATE ON x_accounts FOR EACH ROW
    WHEN (NEW.status = 'active') EXECUTE FUNCTION resume_syncs();
