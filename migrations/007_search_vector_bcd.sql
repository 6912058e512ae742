-- The part of `search_vector` that does not come from the text itself (weights B, C and D: note, author, tags,
-- hashtags). It is short, so that it lies in the row: the score of a hit that holds a term in its text only, which is
-- what nearly all hits of a frequent term are, is known without the long vector, which has to be fetched and
-- decompressed (7 us a row).
ALTER TABLE bookmarks
    ADD COLUMN search_vector_bcd tsvector GENERATED ALWAYS AS (ts_filter(search_vector, '{b,c,d}')) STORED;
