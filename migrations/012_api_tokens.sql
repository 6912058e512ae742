-- API tokens (contract 1.10, 3.2): only their SHA-256 is kept; `prefix` is what a person recognises one by.
CREATE TABLE api_tokens (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL CHECK (name <> ''),
    token_hash   bytea NOT NULL UNIQUE,
    prefix       text NOT NULL,
    scopes       text[] NOT NULL CHECK (scopes <> '{}' AND scopes <@ ARRAY['read', 'write', 'admin']),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz,
    last_used_at timestamptz,  -- within a minute
    PRIMARY KEY (user_id, id)
);
