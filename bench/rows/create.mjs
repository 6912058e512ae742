// Writes: create (many users, one user) and bulk.
import { Failure, run } from '../lib/processes.mjs';
import { literal, pgbench, writeScripts } from '../lib/pgbench.mjs';
import { bearer, exchange, expectStatus, get, kUniqueMark, post, writeRequests } from '../lib/requests.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { kListTarget } from './hit.mjs';

/** Text of about the usual length; what the rows make is recognised by its source and author. */
const kAuthor = 'bench_writer';
const kText = '新しいキーボードを買った。静電容量無接点方式は打鍵感が最高で、長い文章を書くときに疲れない。Rust で書いた設定ツールも公開しました！ #キーボード';

export const createBody = (id) => ({
  xTweetId: id, content: kText, authorUsername: kAuthor, authorDisplayName: '料理の人@サーバー', tags: ['道具'],
  hashtags: ['キーボード'], links: ['https://site12.example/article/123456'],
});
export const createRequest = (user) => post('/api/bookmarks', bearer(user.token), createBody(kUniqueMark));

export async function forget(library) {
  await library.sql(`SET statement_timeout = 0; DELETE FROM bookmarks WHERE author_username = ${literal(kAuthor)}`, { timeoutMs: 600_000 });
  await library.sql('VACUUM (ANALYZE) bookmarks', { timeoutMs: 600_000 });
}

/** SQL that writes the value of a column as a literal in which pgbench sees no variable: it takes `:料理` for one. */
const constantOf = (name) => String.raw`coalesce('E''' || replace(replace(replace(${name}::text, '\', '\\'), '''', ''''''), ':', '\x3a') || '''', 'NULL')`;

/**
 * A script for pgbench that does for this user what the server does: the library row (lock and version), then the row
 * that the server wrote, with another id, in one transaction. Triggers keep the counters in both.
 */
async function createScript(library, server, user) {
  const id = `2${Date.now()}${String(Math.floor(Math.random() * 1e4)).padStart(4, '0')}`;
  const made = await exchange(server.port, post('/api/bookmarks', bearer(user.token), createBody(id)));
  if (made.status !== 201) throw new Failure(`a bookmark was refused: ${made.status} ${made.body}`);
  const columns = (await library.sql(`SELECT attname FROM pg_attribute WHERE attrelid = 'bookmarks'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`)).map(([name]) => name);
  const special = {
    // A UUIDv7 as the server makes them: new rows lie together in the indexes.
    id: `(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0') || '7' || substr(md5(:n::text), 1, 3) || '8' || substr(md5(:n::text), 4, 15))::uuid`,
    x_tweet_id: ':n::text', library_version: ':version', bookmarked_at: 'clock_timestamp()', created_at: 'clock_timestamp()', updated_at: 'clock_timestamp()',
  };
  const [[row]] = await library.sql(`SELECT concat_ws(', ', ${columns.map((name) => (special[name] ? literal(special[name]) : constantOf(name))).join(', ')})
    FROM bookmarks WHERE user_id = ${literal(user.id)} AND x_tweet_id = ${literal(id)}`);
  return `\\set n random(300000000000000000, 399999999999999999)
BEGIN;
UPDATE library SET version = version + 1 WHERE user_id = ${literal(user.id)} RETURNING version \\gset
INSERT INTO bookmarks (${columns.join(', ')}) VALUES (${row});
COMMIT;
`;
}

