-- Accounts and libraries. Every table of a user's data has user_id first in its primary key, and every foreign key
-- carries it, so that tables can be partitioned or distributed by user without change.

CREATE TABLE users (
    id            uuid PRIMARY KEY,
    x_user_id     text UNIQUE,
    username      text NOT NULL CHECK (username <> ''),
    display_name  text NOT NULL,
    avatar_url    text,
    email         text,
    role          text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    password_hash text,
    settings      jsonb NOT NULL DEFAULT '{}',
    is_disabled   boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL
);
CREATE UNIQUE INDEX users_username_key ON users (lower(username));
CREATE UNIQUE INDEX users_email_key ON users (lower(email)) WHERE email IS NOT NULL;

CREATE TABLE sessions (
    user_id        uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id             uuid NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('password', 'x')),
    cookie_hash    bytea NOT NULL UNIQUE,
    user_agent     text NOT NULL DEFAULT '',
    ip             text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL,
    last_active_at timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    PRIMARY KEY (user_id, id)
);

-- A spent token stays until its session ends or it expires, so that its reuse can be told from an unknown token.
CREATE TABLE refresh_tokens (
    token_hash bytea PRIMARY KEY,
    user_id    uuid NOT NULL,
    session_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    FOREIGN KEY (user_id, session_id) REFERENCES sessions ON DELETE CASCADE
);
CREATE INDEX refresh_tokens_session_idx ON refresh_tokens (user_id, session_id);

-- One row a user. Every writing transaction updates it first: it is the lock of the library (order of locking:
-- library, categories, bookmarks), its version is the number of the last change, the generation of every cache entry
-- and the ETag of every list.
CREATE TABLE library (
    user_id        uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    version        bigint NOT NULL DEFAULT 0,
    -- Short per-user code in front of each lexeme of search_vector: the lexemes of one user lie together in the index
    -- and the cost of a search does not grow with the number of users.
    search_code    bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    active_count   bigint NOT NULL DEFAULT 0 CHECK (active_count >= 0),
    archived_count bigint NOT NULL DEFAULT 0 CHECK (archived_count >= 0)
) WITH (fillfactor = 50);

CREATE TABLE categories (
    user_id         uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    id              uuid NOT NULL,
    version         bigint NOT NULL DEFAULT 1,
    library_version bigint NOT NULL,
    name            text NOT NULL,
    description     text,
    color           text NOT NULL,
    icon            text NOT NULL,
    parent_id       uuid,
    sort_order      integer NOT NULL CHECK (sort_order >= 0),
    is_default      boolean NOT NULL DEFAULT false,
    active_count    bigint NOT NULL DEFAULT 0 CHECK (active_count >= 0),
    archived_count  bigint NOT NULL DEFAULT 0 CHECK (archived_count >= 0),
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT categories_name_key UNIQUE (user_id, name),
    FOREIGN KEY (user_id, parent_id) REFERENCES categories,
    CHECK (parent_id <> id)
) WITH (fillfactor = 70);
CREATE INDEX categories_parent_idx ON categories (user_id, parent_id) WHERE parent_id IS NOT NULL;

CREATE TABLE tags (
    user_id         uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    name            text NOT NULL,
    library_version bigint NOT NULL DEFAULT 0,
    color           text,
    active_count    bigint NOT NULL DEFAULT 0 CHECK (active_count >= 0),
    archived_count  bigint NOT NULL DEFAULT 0 CHECK (archived_count >= 0),
    PRIMARY KEY (user_id, name)
) WITH (fillfactor = 70);

