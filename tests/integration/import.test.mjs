// Imports over HTTP and on the command line, and what a crash leaves (contract 3.15, 6).
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  Client, expectOk, expectProblem, kNobodysId, kTime, kUuid, startTestServer, stopClean, until,
} from '../support/client.mjs';
import { adminSql, hasServices, runCommand, withDatabase } from '../support/server.mjs';

const kSamples = { 'sample-export.json': 'twitter-web-exporter', 'sample.csv': 'twitter-web-exporter', 'sample-graphql.json': 'x-graphql' };

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`import${++users}`);
const sample = (name) => readFile(new URL(`../data/${name}`, import.meta.url));
const totalOf = async (user) => expectOk(await user.get('/api/bookmarks?includeArchived=true&limit=1')).data.pagination.total;
const counts = ({ totalProcessed, imported, updated, unchanged, skipped, errors }) => ({ totalProcessed, imported, updated, unchanged, skipped, errors });
const nothing = { imported: 0, updated: 0, unchanged: 0, skipped: 0, errors: 0 };

const kPosts = JSON.parse(await sample('sample-export.json'));

for (const [name, format] of Object.entries(kSamples)) {
  test(`${name}, and once more: unchanged`, async () => {
    const user = await freshUser();
    const first = await user.importFile(name, await sample(name));
    assert.equal(first.status, 'completed', JSON.stringify(first));
    assert.equal(first.userId, user.user.id);
    assert.match(first.jobId, kUuid);
    assert.match(first.createdAt, kTime);
    assert.match(first.completedAt, kTime);
    assert.equal(first.progress.percentage, 100);
    const { imported, errors, totalProcessed } = first.result;
    assert.ok(imported > 10, JSON.stringify(first.result));
    assert.equal(errors, 0, JSON.stringify(first.result));
    assert.equal(totalProcessed, imported + first.result.skipped + first.result.unchanged);
    assert.equal(await totalOf(user), imported);
    const { items } = await user.all('/api/bookmarks');
    assert.equal(new Set(items.map(({ xTweetId }) => xTweetId)).size, imported);
    assert.ok(items.every(({ source, bookmarkedAtSource }) => source === `import:${format}` && bookmarkedAtSource === 'first_seen'));
    const eggplant = items.find(({ xTweetId }) => xTweetId === kPosts[0].id);
    assert.match(eggplant.content, /^今日の料理は茄子の煮びたし。[\s\S]*\n\n材料/);
    assert.equal(eggplant.authorUsername, 'mori_kitchen');
    assert.equal(eggplant.authorDisplayName, '森の台所');
    assert.equal(eggplant.postedAt, '2026-08-20T12:14:05.000Z');
    assert.equal(eggplant.metrics.likes, 812);
    assert.deepEqual(eggplant.mediaUrls, ['https://media.example/full/mori_kitchen-1-1.jpg']);
    assert.equal(items[0].xTweetId, kPosts[0].id, 'the order of the file: first is newest');

    const version = (await user.get('/api/bookmarks')).headers.get('etag');
    const second = await user.importFile(name, await sample(name));
    assert.deepEqual(counts(second.result), { ...nothing, totalProcessed, unchanged: totalProcessed });
    assert.equal((await user.get('/api/bookmarks')).headers.get('etag'), version, 'nothing was written');
    assert.deepEqual((await user.all('/api/bookmarks')).items, items);
  });
}

test('one library from three formats', async () => {
  const user = await freshUser();
  for (const name of Object.keys(kSamples)) await user.importFile(name, await sample(name));
  const { items } = await user.all('/api/bookmarks');
  const ids = items.map(({ xTweetId }) => xTweetId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { id } of kPosts) assert.ok(ids.includes(id), id);
});

test('compressed files are read as well', async () => {
  const user = await freshUser();
  const done = await user.importFile('sample-export.json.gz', gzipSync(await sample('sample-export.json')));
  assert.ok(done.result?.imported > 10, JSON.stringify(done));
});

