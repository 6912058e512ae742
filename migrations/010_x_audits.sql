-- When X was last asked for a post by its id, without its bookmark being met (X_AUDIT_ENABLED).
CREATE TABLE x_audits (
    user_id    uuid        NOT NULL REFERENCES users ON DELETE CASCADE,
    post_id    text        NOT NULL,
    checked_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, post_id)
);
