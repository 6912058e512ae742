// The query analyzer (contract 3.19): on a database that lacks an index it asks for exactly that one back, and on the
// healthy one for none; parameters, rights to the numbers, the command, and that it leaves nothing behind.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, startTestServer, stopClean } from '../support/client.mjs';
import { adminSql, runCommand } from '../support/server.mjs';

const run = promisify(execFile);
const kBookmarks = 20_000;
const kContract = ['bookmarks.list', 'bookmarks.count', 'search.text', 'search.facets', 'categories.tree', 'suggestions.search', 'changes.since'];

let server;
let admin;
let user;
const sql = (text) => adminSql(text, server.database.name);

/** A library of 20,000 with a category and an archive whose bookmarks are its oldest, and other tables that are not empty. */
async function fill(url, name, ask) {
  const generate = process.env.XBM_GENERATE ?? path.join(path.dirname(process.env.XBM_BIN), 'tests/support/generate/xbm_generate');
  await run(generate, ['--bookmarks', String(kBookmarks), '--database', url, '--user', name, '--seed', '1', '--threads', '2'], { maxBuffer: 1 << 26 });
  const oldest = (count) => `(SELECT b.user_id, b.id FROM bookmarks b JOIN users u ON u.id = b.user_id WHERE u.username = '${name}' ORDER BY b.bookmarked_at LIMIT ${count})`;
  await ask(`INSERT INTO categories (user_id, id, library_version, name, color, icon, sort_order, created_at, updated_at)
    SELECT id, md5('rare')::uuid, 0, 'rare', '#112233', 'x', 9, now(), now() FROM users WHERE username = '${name}'`);
  await ask(`UPDATE bookmarks SET category_id = md5('rare')::uuid, is_archived = false WHERE (user_id, id) IN ${oldest(40)}`);
  await ask(`UPDATE bookmarks SET is_archived = false WHERE is_archived AND (user_id, id) NOT IN ${oldest(4000)}`);
  const each = (table, columns, values, count) => ask(
    `INSERT INTO ${table} (${columns}) SELECT ${values} FROM users u CROSS JOIN generate_series(1, ${count}) AS n WHERE u.username = '${name}'`);
  const id = "md5(u.id::text || n)::uuid";
  const hours = "now() - n * interval '1 hour'";
  await each('jobs', 'user_id, id, type, state, created_at, started_at, finished_at, attempt, is_clean',
    `u.id, ${id}, CASE WHEN n % 300 = 0 THEN 'sync' ELSE 'import' END, 'completed', ${hours}, ${hours}, now(), 1, true`, 5000);
  await each('search_history', 'user_id, id, query, result_count, execution_ms, created_at',
    `u.id, ${id}, jsonb_build_object('text', 'word ' || n % 50), n, 1, ${hours}`, 3000);
  await each('tombstones', 'user_id, library_version, type, item_id, deleted_at', `u.id, 100000 + n, 'bookmark', ${id}::text, ${hours}`, 3000);
  await each('x_bookmarks', 'user_id, post_id, position, run', `u.id, (9000000 + n)::text, n, ${id}`, 5000);
  await each('x_spend', 'user_id, id, at, endpoint, status, resources, new_resources, unit_price, amount', `u.id, ${id}, ${hours}, 'bookmarks', 200, 1, 1, 1, 1`, 5000);
  await ask('VACUUM (ANALYZE)');
}

before(async () => {
  server = await startTestServer({ env: { RESIDENT_MEMORY: '0', CACHE_ENABLED: 'false', WORKERS: '1' } });
  admin = await new Client(server.url).register('admin');
  user = await admin.register('other');
  await user.addBookmark({ content: 'of somebody else' });
  await fill(server.database.url, 'admin', sql);
});
after(() => stopClean(server));

