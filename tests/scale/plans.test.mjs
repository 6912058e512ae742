// By which plans PostgreSQL answers, on 1.1 million bookmarks of 101 users: every named statement that reads is asked for
// through the routes, with the plan, rows and buffers that auto_explain saw. Nothing here depends on time.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expectOk, startTestServer, stopClean, until } from '../support/client.mjs';
import { buffersOf, indexesOf, nodesOf, planningPostgres, scannedOf, sortedRowsOf, squeezed } from '../support/plans.mjs';
import { runCommand } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

const run = promisify(execFile);
const kUsers = 100;
const kEach = 10_000;
const kHeavy = 100_000;
// A table that fits on a few pages may be read as a whole: that is quicker than an index.
const kSmallPages = 16;
const kPassword = 'correct horse battery';
const kTimes = 7; // after five executions PostgreSQL may choose one plan for all parameters

let postgres;
let servers = [];
let x;
let statements;
let user;
let heavy;

async function fill() {
  const generate = process.env.XBM_GENERATE ?? path.join(path.dirname(process.env.XBM_BIN), 'tests/support/generate/xbm_generate');
  const call = (count, seed, more) => run(generate, ['--bookmarks', String(count), '--database', postgres.url, '--seed', String(seed), '--threads', '2', ...more], { maxBuffer: 1 << 26 });
  await call(kUsers * kEach, 1, ['--user', 'u', '--users', String(kUsers)]);
  await call(kHeavy, 2, ['--user', 'heavy']);
  const each = (table, columns, values, count) => postgres.sql(
    `INSERT INTO ${table} (${columns}) SELECT ${values} FROM users u CROSS JOIN generate_series(1, ${count}) AS n`, 'xbookmarker');
  const id = "md5(u.id::text || n)::uuid";
  const days = "now() - n * interval '1 hour'";
  await each('search_history', 'user_id, id, query, result_count, execution_ms, created_at',
    `u.id, ${id}, jsonb_build_object('text', 'word ' || n % 50), n, 1, ${days}`, 2000);
  await each('saved_searches', 'user_id, id, library_version, name, query, sort_order, pinned, created_at, updated_at',
    `u.id, ${id}, 20000 + n, 'saved ' || n, '{}', n, false, now(), now()`, 50);
  await each('tombstones', 'user_id, library_version, type, item_id, deleted_at', `u.id, 30000 + n, 'bookmark', ${id}::text, ${days}`, 1000);
  await each('jobs', 'user_id, id, type, state, created_at, started_at, finished_at, attempt, is_clean',
    `u.id, ${id}, CASE WHEN n % 3 = 0 THEN 'sync' ELSE 'import' END, 'completed', ${days}, ${days}, now(), 1, true`, 300);
  await each('sessions', 'user_id, id, kind, cookie_hash, created_at, last_active_at, expires_at',
    `u.id, ${id}, 'password', decode(md5(u.id::text || n), 'hex'), now(), now(), now() + interval '1 day'`, 50);
  await each('refresh_tokens', 'token_hash, user_id, session_id, expires_at', `decode(md5('r' || u.id || n), 'hex'), u.id, ${id}, now()`, 50);
  await each('idempotency_keys', 'user_id, key_hash, body_hash, token, held_until, expires_at',
    `u.id, decode(md5('k' || n), 'hex'), '', ${id}, now(), now() + interval '1 day'`, 500);
  await postgres.sql("UPDATE users SET role = 'admin' WHERE username = 'u42'", 'xbookmarker');
  await postgres.sql("UPDATE library SET version = 40000 + version", 'xbookmarker');
  await postgres.sql('VACUUM (ANALYZE)', 'xbookmarker');
}

before(async () => {
  const printed = await runCommand(['--print-statements']);
  assert.equal(printed.status, 0, printed.stderr);
  statements = JSON.parse(printed.stdout).map((one) => ({ ...one, sql: squeezed(one.sql) }));
  postgres = await planningPostgres();
  const database = { env: { DATABASE_URL: postgres.url, REDIS_URL: process.env.REDIS_URL, REDIS_PREFIX: 'plans:' } };
  x = await XSimulator.start();
  const sync = { SYNC_PACING: 'false', X_AUDIT_ENABLED: 'true', X_BUDGET_DAILY_USD: 'none', X_BUDGET_MONTHLY_USD: 'none' };
  const env = { ...x.env, ...sync, BACKUP_DATABASE: 'false', ENCRYPTION_KEY: 'of both', CACHE_ENABLED: 'false', WORKERS: '1', POOL_MIN: '1', POOL_MAX: '1' };
  const first = await startTestServer({ database, env }); // migrates
  servers.push(first);
  await fill();
  await stopClean(servers.pop());
  await postgres.startPlans();
  servers = [await startTestServer({ database, env: { ...env, RESIDENT_MEMORY: '0' } }), await startTestServer({ database, env })];
  user = await asUser('u42');
  heavy = await asUser('heavy');
});
after(async () => {
  for (const server of servers) await stopClean(server);
  x?.stop();
  await postgres?.remove();
});