CREATE TABLE bookmarks (
    user_id                uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    id                     uuid NOT NULL,
    version                bigint NOT NULL DEFAULT 1,
    library_version        bigint NOT NULL,
    x_tweet_id             text NOT NULL,
    url                    text NOT NULL,
    content                text NOT NULL,
    title                  text,
    note                   text,
    lang                   text,
    author_username        text NOT NULL,
    author_display_name    text NOT NULL,
    author_avatar_url      text,
    author_username_folded text COLLATE "C" NOT NULL,
    author_name_folded     text COLLATE "C" NOT NULL,
    media                  jsonb NOT NULL DEFAULT '[]',
    links                  text[] NOT NULL DEFAULT '{}',
    hashtags               text[] NOT NULL DEFAULT '{}',
    mentions               text[] NOT NULL DEFAULT '{}',
    tags                   text[] NOT NULL DEFAULT '{}',
    referenced             jsonb NOT NULL DEFAULT '[]',
    metrics                jsonb,
    category_id            uuid,
    is_archived            boolean NOT NULL DEFAULT false,
    bookmarked_at          timestamptz NOT NULL,
    bookmarked_at_source   text NOT NULL CHECK (bookmarked_at_source IN ('user', 'import', 'first_seen')),
    -- Larger is newer among bookmarks of the same moment: the order of X or of the import file.
    sync_order             bigint NOT NULL,
    posted_at              timestamptz,
    post_status            text NOT NULL CHECK (post_status IN
        ('available', 'deleted', 'suspended', 'protected', 'withheld', 'unhydrated', 'unknown')),
    source                 text NOT NULL,
    search_vector          tsvector NOT NULL,
    -- The text exceeds what a tsvector can hold: the vector is empty and the server reads the text instead.
    search_overflow        boolean NOT NULL DEFAULT false,
    created_at             timestamptz NOT NULL,
    updated_at             timestamptz NOT NULL,
    PRIMARY KEY (user_id, id),
    CONSTRAINT bookmarks_post_key UNIQUE (user_id, x_tweet_id),
    FOREIGN KEY (user_id, category_id) REFERENCES categories
);
CREATE INDEX bookmarks_active_idx ON bookmarks (user_id, bookmarked_at DESC, sync_order DESC, id DESC)
    WHERE NOT is_archived;
CREATE INDEX bookmarks_archived_idx ON bookmarks (user_id, bookmarked_at DESC, sync_order DESC, id DESC)
    WHERE is_archived;
CREATE INDEX bookmarks_date_idx ON bookmarks (user_id, bookmarked_at DESC, sync_order DESC, id DESC);
CREATE INDEX bookmarks_category_idx ON bookmarks (user_id, category_id, bookmarked_at DESC, sync_order DESC, id DESC);
CREATE INDEX bookmarks_author_idx ON bookmarks
    (user_id, author_name_folded, bookmarked_at DESC, sync_order DESC, id DESC);
CREATE INDEX bookmarks_change_idx ON bookmarks (user_id, library_version);
CREATE INDEX bookmarks_tags_idx ON bookmarks USING gin (tags);
CREATE INDEX bookmarks_search_idx ON bookmarks USING gin (search_vector);
CREATE INDEX bookmarks_overflow_idx ON bookmarks (user_id, id) WHERE search_overflow;

-- What was deleted, for the change feed.
CREATE TABLE tombstones (
    user_id         uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    library_version bigint NOT NULL,
    type            text NOT NULL CHECK (type IN ('bookmark', 'category', 'tag', 'savedSearch')),
    item_id         text NOT NULL,
    deleted_at      timestamptz NOT NULL,
    PRIMARY KEY (user_id, library_version)
);

-- Posts that the user deleted here: a sync must not bring them back.
CREATE TABLE deleted_posts (
    user_id    uuid NOT NULL REFERENCES library ON DELETE CASCADE,
    x_tweet_id text NOT NULL,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, x_tweet_id)
);

CREATE TABLE jobs (
    user_id      uuid NOT NULL REFERENCES users ON DELETE CASCADE,
    id           uuid NOT NULL,
    type         text NOT NULL CHECK (type IN ('sync', 'export', 'import', 'ai-suggest', 'backup')),
    state        text NOT NULL CHECK (state IN ('queued', 'running', 'paused', 'completed', 'failed', 'cancelled')),
    progress     jsonb NOT NULL DEFAULT '{}',
    options      jsonb NOT NULL DEFAULT '{}',
    result       jsonb,
    error        jsonb,
    created_at   timestamptz NOT NULL,
    started_at   timestamptz,
    finished_at  timestamptz,
    PRIMARY KEY (user_id, id),
    CHECK ((finished_at IS NOT NULL) = (state IN ('completed', 'failed', 'cancelled')))
);
CREATE INDEX jobs_created_idx ON jobs (user_id, created_at DESC, id DESC);
CREATE INDEX jobs_unfinished_idx ON jobs (created_at) WHERE finished_at IS NULL;

-- Exact counters, kept in the transaction of the write whatever path it takes.
CREATE TYPE bookmark_count_change AS (
    user_id uuid, category_id uuid, is_archived boolean, tags text[], amount integer
);

