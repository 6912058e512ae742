-- How far a completed run has seen everything: what stands above this position was met by a run that did not end, and
-- below that there may be posts which nobody has seen yet.
CREATE TABLE x_sync_heads (
    user_id  uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE,
    position bigint NOT NULL
);
INSERT INTO x_sync_heads (user_id, position) SELECT user_id, max(position) FROM x_bookmarks GROUP BY user_id;