test('an empty, a cut and a binary file are clear errors, never a crash', async () => {
  const user = await freshUser();
  const whole = await sample('sample-export.json');
  const files = {
    'empty.json': '', 'binary.json': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) & 255)),
    'zeros.csv': Buffer.alloc(10_000), 'page.html': '<html><body>no bookmarks</body></html>', 'half.json': '[{"id":',
    'picture.png': Buffer.from('89504e470d0a1a0a', 'hex'),
  };
  for (const [name, content] of Object.entries(files)) {
    const answer = await user.upload(name, content);
    if (answer.status === 202) {
      const done = await user.waitForImport(answer.body.jobId);
      assert.ok(done.status === 'failed' || done.result.errors > 0, `${name}: ${JSON.stringify(done)}`);
      assert.ok(done.error || done.result.errorReport.length > 0, name);
    } else {
      assert.ok(['INVALID_IMPORT_FILE', 'UNSUPPORTED_FILE_TYPE', 'IMPORT_FILE_REQUIRED'].includes(answer.body.code), `${name}: ${answer.text}`);
      expectProblem(answer, 400, answer.body.code);
    }
  }
  assert.equal(await totalOf(user), 0);
  const cut = await user.upload('cut.json', whole.subarray(0, whole.length * 0.6 | 0));
  assert.equal(cut.status, 202, cut.text);
  const done = await user.waitForImport(cut.body.jobId);
  assert.ok(done.status === 'failed' || done.result.errors > 0, JSON.stringify(done));
  const kept = await totalOf(user);
  assert.ok(kept < kPosts.length);
  const again = await user.importFile('whole.json', whole);
  assert.equal(again.result.imported + again.result.unchanged, kPosts.length, JSON.stringify(again.result));
  assert.equal(again.result.unchanged, kept);
});

test('a bad record is reported with its place and does not stop the others', async () => {
  const user = await freshUser();
  const good = (i) => ({ xTweetId: String(100 + i), content: `good ${i}`, authorUsername: 'a', authorDisplayName: 'A' });
  const records = [good(0), 'text', good(1), 7, { ...good(2), content: 'x'.repeat(100_001) }, good(3), null];
  const { result, status } = await user.importFile('mixed.json', JSON.stringify(records), { source: 'json' });
  assert.equal(status, 'completed');
  assert.deepEqual([result.imported, result.errors], [3, 4], JSON.stringify(result));
  assert.equal(result.errorReport.length, 4);
  for (const { line, code, message } of result.errorReport) assert.ok(Number.isInteger(line) && code && message);
  assert.equal(await totalOf(user), 3);
});

test('a dry run writes nothing and says what it would do', async () => {
  const user = await freshUser();
  const etag = (await user.get('/api/bookmarks')).headers.get('etag');
  const file = await sample('sample-export.json');
  const dry = await user.importFile('sample-export.json', file, { dryRun: 'true' });
  assert.equal(dry.status, 'completed', JSON.stringify(dry));
  assert.equal(dry.result.diff.new, kPosts.length);
  assert.ok(dry.result.diff.samples.length > 0 && dry.result.diff.samples.length <= 50);
  assert.equal((await user.get('/api/bookmarks')).headers.get('etag'), etag);
  assert.equal(await totalOf(user), 0);
  await user.importFile('sample-export.json', file);
  const after = await user.importFile('sample-export.json', file, { dryRun: 'true' });
  assert.equal(after.result.diff.unchanged, kPosts.length);
  assert.equal(after.result.diff.new, 0);
});

test('duplicate strategies', async () => {
  const user = await freshUser();
  const record = (fields) => JSON.stringify([{ xTweetId: '500', authorUsername: 'a', authorDisplayName: 'A', content: 'short', tags: ['one'], ...fields }]);
  await user.importFile('a.json', record(), { source: 'json' });
  const only = async () => (await user.all('/api/bookmarks')).items;
  const [first] = await only();
  const changed = record({ content: 'a much longer text', tags: ['two'] });
  const run = async (duplicateStrategy, content = changed) => (await user.importFile('a.json', content, { source: 'json', duplicateStrategy })).result;
  assert.equal((await run('skip')).skipped, 1);
  assert.deepEqual(await only(), [first]);
  assert.equal((await run('merge')).updated, 1);
  const [merged] = await only();
  assert.deepEqual([merged.content, merged.tags.toSorted(), merged.id], ['a much longer text', ['one', 'two'], first.id]);
  assert.equal((await run('update', record({ content: 'new', tags: ['three'] }))).updated, 1);
  const [updated] = await only();
  assert.deepEqual([updated.content, updated.tags], ['new', ['three']]);
  assert.equal((await run('create_duplicate')).imported, 1);
  const both = await only();
  assert.equal(both.length, 2);
  assert.ok(both.some(({ xTweetId }) => /^import-[0-9a-f]{32}$/.test(xTweetId)));
});

