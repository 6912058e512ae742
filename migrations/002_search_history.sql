-- What was searched for, what is worth searching again, and the answers to requests with an Idempotency-Key.

-- Not part of the library: an entry raises no version. Ids are UUIDv7 of the moment of the search, so the primary key
-- is the order of time.
CREATE TABLE search_history (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id           uuid NOT NULL,
    query        jsonb NOT NULL,
    result_count bigint NOT NULL CHECK (result_count >= 0),
    execution_ms double precision NOT NULL CHECK (execution_ms >= 0),
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

CREATE TABLE saved_searches (
    user_id         uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    id              uuid NOT NULL,
    version         bigint NOT NULL DEFAULT 1,
    library_version bigint NOT NULL,
    name            text NOT NULL,
    query           jsonb NOT NULL,
    sort_order      integer NOT NULL CHECK (sort_order >= 0),
    pinned          boolean NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT saved_searches_name_key UNIQUE (user_id, name)
);
CREATE INDEX saved_searches_change_idx ON saved_searches (user_id, library_version);

-- A call that claims a key holds it for a short time, which it may outlive; `token` is what tells it from a later one
-- that took the key over. `status` is set with the answer, in the transaction of the call's write.
CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    key_hash     bytea NOT NULL,
    body_hash    bytea NOT NULL,
    token        uuid NOT NULL,
    held_until   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    status       integer,
    content_type text,
    body         bytea,
    location     text,
    PRIMARY KEY (user_id, key_hash)
);
CREATE INDEX idempotency_keys_expiry_idx ON idempotency_keys (expires_at);

-- Stores the answer of the call that holds the key. When another call has taken it over, the transaction fails as one
-- that could not be serialised: that other call does the work.
CREATE FUNCTION finish_idempotent_call(the_user uuid, the_key bytea, the_token uuid, the_status integer,
                                       the_type text, the_body bytea, the_location text)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE idempotency_keys
       SET status = the_status, content_type = the_type, body = the_body, location = the_location
     WHERE user_id = the_user AND key_hash = the_key AND token = the_token AND status IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another call holds the idempotency key' USING ERRCODE = 'serialization_failure';
    END IF;
END $$;