async function asUser(name) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-plans-'));
  const env = { DATABASE_URL: postgres.url, REDIS_URL: process.env.REDIS_URL, DATA_DIR: dataDir };
  const { status, stderr } = await runCommand(['user', 'password', name], { env, input: `${kPassword}\n` });
  await rm(dataDir, { recursive: true, force: true });
  assert.equal(status, 0, stderr);
  return new Client(servers[0].url).logIn(name, kPassword);
}

// --- What is asked for. `again`: with other parameters, for the plan that is made for all of them. ---

const on = (server, client) => new Client(servers[server].url, client);
const kJapanese = encodeURIComponent('料理');

/** Every request of this list on the library of `client`, by the path through PostgreSQL or the one through memory. */
async function readAll(client) {
  const first = expectOk(await client.get('/api/bookmarks?limit=20')).data;
  const [one] = first.bookmarks;
  const { categories } = expectOk(await client.get('/api/categories')).data;
  const tag = encodeURIComponent(expectOk(await client.get('/api/tags?limit=1')).data.tags[0].name);
  const cursor = `cursor=${encodeURIComponent(first.pagination.nextCursor)}`;
  const author = encodeURIComponent(one.authorUsername);
  const search = await client.get(`/api/search?text=${kJapanese}&limit=20`);
  const next = encodeURIComponent(expectOk(search).data.pagination.nextCursor ?? '');
  const paths = [
    '/api/bookmarks?limit=20', `/api/bookmarks?limit=20&${cursor}`, '/api/bookmarks?limit=20&offset=200', '/api/bookmarks?limit=100',
    '/api/bookmarks?limit=20&sortOrder=asc', '/api/bookmarks?limit=20&isArchived=true', '/api/bookmarks?limit=20&includeArchived=true',
    '/api/bookmarks?limit=20&sortBy=author', '/api/bookmarks?limit=20&sortBy=author&sortOrder=desc', '/api/bookmarks?limit=7',
    `/api/bookmarks?limit=20&categoryIds=${categories[0].id}`, `/api/bookmarks?limit=20&tags=${tag}`, `/api/bookmarks?limit=20&authorUsername=${author}`,
    '/api/bookmarks?limit=20&uncategorized=true', '/api/bookmarks?limit=20&dateFrom=2024-01-01&dateTo=2024-12-31', '/api/bookmarks?limit=20&hasMedia=true',
    `/api/bookmarks?limit=20&text=${kJapanese}`, `/api/bookmarks/${one.id}`, '/api/categories', `/api/categories/${categories[0].id}`, '/api/tags?limit=100',
    `/api/tags?q=${tag}`, '/api/search?limit=20', `/api/search?text=${kJapanese}&limit=20`, `/api/search?text=${kJapanese}&limit=20&cursor=${next}`,
    `/api/search?text=${kJapanese}&limit=20&sortBy=date`, '/api/search?text=latency&limit=20', '/api/search?text=%E3%81%AE&limit=20', '/api/search?text=lat*&limit=20',
    `/api/search?text=tag:${tag}&limit=20`, `/api/bookmarks?text=latency+OR+tag:${tag}&limit=20&sortBy=relevance`, `/api/search?text=author:${author}&limit=20`, '/api/search?text=zzzzqqq&limit=20',
    '/api/suggestions/search?q=al', '/api/suggestions/popular', '/api/search/suggestions?q=al', '/api/search/history?limit=20', '/api/search/history?limit=20&offset=500',
    '/api/search/analytics', '/api/search/saved?limit=20', '/api/stats/database', '/api/stats/usage', '/api/changes?since=0', '/api/changes?since=9000',
    '/api/import/history?limit=20', '/api/auth/me', '/api/auth/profile', '/api/auth/x/account', '/api/jobs?limit=20', '/api/jobs?limit=20&type=import&state=completed', '/api/sync/history', '/api/sync/stats',
    '/api/sync/analytics', '/api/sync/health', '/api/sync/spend', '/api/sync/forecast', '/api/sync/status/01a00000-0000-7000-8000-000000000000',
  ];
  for (let time = 0; time < kTimes; ++time) {
    for (const where of paths) await client.get(where);
  }
}

