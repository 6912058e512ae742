-- A page of 100 posts checked 200 times that its user exists. Both tables are written under the lock of the user's
-- library, which goes with the user: who waited for it finds it gone. What is there when a user goes, goes by this.
ALTER TABLE x_bookmarks DROP CONSTRAINT x_bookmarks_user_id_fkey;
ALTER TABLE x_billed DROP CONSTRAINT x_billed_user_id_fkey;

CREATE FUNCTION forget_posts_of_users() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM x_bookmarks WHERE user_id IN (SELECT id FROM gone);
    DELETE FROM x_billed WHERE user_id IN (SELECT id FROM gone);
    RETURN NULL;
END $$;
CREATE TRIGGER users_forget_posts AFTER DELETE ON users REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION forget_posts_of_users();
