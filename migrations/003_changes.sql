-- The change feed (contract 3.17). Every row that changes takes a number of its own from `library.version`, under the
-- lock of the library: writers take the numbers of their rows first (`UPDATE library SET version = version + n`), and
-- what the triggers below change on top of that, tags that appear or go, takes the numbers after those.

ALTER TABLE library
    ADD COLUMN settings_version bigint NOT NULL DEFAULT 0,
    ADD COLUMN settings_at      timestamptz NOT NULL DEFAULT now(),
    -- The newest tombstone that was removed: whoever is at an older version may have missed a deletion.
    ADD COLUMN oldest_version   bigint NOT NULL DEFAULT 0;

-- Of name and colour; counts change without it.
ALTER TABLE tags ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

CREATE INDEX categories_change_idx ON categories (user_id, library_version);
CREATE INDEX tags_change_idx ON tags (user_id, library_version);

-- One tombstone an item, and none of a living one: only the newest change of an item is in the feed.
DELETE FROM tombstones t USING tombstones newer
 WHERE newer.user_id = t.user_id AND newer.type = t.type AND newer.item_id = t.item_id
   AND newer.library_version > t.library_version;
DELETE FROM tombstones t USING bookmarks b
 WHERE t.user_id = b.user_id AND t.type = 'bookmark' AND t.item_id = b.id::text;
DELETE FROM tombstones t USING categories c
 WHERE t.user_id = c.user_id AND t.type = 'category' AND t.item_id = c.id::text;
DELETE FROM tombstones t USING tags g
 WHERE t.user_id = g.user_id AND t.type = 'tag' AND t.item_id = g.name;
ALTER TABLE tombstones ADD CONSTRAINT tombstones_item_key UNIQUE (user_id, type, item_id);
CREATE INDEX tombstones_deleted_idx ON tombstones (deleted_at);

-- Tags had the number of the write that made them; settings had none.
UPDATE tags t SET library_version = l.version + o.n
  FROM library l, (SELECT user_id, name, row_number() OVER (PARTITION BY user_id ORDER BY name) AS n FROM tags) o
 WHERE l.user_id = t.user_id AND o.user_id = t.user_id AND o.name = t.name;
UPDATE library l SET version = l.version + 1 + c.tags, settings_version = l.version + 1 + c.tags
  FROM (SELECT u.user_id, count(t.name) AS tags FROM library u LEFT JOIN tags t ON t.user_id = u.user_id
         GROUP BY u.user_id) c
 WHERE c.user_id = l.user_id;

CREATE FUNCTION apply_tag_counts(changes bookmark_count_change[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
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
    ), fresh AS (
        SELECT d.*, row_number() OVER (PARTITION BY d.user_id ORDER BY d.name) AS n
          FROM delta d
         WHERE (d.active > 0 OR d.archived > 0)
           AND NOT EXISTS (SELECT FROM tags t WHERE t.user_id = d.user_id AND t.name = d.name)
    ), numbers AS (
        UPDATE library l SET version = l.version + f.amount
          FROM (SELECT user_id, count(*) AS amount FROM fresh GROUP BY user_id) f
         WHERE l.user_id = f.user_id
        RETURNING l.user_id, l.version - f.amount AS first
    ), living AS (
        DELETE FROM tombstones t USING fresh f
         WHERE t.user_id = f.user_id AND t.type = 'tag' AND t.item_id = f.name
    )
    INSERT INTO tags (user_id, name, library_version, active_count, archived_count)
    SELECT f.user_id, f.name, u.first + f.n, f.active, f.archived FROM fresh f JOIN numbers u USING (user_id);

    -- Nothing goes where nothing was taken away, which is most writes.
    IF NOT EXISTS (SELECT FROM unnest(changes) c WHERE c.amount < 0 AND c.tags <> '{}') THEN
        RETURN;
    END IF;
    WITH gone AS (
        DELETE FROM tags t
         USING (SELECT DISTINCT c.user_id, tag AS name
                  FROM unnest(changes) c, unnest(c.tags) AS tag WHERE c.amount < 0) d
         WHERE t.user_id = d.user_id AND t.name = d.name AND t.active_count = 0 AND t.archived_count = 0
        RETURNING t.user_id, t.name
    ), numbered AS (
        SELECT user_id, name, row_number() OVER (PARTITION BY user_id ORDER BY name) AS n FROM gone
    ), numbers AS (
        UPDATE library l SET version = l.version + g.amount
          FROM (SELECT user_id, count(*) AS amount FROM gone GROUP BY user_id) g
         WHERE l.user_id = g.user_id
        RETURNING l.user_id, l.version - g.amount AS first
    )
    INSERT INTO tombstones (user_id, library_version, type, item_id, deleted_at)
    SELECT g.user_id, u.first + g.n, 'tag', g.name, now() FROM numbered g JOIN numbers u USING (user_id)
    ON CONFLICT (user_id, type, item_id)
    DO UPDATE SET library_version = excluded.library_version, deleted_at = excluded.deleted_at;
END $$;

CREATE OR REPLACE FUNCTION apply_bookmark_counts(changes bookmark_count_change[]) RETURNS void LANGUAGE plpgsql AS $$
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
        PERFORM apply_tag_counts(changes);
    END IF;
END $$;