test('categories of the file are made, below each other', async () => {
  const user = await freshUser();
  const item = (i, category) => ({ xTweetId: String(i), content: `c${i}`, authorUsername: 'a', authorDisplayName: 'A', category });
  const file = JSON.stringify([item(1, 'Work / Code'), item(2, 'Work'), item(3, '料理・レシピ'), item(4)]);
  const { result } = await user.importFile('c.json', file, { source: 'json', defaultCategory: 'Inbox' });
  assert.equal(result.imported, 4, JSON.stringify(result));
  const byPost = Object.fromEntries((await user.all('/api/bookmarks')).items.map((b) => [b.xTweetId, b.category?.name]));
  assert.deepEqual(byPost, { 1: 'Code', 2: 'Work', 3: '料理・レシピ', 4: 'Inbox' });
  const { categories, total } = expectOk(await user.get('/api/categories')).data;
  assert.equal(total, 8);
  assert.deepEqual(categories.find(({ name }) => name === 'Work').children.map(({ name }) => name), ['Code']);
});

test('faults of the request', async () => {
  const user = await freshUser();
  const file = await sample('sample.csv');
  expectProblem(await user.upload('a.csv', file, { source: 'unknown' }), 400, 'INVALID_IMPORT_SOURCE');
  expectProblem(await user.upload('a.csv', file, { duplicateStrategy: 'explode' }), 400, 'INVALID_DUPLICATE_STRATEGY');
  expectProblem(await user.upload('a.exe', file), 400, 'UNSUPPORTED_FILE_TYPE');
  expectProblem(await user.upload('a.csv', file, { source: 'x-graphql' }), 400, 'INVALID_IMPORT_FILE');
  const form = new FormData();
  form.append('source', 'auto');
  expectProblem(await user.request('POST', '/api/import', { raw: form }), 400, 'IMPORT_FILE_REQUIRED');
  expectProblem(await user.post('/api/import', {}), 415, 'UNSUPPORTED_MEDIA_TYPE');
  const broken = await user.request('POST', '/api/import', { raw: '--x\r\nno form', headers: { 'content-type': 'multipart/form-data; boundary=x' } });
  assert.equal(broken.status, 400, broken.text);
  expectProblem(await nobody.upload('a.csv', file), 401, 'MISSING_AUTH_HEADER');
  assert.equal(await totalOf(user), 0);
});

test('the status and history of a job are its owner\'s', async () => {
  const [user, stranger] = [await freshUser(), await freshUser()];
  const { jobId } = await user.importFile('sample.csv', await sample('sample.csv'));
  expectProblem(await stranger.get(`/api/import/status/${jobId}`), 404, 'JOB_NOT_FOUND');
  expectProblem(await user.get(`/api/import/status/${kNobodysId}`), 404, 'JOB_NOT_FOUND');
  expectProblem(await user.get('/api/import/status/nonsense'), 404, 'JOB_NOT_FOUND');
  const later = await user.importFile('sample.csv', await sample('sample.csv'));
  const { history, pagination } = expectOk(await user.get('/api/import/history'));
  assert.deepEqual(history.map((entry) => entry.jobId), [later.jobId, jobId]);
  assert.equal(pagination.total, 2);
  assert.deepEqual(expectOk(await stranger.get('/api/import/history')).history, []);
});

test('the states of a job have the names of the contract', { skip: !hasServices && 'needs scripts/services' }, async () => {
  const user = await nobody.register('states');
  const { jobId } = await user.importFile('sample.csv', await sample('sample.csv'));
  const names = { queued: 'pending', running: 'processing', paused: 'processing', completed: 'completed', failed: 'failed', cancelled: 'failed' };
  const errors = { failed: 'The disk is full', cancelled: 'Cancelled' };
  for (const [state, name] of Object.entries(names)) {
    const finished = ['completed', 'failed', 'cancelled'].includes(state);
    const columns = {
      state: `'${state}'`, error: state === 'failed' ? `'{"code":"DISK","message":"${errors.failed}"}'` : 'NULL', result: 'NULL', is_clean: finished, place: "'nowhere'",
      finished_at: finished ? 'now()' : 'NULL', paused_reason: state === 'paused' ? "'rate_limit'" : 'NULL',
      claim_token: state === 'running' ? 'gen_random_uuid()' : 'NULL', leased_until: state === 'running' ? "now() + interval '1 hour'" : 'NULL',
    };
    await adminSql(`UPDATE jobs SET ${Object.entries(columns).map(([column, value]) => `${column} = ${value}`).join(', ')} WHERE id = '${jobId}'`, server.database.name);
    const status = expectOk(await user.get(`/api/import/status/${jobId}`));
    assert.deepEqual([status.status, status.error], [name, errors[state]], state);
  }
});