const analyze = async (query, more = {}) => expectOk(await admin.post('/api/performance/analyze', { query, ...more }));
const names = async () => expectOk(await admin.get('/api/performance/queries')).queries.map(({ name }) => name);
/** What an index is, without its name. */
const shapeOf = (definition) => definition.replace(/ (CONCURRENTLY |UNIQUE )?(\w+ )?ON (public\.)?/, ' ON ').replace(/ USING btree/, '').replace(/[()"]/g, '');

async function expectNoAdvice() {
  const advised = [];
  for (const name of await names()) {
    const { recommendations } = await analyze(name);
    if (recommendations.length > 0) advised.push([name, recommendations.map(({ ddl }) => ddl)]);
  }
  assert.deepEqual(advised, []);
}

// Each index, a query that needs it, and the parameters with which it does.
const kNeeded = [
  ['bookmarks_archived_idx', 'bookmarks.list_archived'], ['bookmarks_category_idx', 'bookmarks.list_of_category'],
  ['bookmarks_author_idx', 'bookmarks.list_by_author'], ['bookmarks_change_idx', 'changes.since'], ['bookmarks_change_idx', 'resident.select_written'],
  ['bookmarks_tags_idx', 'bookmarks.list_of_tag'], ['bookmarks_search_idx', 'search.text'], ['bookmarks_search_idx', 'search.facets'],
  ['jobs_created_idx', 'job.select_page', { type: null }], ['jobs_id_idx', 'job.select_owner'], ['x_bookmarks_position_idx', 'sync.count_between'],
];
// hypopg knows no GIN.
const isEstimated = (index) => !/_(tags|search)_idx$/.test(index);
// Ordered alike from both ends: which one is written down is of no matter where nothing is sorted.
const kEitherWay = new Set(['x_bookmarks_position_idx']);

async function without(index, work) {
  const [[definition]] = await sql(`SELECT indexdef FROM pg_indexes WHERE indexname = '${index}'`);
  await sql(`DROP INDEX ${index}`);
  try {
    await work(definition);
  } finally {
    await sql(definition);
  }
}

test('the catalogue: what the contract names and every statement that reads, each with how it does', async () => {
  expectOk(await admin.get('/api/bookmarks?limit=20'));
  const { queries } = expectOk(await admin.get('/api/performance/queries'));
  const byName = new Map(queries.map((query) => [query.name, query]));
  for (const name of kContract) assert.ok(byName.has(name), name);
  assert.equal(byName.size, queries.length, 'no name stands for two');
  assert.deepEqual(byName.get('bookmarks.list_of_category').parameters,
    [{ name: 'userId', type: 'uuid' }, { name: 'categoryId', type: 'uuid' }, { name: 'limit', type: 'int8' }]);
  const list = byName.get('bookmarks.list');
  assert.ok(list.calls >= 1 && list.meanTime > 0 && list.p95 > 0, JSON.stringify(list));
  const statements = JSON.parse((await runCommand(['--print-statements'])).stdout).filter(({ access }) => access === 'read');
  const reached = [];
  for (const { name } of statements) {
    if ((await admin.post('/api/performance/analyze', { query: name, params: { 'no such': 1 } })).status === 400) reached.push(name);
  }
  const missing = statements.map(({ name }) => name).filter((name) => !reached.includes(name));
  assert.deepEqual(missing.sort(), ['account.allow_long', 'bookmark.keep_plans', 'resident.one_moment'], 'those that read no table');
});

test('an analysis tells what PostgreSQL did', async () => {
  const answer = await analyze('bookmarks.list');
  assert.equal(answer.query, 'bookmarks.list');
  assert.match(answer.sql, /^SELECT b\.id, .* FROM bookmarks b WHERE b\.user_id = \$1 AND NOT b\.is_archived/);
  assert.ok(answer.executionTime > 0 && answer.planningTime > 0 && answer.bufferHits + answer.bufferReads > 0);
  const used = answer.indexUsage.find(({ table }) => table === 'bookmarks');
  assert.match(used.index, /^bookmarks_(active|date)_idx$/);
  assert.deepEqual({ ...used, index: '' }, { index: '', table: 'bookmarks', scanType: 'Index Scan', rows: 21, loops: 1 });
  assert.equal(answer.plan[0].Plan['Actual Rows'], 21);
  assert.equal(answer.plan[0].Settings, undefined);
  const alias = await analyze('suggestion.select_authors');
  assert.equal(alias.query, 'suggestions.search', 'the name of the contract');
});

test('parameters: given ones are used, those missing come from the account', async () => {
  const [[category]] = await sql("SELECT id FROM categories WHERE active_count > 1000 LIMIT 1");
  const one = await analyze('bookmarks.list_of_category', { params: { categoryId: category, limit: 50 } });
  assert.ok(JSON.stringify(one.plan).includes(category));
  assert.equal(one.plan[0].Plan['Actual Rows'], 51);
  const none = await analyze('bookmarks.list_of_tag', { params: { tag: "'; DROP TABLE bookmarks; --" } });
  assert.equal(none.plan[0].Plan['Actual Rows'], 0);
  const text = await analyze('search.text', { params: { text: 'server -database' } });
  assert.match(text.sql, /search_vector @@ \$/);
  const [[other]] = await sql("SELECT id FROM users WHERE username = 'other'");
  const theirs = await analyze('bookmarks.list', { userId: other });
  assert.equal(theirs.plan[0].Plan['Actual Rows'], 1);
  const typed = await analyze('job.select_page', { params: { type: null, state: 'completed', before: '2020-01-01', beforeId: kNobodysId, limit: 5, offset: 0 } });
  assert.equal(typed.plan[0].Plan['Actual Rows'], 0);
  const many = await analyze('export.count', { params: { tags: ['a', 'b'], categoryIds: [category], archived: false } });
  assert.equal(many.plan[0].Plan['Actual Rows'], 1);
  const bytes = await analyze('session.select_cookie_holder', { params: { cookieHash: '00ff' } });
  assert.match(JSON.stringify(bytes.plan), /00ff/);
});

test('what cannot be analyzed', async () => {
  const post = (body) => admin.post('/api/performance/analyze', body);
  for (const query of ['nothing', 'SELECT 1', 'bookmark.insert', 'transaction.begin']) expectProblem(await post({ query }), 404, 'QUERY_NOT_FOUND');
  const wrong = async (body, faults) => assert.deepEqual(faultsOf(expectProblem(await post(body), 400, 'INVALID_ANALYZE_PARAMS')).sort(), faults);
  await wrong({}, ['query:invalid_type']);
  await wrong({ query: 5, userId: 'x', params: [] }, ['params:invalid_type', 'query:invalid_type', 'userId:invalid_string']);
  await wrong({ query: 'bookmarks.list', userId: kNobodysId }, ['userId:custom']);
  await wrong({ query: 'bookmarks.list', params: { limit: 'x', sql: 'y' } }, ['params.limit:custom', 'params.sql:custom']);
  await wrong({ query: 'bookmarks.list', params: { limit: 0 } }, ['params.limit:custom']);
  await wrong({ query: 'bookmarks.list_of_tag', params: { tag: null } }, ['params.tag:custom']);
  await wrong({ query: 'search.text', params: { text: 'a '.repeat(200) } }, ['params.text:custom']);
  await wrong({ query: 'job.select', params: { jobId: 'x', type: 5 } }, ['params.jobId:custom', 'params.type:custom']);
  await wrong({ query: 'bookmark.select_by_ids', params: { ids: ['x'] } }, ['params.ids:custom']);
  await wrong({ query: 'session.select', params: { now: 'yesterday' } }, ['params.now:custom']);
  await wrong({ query: 'idempotency.select', params: { keyHash: 'xyz' } }, ['params.keyHash:custom']);
  expectProblem(await user.post('/api/performance/analyze', { query: 'bookmarks.list' }), 403, 'ADMIN_REQUIRED');
  expectProblem(await user.get('/api/performance/queries'), 403, 'ADMIN_REQUIRED');
});

test('without hypopg: no advice on the healthy database, and what is clear is told without an estimate', async () => {
  assert.deepEqual(await sql("SELECT extname FROM pg_extension WHERE extname = 'hypopg'"), []);
  await expectNoAdvice();
  for (const [index, query] of [['bookmarks_change_idx', 'changes.since'], ['bookmarks_category_idx', 'bookmarks.list_of_category'], ['bookmarks_search_idx', 'search.text']]) {
    await without(index, async (definition) => {
      const { recommendations } = await analyze(query);
      assert.deepEqual(recommendations.map(({ ddl }) => shapeOf(ddl)), [shapeOf(definition)]);
      const [{ costBefore, costAfter, improvement, estimatedBy }] = recommendations;
      assert.ok(costBefore > 0);
      assert.deepEqual([costAfter, improvement, estimatedBy], [null, null, 'none']);
    });
  }
});

test('the healthy database: no advice for any query', async () => {
  await sql('CREATE EXTENSION hypopg');
  await expectNoAdvice();
});

for (const [index, query, params = {}] of kNeeded) {
  test(`without ${index}, ${query} asks for it, and for nothing when it is there`, async () => {
    await without(index, async (definition) => {
      const { recommendations } = await analyze(query, { params });
      assert.equal(recommendations.length, 1, JSON.stringify(recommendations));
      const [{ message, ddl, costBefore, costAfter, improvement, estimatedBy }] = recommendations;
      const wanted = kEitherWay.has(index) ? shapeOf(definition).replaceAll(' DESC', '') : shapeOf(definition);
      assert.equal(shapeOf(ddl), wanted);
      assert.match(ddl, /^CREATE INDEX CONCURRENTLY ON /);
      assert.match(message, /^\d+ /);
      assert.equal(estimatedBy, isEstimated(index) ? 'hypopg' : 'none');
      if (isEstimated(index)) {
        assert.ok(costAfter < 0.8 * costBefore, `${costBefore} -> ${costAfter}`);
        assert.ok(Math.abs(improvement - 100 * (1 - costAfter / costBefore)) < 0.1);
      }
      const table = await sql(`SELECT indexname FROM pg_indexes WHERE tablename = '${/ ON (\w+)/.exec(ddl)[1]}'`);
      await sql(ddl);
      assert.deepEqual((await analyze(query, { params })).recommendations, [], 'it is there');
      const [[made]] = await sql(`SELECT indexname FROM pg_indexes WHERE tablename = '${/ ON (\w+)/.exec(ddl)[1]}'
        AND indexname NOT IN (${table.map(([name]) => `'${name}'`).join(', ')})`);
      await sql(`DROP INDEX ${made}`);
    });
  });
}

test('an index that another one nearly replaces is not asked for', async () => {
  await without('bookmarks_active_idx', async () => assert.deepEqual((await analyze('bookmarks.list')).recommendations, []));
});

test('nothing stays: no index, no setting, no row', async () => {
  const state = () => sql(`SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_namespace), (SELECT sum(n_live_tup) FROM pg_stat_user_tables),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%')`);
  const before_ = await state();
  for (const name of kContract) await analyze(name);
  assert.deepEqual(await state(), before_);
});

test('more at a time than may: the others are told to come back', async () => {
  const answers = await Promise.all(Array.from({ length: 6 }, () => admin.post('/api/performance/analyze', { query: 'search.facets' })));
  const statuses = answers.map(({ status }) => status);
  assert.ok(statuses.includes(200));
  assert.deepEqual(statuses.filter((status) => status !== 200 && status !== 503), []);
});

test('the command: a table, the details, JSON', async () => {
  const command = (...args) => runCommand(['analyze', ...args], { env: { ...server.database.env, DATA_DIR: server.dataDir } });
  const all = await command();
  assert.equal(all.status, 0, all.stderr);
  const lines = all.stdout.trim().split('\n');
  assert.match(lines[0], /^query +ms +rows +buffers +advice$/);
  assert.equal(lines.length - 1, (await names()).length);
  assert.match(all.stdout, /^bookmarks\.list +\d+\.\d+ +21 +\d+ +-$/m);
  await without('bookmarks_change_idx', async () => {
    const details = await command('changes.since', '--user', 'admin');
    assert.match(details.stdout, /CREATE INDEX CONCURRENTLY ON bookmarks \(user_id, library_version\) {2}\(cost \d+ -> \d+, \d+ % less\)/);
    assert.match(details.stdout, /rows of bookmarks were read and thrown away/);
  });
  const { stdout } = await command('categories.tree', '--json', '--user', 'other');
  const parsed = JSON.parse(stdout);
  assert.deepEqual([parsed.query, parsed.recommendations], ['categories.tree', []]);
  assert.equal((await command('nothing')).status, 2);
  assert.equal((await command('categories.tree', '--user', 'nobody')).status, 1);
});

test('the private server: indexes are imagined although nobody has installed anything, and nothing is installed', async () => {
  const own = await startTestServer({ database: false, env: { RESIDENT_MEMORY: '0', WORKERS: '1' } });
  try {
    const owner = await new Client(own.url).register('owner');
    const url = `postgresql://xbookmarker@/xbookmarker?host=${path.join(own.dataDir, 'sockets')}`;
    const ask = async (text) => (await run(process.env.XBM_TEST_PSQL ?? 'psql', ['-X', '-q', '-A', '-t', '-c', text, url])).stdout.trim();
    await fill(url, 'owner', ask);
    await ask('DROP INDEX bookmarks_change_idx');
    const { recommendations } = expectOk(await owner.post('/api/performance/analyze', { query: 'changes.since' }));
    assert.deepEqual(recommendations.map(({ ddl, estimatedBy }) => [ddl, estimatedBy]),
      [['CREATE INDEX CONCURRENTLY ON bookmarks (user_id, library_version)', 'hypopg']]);
    assert.equal(await ask("SELECT (SELECT count(*) FROM pg_extension WHERE extname = 'hypopg') + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'xbm%')"), '0');
    const { plan } = expectOk(await owner.post('/api/performance/analyze', { query: 'bookmarks.list' }));
    assert.equal(plan[0].Plan['Actual Rows'], 21);
  } finally {
    await stopClean(own);
  }
});