/** What the routes above do not ask for. */
async function readTheRest() {
  const [cold] = servers;
  const login = await user.post('/api/auth/login', { username: 'u7', password: kPassword });
  assert.equal(login.status, 401);
  assert.equal((await user.post('/api/auth/register', { username: 'u42', password: kPassword })).status, 409);
  const cookie = user.answer.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
  expectOk(await new Client(cold.url).get('/api/auth/me', { cookie }));
  for (const what of ['sessions', 'tokens']) expectOk(await user.get(`/api/auth/${what}`));
  const { token } = expectOk(await user.post('/api/auth/tokens', { name: 'plans', scopes: ['read'] }), 201).data;
  expectOk(await new Client(cold.url, { token }).get('/api/auth/me'));
  const begun = expectOk(await user.get('/api/auth/x/oauth?link=true'));
  expectOk(await user.post('/api/auth/x/callback', x.authorize(begun.authUrl, x.addUser('1', 'on_x'))));
  x.setBookmarks('1', Array.from({ length: 300 }, (_, i) => 300 - i));
  for (const fullSync of [true, false]) {
    const { body } = await user.post('/api/sync', { fullSync });
    await until(async () => expectOk(await user.get(`/api/jobs/${body.jobId}`)).data.job.state === 'completed', 60_000);
  }
  await runCommand(['user', 'list'], { env: { DATABASE_URL: postgres.url, REDIS_URL: process.env.REDIS_URL, DATA_DIR: cold.dataDir } });
  const posts = Array.from({ length: 30 }, (_, i) => ({ id: `99${i}`, content: `imported ${i}`, author_username: 'b', tags: ['imported'] }));
  for (const duplicateStrategy of ['skip', 'update', 'create_duplicate']) await user.importFile('posts.json', JSON.stringify(posts), { duplicateStrategy });
  const parts = { includeBookmarks: true, includeCategories: true, includeTags: true, includeSearchHistory: true, includeSettings: true };
  for (const more of [{}, { includeArchived: false, dateRange: { from: '2024-01-01' } }]) {
    const { body } = await user.post('/api/export', { format: 'ndjson', ...parts, ...more });
    await until(async () => expectOk(await user.get(`/api/export/status/${body.jobId}`)).status === 'completed', 60_000);
  }
  // One that is cancelled has no file to look for, or has one.
  const { body: cancelled } = await user.post('/api/export', { format: 'ndjson', ...parts });
  await user.delete(`/api/jobs/${cancelled.jobId}`);
  await until(async () => expectOk(await user.get(`/api/jobs/${cancelled.jobId}`)).data.job.finishedAt, 60_000);
  const tag = expectOk(await user.get('/api/tags?limit=1')).data.tags[0].name;
  expectOk(await user.put('/api/tags/imported', { name: 'renamed' }));
  expectOk(await user.put(`/api/tags/${encodeURIComponent(tag)}`, { color: '#123456' }));
  for (const since of [0, 9000]) await user.get(`/api/changes?include=ids&since=${since}`);
  const { etag } = Object.fromEntries((await user.get('/api/changes?since=0&limit=10')).headers);
  await user.get('/api/changes?since=0&limit=10', { 'if-none-match': etag ?? '"x"' });
  const key = { 'idempotency-key': 'plans' };
  for (let i = 0; i < 2; ++i) await user.post('/api/search/history', { text: 'k' }, key);
  await user.addBookmark({ content: 'made singly' });
  const resident = on(1, user);
  expectOk(await resident.get('/api/search?text=imported'));
  const [found] = expectOk(await user.get('/api/search?text=imported')).data.bookmarks;
  expectOk(await user.put(`/api/bookmarks/${found.id}`, { note: 'written' }));
  expectOk(await resident.get('/api/search?text=written'));
  expectOk(await user.delete(`/api/bookmarks/${found.id}`));
  expectOk(await resident.get('/api/search?text=written'));
}