const kMany = 20_000;
function manyRecords() {
  const records = Array.from({ length: kMany }, (_, i) => ({
    id: String(9_000_000_000 + i), full_text: `記録 number ${i} ${'text and 日本語 '.repeat(5)}`, created_at: '2026-01-02 03:04:05 +00:00',
    screen_name: `author${i % 100}`, name: `名前${i % 100}`, media: [], bookmarked: true, url: `https://twitter.com/author${i % 100}/status/${9_000_000_000 + i}`,
  }));
  return JSON.stringify(records);
}

test('kill -9 in the middle of an import: nothing lost, nothing double', { skip: !hasServices && 'needs scripts/services' }, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-import-'));
  const file = manyRecords();
  let running = await startTestServer({ database, dataDir });
  try {
    const user = await new Client(running.url).register('killed');
    const { body } = await user.upload('many.json', file);
    await until(async () => {
      const status = await user.get(`/api/import/status/${body.jobId}`);
      assert.notEqual(status.body.status, 'completed', 'the import was over too soon to be killed');
      return (await totalOf(user)) >= 500;
    }, 60_000);
    await running.kill9();
    await running.stop();
    running = await startTestServer({ database, dataDir });
    const again = await new Client(running.url).logIn('killed');
    const old = await again.waitForImport(body.jobId);
    assert.ok(old.status === 'completed' || old.error, JSON.stringify(old));
    const before = await totalOf(again);
    assert.ok(before >= 500);
    const second = await again.importFile('many.json', file);
    assert.equal(second.status, 'completed', JSON.stringify(second));
    assert.equal(second.result.imported, kMany - before, JSON.stringify(second.result));
    assert.equal(second.result.unchanged, before);
    assert.equal(await totalOf(again), kMany);
    assert.equal(expectOk(await again.get('/api/bookmarks?text=number&limit=1')).data.pagination.total, kMany);
    const leftovers = expectOk(await again.get('/api/bookmarks?limit=100')).data.bookmarks.map(({ xTweetId }) => xTweetId);
    assert.equal(new Set(leftovers).size, 100);
  } finally {
    await stopClean(running);
    await database.drop();
    await rm(dataDir, { recursive: true });
  }
});

test('import on the command line', { skip: !hasServices && 'needs scripts/services' }, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-cli-import-'));
  const env = { ...database.env, DATA_DIR: dataDir };
  const run = (...args) => runCommand(['import', ...args], { env });
  const file = new URL('../data/sample-export.json', import.meta.url).pathname;
  let running;
  try {
    const added = await runCommand(['user', 'add', 'console'], { env, input: 'correct horse battery staple\n' });
    assert.equal(added.status, 0, added.stderr);
    const dry = await run(file, '--user', 'console', '--dry-run');
    assert.equal(dry.status, 0, dry.stderr);
    const first = await run(file, '--user', 'console');
    assert.equal(first.status, 0, first.stderr);
    assert.match(first.stdout + first.stderr, new RegExp(`\\b${kPosts.length}\\b`));
    const second = await run(file, '--user', 'console');
    assert.equal(second.status, 0, second.stderr);
    const said = second.stdout + second.stderr;
    assert.match(said, new RegExp(`unchanged\\W+${kPosts.length}\\b|\\b${kPosts.length} unchanged`));
    const empty = path.join(dataDir, 'empty.json');
    await writeFile(empty, '');
    for (const args of [[path.join(dataDir, 'missing.json'), '--user', 'console'], [empty, '--user', 'console'], [file, '--user', 'nobody']]) {
      const failed = await run(...args);
      assert.ok(failed.status > 0, args.join(' '));
      assert.ok(failed.stderr.length > 0);
    }
    assert.equal((await run()).status > 0, true);
    running = await startTestServer({ database, dataDir });
    assert.equal(await totalOf(await new Client(running.url).logIn('console')), kPosts.length);
  } finally {
    await stopClean(running);
    await database.drop();
    await rm(dataDir, { recursive: true });
  }
});

const linesBehind = async (url) => {
  const answer = await fetch(new URL(url, server.url));
  assert.equal(answer.status, 200);
  return (await answer.text()).trimEnd().split('\n').map((line) => JSON.parse(line));
};