async function measureCreate(bench, users) {
  const library = await bench.library();
  const server = await bench.server(library, { env: { WORKERS: '2' } });
  const chosen = users(library);
  await forget(library);
  const texts = [];
  for (const user of chosen) texts.push(await createScript(library, server, user));
  const scripts = writeScripts(bench.dir, 'create', texts);
  const requests = writeRequests(bench.dir, chosen.map(createRequest));
  const before = await total(server, chosen[0]);
  const measured = await bench.alternate({
    xbookmarker: (seconds) => wrk(server, { requests, seconds }),
    pgbench: (seconds) => pgbench({ program: bench.programs.pgbench, databaseUrl: library.databaseUrl, scripts, clients: 25, seconds }),
  });
  if ((await total(server, chosen[0], true)) <= before) throw new Failure('nothing was created');
  const [[rows, wrong]] = await library.sql(`SELECT count(*), count(*) FILTER (WHERE l.active_count + l.archived_count <> n) FROM library l
    JOIN LATERAL (SELECT count(*) AS n FROM bookmarks b WHERE b.user_id = l.user_id) c ON true WHERE l.user_id = ANY(ARRAY[${chosen.slice(0, 3).map((user) => literal(user.id))}]::uuid[])`);
  if (wrong !== '0') throw new Failure(`the counters of ${wrong} of ${rows} libraries are wrong`);
  await forget(library);
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s / transactions/s of pgbench', ...ratioOf(measured.xbookmarker, measured.pgbench, 'requestsPerSecond'), target: { atLeast: 0.8 }, beyond: { atLeast: 1 } }],
    notes: ['fsync and synchronous_commit are on. The counters were compared with a count of the rows afterwards.'],
  };
}

const total = async (server, user, fresh = false) => JSON.parse((await expectStatus(server.port,
  get(`${kListTarget}${fresh ? '&page=1' : ''}`, bearer(user.token)))).body).data.pagination.total;

async function measureBulk(bench) {
  const kCount = bench.quick ? 100 : 1000;
  const library = await bench.library();
  const server = await bench.server(library, { env: { WORKERS: '2' } });
  const user = library.users[1];
  const ids = (await library.sql(`SELECT id FROM bookmarks WHERE user_id = ${literal(user.id)} AND NOT is_archived ORDER BY bookmarked_at DESC LIMIT ${kCount}`)).map(([id]) => id);
  const [[prefix]] = await library.sql(`SELECT split_part((tsvector_to_array(search_vector))[1], ':', 1) FROM bookmarks WHERE user_id = ${literal(user.id)} AND search_vector <> '' LIMIT 1`);
  const list = ids.map(literal).join(',');
  // A tag is searched as one more field at the end of the vector, of weight C.
  const statement = (tag) => `\\timing on
BEGIN; UPDATE library SET version = version + 1 WHERE user_id = ${literal(user.id)};
UPDATE bookmarks SET version = version + 1, library_version = library_version + ${kCount}, updated_at = now(), tags = tags || ARRAY[${literal(tag)}],
 search_vector = search_vector || ${literal(`'${prefix}:${tag}':1C`)}::tsvector WHERE user_id = ${literal(user.id)} AND id IN (${list});
COMMIT;`;
  const tagged = async (seconds, round) => {
    const request = post('/api/bookmarks/bulk', bearer(user.token), { bookmarkIds: ids, updates: { tags: [`stapel${round + 1}`] } });
    const begin = process.hrtime.bigint();
    const answer = JSON.parse((await expectStatus(server.port, request)).body);
    const ms = Number(process.hrtime.bigint() - begin) / 1e6;
    if (answer.data.updatedCount !== kCount) throw new Failure(`${answer.data.updatedCount} were changed instead of ${kCount}`);
    return { ms };
  };
  const updated = async (seconds, round) => {
    const output = await run(['psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', library.databaseUrl], { input: statement(`haufen${round + 1}`) });
    return { ms: [...output.matchAll(/^Time: ([\d.]+) ms/gm)].reduce((sum, found) => sum + Number(found[1]), 0) };
  };
  const measured = await bench.alternate({ xbookmarker: tagged, 'UPDATE in psql': updated });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: `time for ${kCount} bookmarks / UPDATE`, ...ratioOf(measured.xbookmarker, measured['UPDATE in psql'], 'ms'), target: { atMost: 1.3 } }],
    notes: ['The call replaces the tags of each bookmark; the UPDATE adds one to tags and search vector, and does not check what it changes.'],
  };
}

export const rows = [
  { name: 'create', about: 'POST /api/bookmarks with unique ids, users drawn at random, 64 connections, 2 workers; against pgbench doing the same to library, counters and all indexes in one transaction, 25 clients', measure: (bench) => measureCreate(bench, (library) => library.users) },
  { name: 'create-one-user', about: 'the same, all of it into one library, whose row every writer locks', measure: (bench) => measureCreate(bench, (library) => [library.users[0]]) },
  { name: 'bulk', about: 'the tags of 1,000 bookmarks in one call; against one equivalent UPDATE', measure: measureBulk },
];
