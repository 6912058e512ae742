// How many rows PostgreSQL reads when a library is filled. Plans that are made while a table is empty, or known to be, are
// kept: what they cost shows later, and grows with the square of the library.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expectOk, until } from '../support/client.mjs';
import { connected, settled } from '../support/connected.mjs';
import { adminSql, hasServices, withDatabase } from '../support/server.mjs';

const kPosts = 2000;
const kReadsPerRow = 10;

let database;
let it;
before(async () => {
  if (!hasServices) return;
  database = await withDatabase();
  it = await connected(Array.from({ length: kPosts }, (_, i) => kPosts - i), { database });
  it.x.window = kPosts;
});
after(async () => {
  await it?.stop();
  await database?.drop();
});
const skip = !hasServices && 'needs scripts/services';

/** Rows read and written of our tables of bookmarks, since the database was made. */
async function counters() {
  const rows = await adminSql(`SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), sum(n_tup_ins) FILTER (WHERE relname = 'bookmarks')
    FROM pg_stat_all_tables WHERE relname IN ('bookmarks', 'x_bookmarks', 'deleted_posts', 'tombstones', 'post_evidence')`, database.name);
  const [reads, written] = rows[0].map(Number);
  return { reads, written };
}

/** What `fill` reads for each of the rows that it writes. */
async function readsPerRow(fill) {
  const begin = await counters();
  await fill();
  // Backends tell what they did a second later.
  const end = await until(async () => {
    const now = await counters();
    return now.written - begin.written >= kPosts && now;
  });
  return (end.reads - begin.reads) / kPosts;
}

async function sync() {
  it.x.remaining = 1000;
  const { jobId } = expectOk(await it.user.post('/api/sync', { fullSync: true }), 202);
  assert.equal((await settled(it.user, jobId)).state, 'completed');
}

async function importAll(prefix) {
  const records = Array.from({ length: kPosts }, (_, i) => ({
    id: `${prefix}${100_000 + i}`, full_text: `text ${i}`, created_at: '2026-01-02 03:04:05 +00:00', screen_name: `author${i % 10}`,
    name: 'A', media: [], bookmarked: true, url: `https://twitter.com/author/status/${prefix}${100_000 + i}`,
  }));
  const { result } = await it.user.importFile('rows.json', JSON.stringify(records));
  assert.equal(result.imported, kPosts);
}

/** A library that was emptied, and an autovacuum that saw it empty. */
async function empty() {
  for (const table of ['bookmarks', 'deleted_posts', 'tombstones', 'x_bookmarks']) {
    await adminSql(`DELETE FROM ${table}`, database.name);
    await adminSql(`VACUUM ${table}`, database.name);
  }
}

test('a first sync', { skip }, async () => {
  const reads = await readsPerRow(sync);
  assert.ok(reads <= kReadsPerRow, `${reads} reads a row`);
});

for (const [name, fill] of [['a sync', sync], ['an import', () => importAll(71)]]) {
  test(`${name} into a library that was emptied`, { skip }, async () => {
    await empty();
    // Plans are kept from the sixth execution on: some of them see the empty tables.
    const reads = await readsPerRow(fill);
    assert.ok(reads <= kReadsPerRow, `${reads} reads a row`);
  });
}