test('all errors and all changes are in files behind links', async () => {
  const user = await freshUser();
  const records = Array.from({ length: 300 }, (_, i) => (i % 2 ? { id: String(1_000_000 + i), text: `post ${i}` } : { id: 'not an id!', xTweetId: '#', text: 'x'.repeat(100_001) }));
  const done = await user.importFile('some.json', JSON.stringify(records), { source: 'json' });
  assert.deepEqual([done.result.imported, done.result.errors, done.result.errorReport.length], [150, 150, 100]);
  const errors = await linesBehind(done.result.errorReportUrl);
  assert.deepEqual(errors.map(({ line, code }) => [line, code]), records.flatMap((record, i) => (i % 2 ? [] : [[i, 'too_big']])));
  assert.equal(done.result.diffUrl, undefined);

  records[1].text = 'changed';
  const dry = await user.importFile('some.json', JSON.stringify([...records.filter((_, i) => i % 2), ...Array.from({ length: 60 }, (_, i) => ({ id: String(2_000_000 + i), text: `new ${i}` }))]),
    { source: 'json', dryRun: 'true', duplicateStrategy: 'update' });
  assert.deepEqual([dry.result.diff.new, dry.result.diff.updated, dry.result.diff.samples.length], [60, 1, 50]);
  assert.equal(dry.result.errorReportUrl, null);
  const changes = await linesBehind(dry.result.diffUrl);
  assert.equal(changes.length, 61);
  assert.deepEqual(changes[0].fields.content, ['post 1', 'changed']);
  const { files } = expectOk(await user.get(`/api/files/list/${user.user.id}`));
  assert.deepEqual(files.map(({ filename }) => filename.slice(0, 12)).sort(), ['import-diff-', 'import-error']);
});

test('a look at a file says what it is and stores nothing', async () => {
  const user = await freshUser();
  const look = async (name, content, fields = {}) => {
    const form = new FormData();
    for (const [key, value] of Object.entries({ source: 'auto', ...fields })) form.append(key, value);
    form.append('file', new Blob([content]), name);
    return user.request('POST', '/api/import/validate', { raw: form });
  };
  const good = expectOk(await look('sample-export.json', await sample('sample-export.json')));
  assert.deepEqual([good.valid, good.detectedFormat, good.estimatedRecords, good.preview.length], [true, 'twitter-web-exporter', 42, 5]);
  const bad = expectOk(await look('a.json', '{"a":1}'));
  assert.deepEqual([bad.valid, bad.estimatedRecords, bad.preview], [false, 0, []]);
  assert.match(bad.errors[0], /without bookmarks/);
  const wrong = expectOk(await look('a.html', '<!DOCTYPE NETSCAPE-Bookmark-file-1><DL><DT><A HREF="https://e.org/">e</A></DL>', { source: 'pinboard' }));
  assert.equal(wrong.valid, false);
  assert.match(wrong.errors[0], /not pinboard: it looks like netscape/);
  expectProblem(await look('a.exe', 'x'), 400, 'UNSUPPORTED_FILE_TYPE');
  expectProblem(await look('a.json', '[]', { source: 'unheard-of' }), 400, 'INVALID_IMPORT_SOURCE');
  expectProblem(await user.request('POST', '/api/import/validate', { raw: new FormData() }), 400, 'IMPORT_FILE_REQUIRED');
  assert.equal(await totalOf(user), 0);
  assert.equal(expectOk(await user.get('/api/import/history')).history.length, 0);
});

test('each format of other programs, over HTTP', async () => {
  for (const [name, source, total] of [['siftly.json', 'siftly', 2], ['dewey.csv', 'dewey', 1], ['fieldtheory.jsonl', 'fieldtheory', 2], ['netscape.html', 'firefox', 4],
    ['chrome.json', 'chrome', 3], ['raindrop.csv', 'raindrop', 2], ['pinboard.json', 'pinboard', 2], ['karakeep.json', 'karakeep', 2], ['x-bookmark.js', 'x-archive', 2]]) {
    const user = await freshUser();
    const content = await sample(`import/${name}`);
    const done = await user.importFile(name, content, { source });
    assert.deepEqual([done.status, done.result?.imported], ['completed', total], `${name} ${JSON.stringify(done)}`);
    assert.equal(await totalOf(user), total, name);
    assert.equal((await user.importFile(name, content)).result.unchanged, total, `${name} once more`);
  }
});

test("Karakeep's lists become categories and saved searches", async () => {
  const user = await freshUser();
  await user.importFile('karakeep.json', await sample('import/karakeep.json'));
  const { items } = await user.all('/api/bookmarks?includeArchived=true');
  assert.equal(items.find(({ title }) => title === 'A link').category.name, 'Child');
  const saved = expectOk(await user.get('/api/search/saved')).data.savedSearches ?? expectOk(await user.get('/api/search/saved')).data.searches;
  assert.deepEqual(saved.map(({ name, query }) => [name, query.text]), [['Smart', '#one is:fav']]);
});