/** What operators ask for, `user` among them. */
async function readAsOperator() {
  const paths = ['stats', 'schedule/status', 'health', 'history?limit=20', 'details/daily-2026-01-01T00-00-00-000Z'].map((name) => `/api/backup/${name}`);
  const seen = ['dashboard', 'database', 'queues', 'health'].map((name) => `/api/performance/${name}`);
  const madeOf = async () => expectOk(await user.get('/api/backup/stats')).totalBackups;
  // One that was cancelled before it began, whose files are looked for.
  await postgres.sql(`INSERT INTO jobs (user_id, id, type, state, created_at, started_at, finished_at)
    SELECT id, md5('cancelled')::uuid, 'backup', 'cancelled', now(), now(), now() FROM users WHERE username = 'u42'`, 'xbookmarker');
  expectOk(await user.post('/api/backup/manual', {}));
  await until(async () => (await madeOf()) === 1, 60_000);
  expectOk(await user.post('/api/backup/schedule/start', {}));
  await postgres.sql("UPDATE backup_schedule SET heeded_at = now() - interval '2 days' WHERE type = 'daily'", 'xbookmarker');
  await until(async () => (await madeOf()) === 2, 60_000);
  for (let time = 0; time < kTimes; ++time) for (const where of [...paths, ...seen, '/metrics']) await user.get(where);
  const leaver = await asUser('u41');
  expectOk(await leaver.request('DELETE', '/api/auth/me', { body: { confirm: 'u41', password: kPassword } }));
}

// --- What is expected. ---

// No plan: they set something and read nothing.
const kWithoutPlan = new Set(['bookmark.keep_plans', 'resident.one_moment', 'account.allow_long']);
// Those that look at all of a library: each of its rows once, and no other user's. The others read about a page.
const kOfLibrary = /^(export\.(count|select_searches|select_tags)|sync\.select_to_audit|stats\.count_all|stats\.count_days|suggestion\.|history\.(count|summarise|count_terms|count_days|select)|import\.count_history|resident\.select_next|tag\.select_tagged|changes\.select_tombstones)/;
// Those that are given keys of rows: a few pages for each of them.
const kByKeys = new Set(['bookmark.select_by_ids', 'bookmark.select_by_posts', 'bookmark.select_ids_by_posts', 'import.select_taken_ids', 'resident.select_page']);
const kBuffersOfKey = 12;
const kOfEverybody = new Set(['account.select_users']);
// What operators see: of the jobs of everybody each one once, from an index, and the catalogue of tables and indexes.
const kOfOperators = /^performance\./;
const kPageRows = 101;
const kPageBuffers = 400;
const kTableBuffers = kEach / 2;

