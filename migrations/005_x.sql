-- Connections to X (contract 4.2). Tokens and secrets are sealed with AES-256-GCM before they come here, bound to user
-- and column; what seals them is not in the database.

-- A user's own developer app. Without a row it is the one of the server.
CREATE TABLE x_apps (
    user_id      uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    secrets      bytea NOT NULL, -- client id and secret
    redirect_uri text,           -- without one it is that of the server
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL
);

-- The row is the lock of its tokens: who refreshes them holds it from before the request until the new pair is
-- committed, because a refresh token may be used once. Order of locks: library, x_accounts.
CREATE TABLE x_accounts (
    user_id       uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    x_user_id     text NOT NULL UNIQUE,
    username      text NOT NULL,
    status        text NOT NULL CHECK (status IN ('active', 'needs_reauth', 'not_enrolled')),
    app           text NOT NULL CHECK (app IN ('shared', 'own')),
    scopes        text[] NOT NULL,
    dialect       text NOT NULL DEFAULT 'tweet' CHECK (dialect IN ('tweet', 'post')),
    access_token  bytea NOT NULL,
    refresh_token bytea,
    expires_at    timestamptz NOT NULL,
    -- Of the pair of tokens: grows with every refresh and login, so that nobody judges by tokens that are gone.
    generation    bigint NOT NULL DEFAULT 1,
    connected_at  timestamptz NOT NULL,
    last_sync_at  timestamptz
);