CREATE FUNCTION apply_bookmark_counts(changes bookmark_count_change[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE library l
       SET active_count = l.active_count + d.active, archived_count = l.archived_count + d.archived
      FROM (SELECT c.user_id,
                   coalesce(sum(c.amount) FILTER (WHERE NOT c.is_archived), 0) AS active,
                   coalesce(sum(c.amount) FILTER (WHERE c.is_archived), 0) AS archived
              FROM unnest(changes) c GROUP BY c.user_id) d
     WHERE l.user_id = d.user_id AND (d.active <> 0 OR d.archived <> 0);

    UPDATE categories t
       SET active_count = t.active_count + d.active, archived_count = t.archived_count + d.archived
      FROM (SELECT c.user_id, c.category_id,
                   coalesce(sum(c.amount) FILTER (WHERE NOT c.is_archived), 0) AS active,
                   coalesce(sum(c.amount) FILTER (WHERE c.is_archived), 0) AS archived
              FROM unnest(changes) c WHERE c.category_id IS NOT NULL GROUP BY c.user_id, c.category_id) d
     WHERE t.user_id = d.user_id AND t.id = d.category_id AND (d.active <> 0 OR d.archived <> 0);

    -- Only tags of rows that carry any: most bookmarks have none.
    IF EXISTS (SELECT FROM unnest(changes) c WHERE c.tags <> '{}') THEN
        WITH delta AS (
            SELECT c.user_id, tag AS name,
                   coalesce(sum(c.amount) FILTER (WHERE NOT c.is_archived), 0) AS active,
                   coalesce(sum(c.amount) FILTER (WHERE c.is_archived), 0) AS archived
              FROM unnest(changes) c, unnest(c.tags) AS tag GROUP BY c.user_id, tag
        ), known AS (
            UPDATE tags t
               SET active_count = t.active_count + d.active, archived_count = t.archived_count + d.archived
              FROM delta d
             WHERE t.user_id = d.user_id AND t.name = d.name AND (d.active <> 0 OR d.archived <> 0)
        )
        INSERT INTO tags (user_id, name, library_version, active_count, archived_count)
        SELECT d.user_id, d.name, l.version, d.active, d.archived
          FROM delta d JOIN library l ON l.user_id = d.user_id
         WHERE (d.active > 0 OR d.archived > 0)
           AND NOT EXISTS (SELECT FROM tags t WHERE t.user_id = d.user_id AND t.name = d.name);
        DELETE FROM tags t
         USING (SELECT DISTINCT c.user_id, tag AS name
                  FROM unnest(changes) c, unnest(c.tags) AS tag WHERE c.amount < 0) d
         WHERE t.user_id = d.user_id AND t.name = d.name AND t.active_count = 0 AND t.archived_count = 0;
    END IF;
END $$;

CREATE FUNCTION count_inserted_bookmarks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM apply_bookmark_counts(array_agg(
        ROW(n.user_id, n.category_id, n.is_archived, n.tags, 1)::bookmark_count_change)) FROM new_rows n HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION count_deleted_bookmarks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM apply_bookmark_counts(array_agg(
        ROW(o.user_id, o.category_id, o.is_archived, o.tags, -1)::bookmark_count_change)) FROM old_rows o HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE FUNCTION count_updated_bookmarks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM apply_bookmark_counts(array_agg(c.change))
       FROM (SELECT unnest(ARRAY[
                 ROW(o.user_id, o.category_id, o.is_archived, o.tags, -1)::bookmark_count_change,
                 ROW(n.user_id, n.category_id, n.is_archived, n.tags, 1)::bookmark_count_change]) AS change
               FROM old_rows o JOIN new_rows n USING (user_id, id)
              WHERE (o.category_id, o.is_archived, o.tags) IS DISTINCT FROM (n.category_id, n.is_archived, n.tags)) c
     HAVING count(*) > 0;
    RETURN NULL;
END $$;

CREATE TRIGGER bookmarks_count_insert AFTER INSERT ON bookmarks
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION count_inserted_bookmarks();
CREATE TRIGGER bookmarks_count_delete AFTER DELETE ON bookmarks
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION count_deleted_bookmarks();
CREATE TRIGGER bookmarks_count_update AFTER UPDATE ON bookmarks
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION count_updated_bookmarks();