/** How a statement that is put together from a filter is to be answered. */
function kindOf(sql) {
  // The score of a hit may need its long vector.
  if (/^WITH hits AS (\(|MATERIALIZED .*search_vector_bcd @@)/.test(sql)) return 'relevance';
  if (/^SELECT b\.id, b\.version/.test(sql)) return /strpos|search_vector|tags &&/.test(sql.replace(/ORDER BY.*/, '')) ? 'filtered page' : 'page';
  if (/^(SELECT count\(\*\), \(SELECT l\.version|WITH hits AS MATERIALIZED)/.test(sql)) return 'library';
  return undefined;
}

const kKinds = {
  page: { buffers: kPageBuffers, sorted: kPageRows },
  'filtered page': { buffers: kTableBuffers, sorted: kPageRows },
  relevance: { buffers: 4 * kEach, sorted: kPageRows },
  library: { buffers: kTableBuffers, sorted: kEach },
  everybody: { buffers: kPageBuffers, sorted: kUsers + 1 },
  operators: { buffers: 2.5 * kPageBuffers, sorted: kUsers + 1 },
};

function expectationOf(name, sql) {
  if (name === undefined) return kKinds[kindOf(sql)];
  if (kOfEverybody.has(name)) return kKinds.everybody;
  if (kOfOperators.test(name)) return kKinds.operators;
  return kOfLibrary.test(name) ? kKinds.library : kKinds.page;
}

/** What is wrong with a plan; empty: nothing. */
function faultsOf({ name, sql, plan }, pages) {
  const wanted = expectationOf(name, sql);
  if (!wanted) return [`an unknown statement: ${sql.slice(0, 200)}`];
  const faults = [];
  for (const table of scannedOf(plan)) {
    if ((pages.get(table) ?? 0) > kSmallPages) faults.push(`reads all of ${table}`);
  }
  const most = wanted.buffers + (kByKeys.has(name) ? kBuffersOfKey * plan['Actual Rows'] : 0); // keys of no row cost as well
  if (buffersOf(plan) > most) faults.push(`${buffersOf(plan)} buffers instead of ${most}`);
  if (sortedRowsOf(plan) > wanted.sorted) faults.push(`sorts ${sortedRowsOf(plan)} rows instead of ${wanted.sorted}`);
  // Rows of others that were looked at and thrown away.
  for (const node of nodesOf(plan)) {
    const removed = (node['Rows Removed by Filter'] ?? 0) + (node['Rows Removed by Index Recheck'] ?? 0);
    if (removed * node['Actual Loops'] > 2 * kEach) faults.push(`throws ${removed} rows away`);
  }
  return faults.map((fault) => `${name ?? sql.slice(0, 400)}: ${fault} (${indexesOf(plan).join(', ')})`);
}

async function plansWithNames() {
  // A statement of ours behind all others: when it is there, they are.
  const mark = `SELECT ${Date.now()}`;
  await postgres.sql(mark, 'xbookmarker');
  const byText = new Map(statements.map(({ name, sql }) => [sql, name]));
  const plans = await until(async () => {
    const all = await postgres.plans();
    return all.some(({ sql }) => sql === mark) && all;
  });
  return plans.map((one) => ({ ...one, name: byText.get(one.sql) }));
}

const isOurs = ({ name, sql }) => name !== undefined || kindOf(sql) !== undefined;

test('every statement that reads uses its index, a bounded number of pages, and sorts no more than a page', async () => {
  for (const server of [0, 1]) await readAll(on(server, user));
  await readTheRest();
  await readAsOperator();
  const pages = new Map((await postgres.sql("SELECT relname, relpages FROM pg_class WHERE relkind = 'r'", 'xbookmarker')).map(([name, count]) => [name, Number(count)]));
  assert.ok(pages.get('bookmarks') > 100_000, 'the tables are as large as they should be');
  const reads = new Set(statements.filter(({ access }) => access === 'read').map(({ name }) => name));
  const plans = (await plansWithNames()).filter((one) => isOurs(one) && (one.name === undefined || reads.has(one.name)));
  const asked = new Set(plans.map(({ sql }) => sql)); // two names may have one text
  const unasked = statements.filter(({ name, sql }) => reads.has(name) && !asked.has(sql) && !kWithoutPlan.has(name));
  assert.deepEqual(unasked.map(({ name }) => name), [], 'statements that nothing asked for');
  const kinds = new Set(plans.filter(({ name }) => name === undefined).map(({ sql }) => kindOf(sql)));
  assert.deepEqual([...kinds].sort(), ['filtered page', 'library', 'page', 'relevance']);
  const faults = new Set(plans.flatMap((one) => faultsOf(one, pages)));
  assert.deepEqual([...faults], []);
});

test('a library of 100,000 is listed as cheaply as one of 10,000', async () => {
  const before = (await postgres.plans()).length;
  const client = on(0, heavy);
  let cursor = '';
  for (let i = 0; i < 60; ++i) {
    const { pagination } = expectOk(await client.get(`/api/bookmarks?limit=100${cursor}`)).data;
    cursor = `&cursor=${encodeURIComponent(pagination.nextCursor)}`;
  }
  const lists = (await plansWithNames()).slice(before).filter(({ sql }) => kindOf(sql) === 'page');
  assert.ok(lists.length >= 60);
  for (const { plan } of lists) {
    assert.ok(buffersOf(plan) <= kPageBuffers, `${buffersOf(plan)} buffers`);
    assert.deepEqual(indexesOf(plan).filter((name) => name.startsWith('bookmarks')), ['bookmarks_active_idx']);
    assert.equal(sortedRowsOf(plan), 0);
  }
});

test('a missing index is noticed', async () => {
  const [[definition]] = await postgres.sql("SELECT indexdef FROM pg_indexes WHERE indexname = 'bookmarks_author_idx'", 'xbookmarker');
  await postgres.sql('DROP INDEX bookmarks_author_idx', 'xbookmarker');
  const before = (await postgres.plans()).length;
  expectOk(await on(0, user).get('/api/bookmarks?limit=20&sortBy=author'));
  const faults = (await plansWithNames()).slice(before).filter(({ sql }) => kindOf(sql) === 'page').flatMap((one) => faultsOf(one, new Map()));
  assert.ok(faults.length > 0);
  await postgres.sql(definition, 'xbookmarker');
});
