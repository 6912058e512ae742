// Exports over HTTP and on the command line, their files, and what comes back of them (contract 3.12, 3.14, 6.1).
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import {
  Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, startTestServer, stopClean, until,
} from '../support/client.mjs';
import { hasServices, runCommand, startServer, withDatabase } from '../support/server.mjs';
import { unzip } from '../support/unzip.mjs';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`export${++users}`);
const sample = (name) => readFile(new URL(`../data/${name}`, import.meta.url));
const kAll = { includeBookmarks: true, includeCategories: true, includeTags: true, includeSearchHistory: true, includeSettings: true, includeSavedSearches: true };

const statusOf = (user, jobId) => until(async () => {
  const status = expectOk(await user.get(`/api/export/status/${jobId}`));
  return ['completed', 'failed'].includes(status.status) && status;
}, 60_000);

/** Asks for an export and waits for it: the status object. */
async function exported(user, options) {
  const asked = await user.post('/api/export', options);
  assert.equal(asked.status, 202, asked.text);
  assert.equal(asked.headers.get('location'), `/api/jobs/${asked.body.jobId}`);
  const status = await statusOf(user, asked.body.jobId);
  assert.equal(status.status, 'completed', JSON.stringify(status));
  return status;
}

/** The bytes behind a link, which needs no login. */
async function fetched(link) {
  const answer = await fetch(new URL(link, server.url));
  assert.equal(answer.status, 200);
  return Buffer.from(await answer.arrayBuffer());
}

const fileOf = async (user, options) => fetched((await exported(user, options)).result.fileUrl);

/** A library with everything that has to come back. */
async function filled() {
  const user = await freshUser();
  await user.importFile('sample-export.json', await sample('sample-export.json'));
  const parent = expectOk(await user.post('/api/categories', { name: 'Reading, "later"', color: '#112233', icon: 'star', description: 'あとで' }), 201).data.category;
  const child = expectOk(await user.post('/api/categories', { name: '論文', color: '#445566', icon: 'book', parentId: parent.id }), 201).data.category;
  const base = { authorUsername: 'ada', authorDisplayName: 'Ada "L" <&>' };
  const made = [];
  for (const fields of [
    { content: '=SUM(A1)\nsecond line, with "quotes" & <tags>', tags: ['日本', 'two words'], categoryId: child.id, note: 'a note\nof two lines' },
    { content: "'=quoted", tags: ['@at'], categoryId: parent.id, title: '+title' },
    { content: '-minus\ttab', links: ['https://example.org/a?b=c&d=%20'], mentions: ['bob'], hashtags: ['tag'] },
    { content: 'archived 本', isArchived: true, bookmarkedAt: '2020-01-02T03:04:05.678Z', postedAt: '2019-01-01T00:00:00Z' },
  ]) made.push(await user.addBookmark({ ...base, ...fields }));
  expectOk(await user.put('/api/tags/%E6%97%A5%E6%9C%AC', { color: '#ABCDEF' }));
  expectOk(await user.post('/api/search/saved', { name: '保存', query: { text: 'tag:日本' }, pinned: true }), 201);
  expectOk(await user.put('/api/auth/settings', { theme: 'dark', viewMode: 'list' }));
  expectOk(await user.post('/api/search/history', { query: { text: '茄子' }, resultCount: 3, executionTime: 1.5 }), 201);
  return { user, parent, child, made };
}

test('an export is a job that ends in a file', async () => {
  const { user } = await filled();
  const { data } = expectOk(await user.get('/api/bookmarks?includeArchived=true&limit=1'));
  const status = await exported(user, { format: 'json' });
  assert.match(status.jobId, kUuid);
  assert.equal(status.userId, user.user.id);
  assert.match(status.completedAt, kTime);
  assert.deepEqual([status.progress.percentage, status.progress.currentStep], [100, 'completed']);
  const { result } = status;
  assert.match(result.fileName, /^bookmarks-export-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z\.json$/);
  assert.equal(result.recordCount, data.pagination.total);
  const bytes = await fetched(result.fileUrl);
  assert.equal(bytes.length, result.fileSize);
  const document = JSON.parse(bytes);
  assert.equal(bytes.toString(), `${JSON.stringify(document, null, 2)}\n`, 'indented by two blanks');
  assert.deepEqual(Object.keys(document), ['metadata', 'bookmarks', 'categories', 'tags', 'tagDetails']);
  assert.deepEqual(Object.keys(document.metadata), ['exportedAt', 'userId', 'version', 'totalRecords', 'format', 'options']);
  assert.deepEqual([document.metadata.version, document.metadata.totalRecords], ['2.0.0', result.recordCount]);
  assert.equal(document.bookmarks.length, result.recordCount);
  assert.deepEqual(Object.keys(document.bookmarks[0]),
    ('id x_tweet_id content author_username author_display_name author_avatar_url media_urls links hashtags mentions tags is_archived ' +
     'bookmarked_at created_at updated_at category_name category_color category_icon category_id category_path url title note posted_at ' +
     'lang post_status bookmarked_at_source source media referenced metrics').split(' '));
  const { history } = expectOk(await user.get('/api/export/history'));
  assert.deepEqual(history.map(({ jobId }) => jobId), [status.jobId]);
  assert.equal(history[0].result.fileName, result.fileName);
});

test('each format, whole and compressed', async () => {
  const { user } = await filled();
  const { data } = expectOk(await user.get('/api/bookmarks?includeArchived=true&limit=100'));
  const newest = data.bookmarks.map(({ id }) => id);
  const ndjson = (await fileOf(user, { format: 'ndjson', ...kAll })).toString().trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual([...new Set(ndjson.map(({ type }) => type))], ['metadata', 'settings', 'category', 'tag', 'savedSearch', 'searchHistory', 'bookmark']);
  assert.ok(ndjson.every((line) => Object.keys(line)[0] === 'type'));
  assert.deepEqual(ndjson.filter(({ type }) => type === 'bookmark').map(({ id }) => id), newest, 'newest first');
  const categories = ndjson.filter(({ type }) => type === 'category');
  const parent = categories.findIndex(({ name }) => name === 'Reading, "later"');
  assert.equal(categories[parent + 1].parent_id, categories[parent].id, 'children behind their parent');

  const plain = await fileOf(user, { format: 'csv' });
  assert.deepEqual(gunzipSync(await fileOf(user, { format: 'csv', compressed: true })), plain);
  const text = plain.toString();
  assert.ok(text.startsWith('ID,Content,Author Username,Author Display Name,Category,Tags,Hashtags,Mentions,Links,Media URLs,Bookmarked At,Created At,Updated At,X Tweet ID,'));
  assert.ok(text.includes(',"\'=SUM(A1)\nsecond line, with ""quotes"" & <tags>",ada,'));
  assert.ok(text.includes(",''=quoted,") && text.includes(",'-minus\ttab,") && text.includes(",'@at,"));
  assert.ok(text.includes('"Reading, ""later"" / 論文"'));
  const semicolons = (await fileOf(user, { format: 'csv', csv: { delimiter: ';', bom: true } })).toString();
  assert.ok(semicolons.startsWith('\uFEFFID;Content;Author Username;'));

  const html = (await fileOf(user, { format: 'html' })).toString();
  assert.ok(html.startsWith('<!DOCTYPE NETSCAPE-Bookmark-file-1>\n'));
  assert.equal(html.match(/<DT><A /g).length, newest.length);
  assert.equal(html.match(/<DL><p>/g).length, html.match(/<\/DL><p>/g).length);
  assert.match(html, /<DT><H3 [^>]*>Reading, &quot;later&quot;<\/H3>\n +<DL><p>\n(?: +<D[TD].*\n)* +<DT><H3 [^>]*>論文<\/H3>/);
  assert.match(html, /TAGS="日本,two words"/);
  assert.match(html, /TAGS="linkding:bookmarks.archived"/);
  assert.ok(html.includes('[linkding-notes]a note\nof two lines[/linkding-notes]'));

  const markdown = unzip(await fileOf(user, { format: 'markdown' }));
  assert.equal(Object.keys(markdown).length, newest.length + 1);
  const archived = Object.entries(markdown).find(([name, content]) => name !== 'index.md' && content.toString().includes('archived 本'));
  assert.match(archived[0], /^2020\/2020-01-02-\d+\.md$/);
  assert.match(archived[1].toString(), /^---\nid: "[0-9a-f-]+"\n[\s\S]*\nis_archived: true\n[\s\S]*\n---\n\narchived 本\n$/);
  for (const name of Object.keys(markdown)) if (name !== 'index.md') assert.ok(markdown['index.md'].toString().includes(`](${name})`));

  const zipped = await exported(user, { format: 'zip', includeFormats: ['json', 'csv', 'html', 'markdown'] });
  assert.deepEqual([zipped.progress.current, zipped.progress.total], [5 * newest.length, 5 * newest.length], 'each file, and the index of Markdown');
  const zip = unzip(await fetched(zipped.result.fileUrl));
  const names = Object.keys(zip);
  assert.deepEqual(names.filter((name) => !name.startsWith('markdown/')).map((name) => name.replace(/-\d{4}.*Z/, '')), ['bookmarks.json', 'bookmarks.csv', 'bookmarks.html', 'README.txt']);
  assert.equal(JSON.parse(zip[names.find((name) => name.endsWith('.json'))]).bookmarks.length, newest.length);
  assert.ok(zip['README.txt'].toString().includes(`Bookmarks: ${newest.length}`));
});

test('filters: archived, dates, categories, tags, parts', async () => {
  const { user, parent, child, made } = await filled();
  const contents = async (options) => JSON.parse(await fileOf(user, { format: 'json', ...options })).bookmarks.map(({ content }) => content);
  assert.ok(!(await contents({ includeArchived: false })).includes('archived 本'));
  const range = { from: '2020-01-02T03:04:05.678Z', to: '2020-01-02' };
  assert.deepEqual(await contents({ dateRange: range }), ['archived 本']);
  assert.deepEqual(await contents({ dateRange: { from: range.to, to: '2019-12-31' } }), ['archived 本'], 'reversed');
  assert.deepEqual(await contents({ dateRange: { to: '2020-01-01' } }), []);
  assert.deepEqual(await contents({ categories: [child.id, parent.id] }), [made[1].content, made[0].content]);
  assert.deepEqual(await contents({ categoryIds: [parent.id], tags: ['@at', '日本'] }), [made[1].content], 'AND between, OR inside');
  const parts = async (options) => Object.keys(JSON.parse(await fileOf(user, { format: 'json', ...options })));
  assert.deepEqual(await parts({ includeTags: true }), ['metadata', 'tags', 'tagDetails']);
  assert.deepEqual(await parts({ includeBookmarks: false, includeSettings: true, includeSavedSearches: true }), ['metadata', 'savedSearches', 'settings']);
});

test('wrong options are refused with every fault', async () => {
  const user = await freshUser();
  const answer = await user.post('/api/export', { format: 'pdf', includeTags: 'yes', dateRange: { from: 'x' }, categories: ['1'], csv: { delimiter: '|' }, includeFormats: ['zip'] });
  assert.deepEqual(faultsOf(expectProblem(answer, 400, 'INVALID_EXPORT_OPTIONS')).sort(), [
    'categories.0:invalid_string', 'csv.delimiter:invalid_enum_value', 'dateRange.from:invalid_date', 'format:invalid_enum_value',
    'includeFormats.0:invalid_enum_value', 'includeTags:invalid_type'].sort());
  expectProblem(await user.post('/api/export', {}), 400, 'INVALID_EXPORT_OPTIONS');
  expectProblem(await nobody.post('/api/export', { format: 'json' }), 401, 'MISSING_AUTH_HEADER');
});

for (const format of ['json', 'ndjson', 'csv']) {
  test(`export, import into an empty account, export: the same bytes (${format})`, async () => {
    const { user } = await filled();
    const other = await freshUser();
    const options = { format, ...kAll };
    const first = await fileOf(user, options);
    const done = await other.importFile(`mine.${format}`, first);
    assert.equal(done.result.errors, 0, JSON.stringify(done.result));
    const second = await fileOf(other, options);
    const comparable = (bytes) => bytes.toString().replace(/("exportedAt":\s*)"[^"]*"/, '$1""').replace(/("userId":\s*)"[^"]*"/, '$1""');
    assert.equal(comparable(second), comparable(first));
    assert.deepEqual((await other.importFile(`mine.${format}`, first)).result.unchanged, done.result.imported, 'and once more changes nothing');
  });
}

test('links, ranges and conditions of a file', async () => {
  const { user } = await filled();
  const other = await freshUser();
  const { result } = await exported(user, { format: 'csv' });
  const url = new URL(result.fileUrl, server.url);
  const bytes = await fetched(url);
  const whole = await fetch(url);
  assert.match(whole.headers.get('cache-control'), /public/);
  assert.equal(whole.headers.get('content-disposition'), `attachment; filename="${result.fileName}"`);
  assert.equal(whole.headers.get('content-length'), String(bytes.length));
  const etag = whole.headers.get('etag');
  assert.match(etag, /^"[^"]+"$/);
  await whole.body.cancel();
  const get = (headers, method = 'GET') => fetch(url, { method, headers });
  for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=10-', 10], [`bytes=-5`, bytes.length - 5], [`bytes=5-${bytes.length + 100}`, 5]]) {
    const part = await get({ range });
    assert.equal(part.status, 206, range);
    assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(from, to), range);
    assert.equal(part.headers.get('content-range'), `bytes ${from}-${(to ?? bytes.length) - 1}/${bytes.length}`);
  }
  assert.equal((await get({ range: `bytes=${bytes.length}-` })).status, 416);
  for (const range of ['bytes=0-1,3-4', 'lines=0-1', 'bytes=9-3', 'bytes=x']) assert.equal((await get({ range })).status, 200, range);
  assert.equal((await get({ range: 'bytes=0-9', 'if-range': etag })).status, 206);
  assert.equal((await get({ range: 'bytes=0-9', 'if-range': '"other"' })).status, 200);
  assert.equal((await get({ 'if-none-match': etag })).status, 304);
  const head = await get({}, 'HEAD');
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(bytes.length)]);

  const pathOf = (query) => `${url.pathname}?${query}`;
  const expires = url.searchParams.get('expires');
  const signature = url.searchParams.get('signature');
  assert.match(signature, /^[0-9a-f]{64}$/);
  assert.ok(Number(expires) * 1000 >= Date.now() + 86_400_000 && Number(expires) % 3600 === 0);
  expectProblem(await nobody.get(pathOf(`expires=${Number(expires) + 3600}&signature=${signature}`)), 403, 'FILE_LINK_INVALID');
  expectProblem(await nobody.get(pathOf(`expires=${expires}&signature=${signature.slice(0, -2)}${signature.endsWith('00') ? '11' : '00'}`)), 403, 'FILE_LINK_INVALID');
  expectProblem(await nobody.get(url.pathname), 401, 'MISSING_AUTH_HEADER');
  expectProblem(await other.get(url.pathname), 403, 'FILE_ACCESS_DENIED');
  assert.equal((await user.get(url.pathname)).status, 200, 'the owner needs no link');
  expectProblem(await nobody.get(url.pathname.replace(/[^/]+$/, 'else.csv') + url.search), 403, 'FILE_LINK_INVALID');
});

test('the list of files, one of them, and its end', async () => {
  const { user } = await filled();
  const other = await freshUser();
  const names = [];
  for (const format of ['json', 'csv', 'html']) names.unshift((await exported(user, { format })).result.fileName);
  const id = user.user.id;
  const list = expectOk(await user.get(`/api/files/list/${id}?limit=2`));
  assert.deepEqual(list.files.map(({ filename }) => filename), names.slice(0, 2));
  assert.deepEqual([list.totalFiles, list.pagination.hasMore], [3, true]);
  const rest = expectOk(await user.get(`/api/files/list/${id}?limit=2&cursor=${list.pagination.nextCursor}`));
  assert.deepEqual(rest.files.map(({ filename }) => filename), names.slice(2));
  assert.equal(list.totalSize, [...list.files, ...rest.files].reduce((sum, { size }) => sum + size, 0));
  const info = expectOk(await user.get(`/api/files/info/${id}/${names[0]}`));
  assert.equal((await fetched(info.url)).length, info.size);
  const link = expectOk(await user.get(`/api/files/download/${id}/${names[0]}?redirect=false`));
  assert.equal(link.contentType, 'text/html; charset=utf-8');
  const redirect = await user.get(`/api/files/download/${id}/${names[0]}`);
  assert.equal(redirect.status, 302);
  assert.equal((await fetched(redirect.headers.get('location'))).length, info.size);
  const stats = expectOk(await user.get('/api/files/stats'));
  assert.deepEqual([stats.totalFiles, stats.totalSize, stats.provider, stats.breakdown.exports.count], [3, list.totalSize, 'local', 3]);
  expectProblem(await other.get('/api/files/stats?scope=all'), 403, 'ADMIN_REQUIRED');
  for (const route of [`list/${id}`, `info/${id}/${names[0]}`, `download/${id}/${names[0]}`])
    expectProblem(await other.get(`/api/files/${route}`), 403, 'FILE_ACCESS_DENIED');
  expectProblem(await other.delete(`/api/files/delete/${id}/${names[0]}`), 403, 'FILE_ACCESS_DENIED');
  assert.equal(expectOk(await user.delete(`/api/files/delete/${id}/${names[0]}`)).filename, names[0]);
  expectProblem(await user.delete(`/api/files/delete/${id}/${names[0]}`), 404, 'FILE_NOT_FOUND');
  expectProblem(await user.get(`/api/files/info/${id}/${names[0]}`), 404, 'FILE_NOT_FOUND');
  assert.equal(expectOk(await user.post('/api/files/cleanup', { olderThanDays: 1 })).deletedFiles, 0);
  assert.equal(expectOk(await user.post('/api/files/cleanup', { olderThanDays: 0 })).deletedFiles, 2);
  assert.equal(expectOk(await user.get(`/api/files/list/${id}`)).totalFiles, 0);
});

test('names that leave the folder are refused, however they are written', async () => {
  const user = await freshUser();
  for (const name of ['..%2f..%2fjwt_secret', '..%5cx', '%2fetc%2fpasswd', '.hidden', 'a%2fb'])
    for (const route of ['exports', 'info', 'download'])
    {
      const { status, body } = await user.get(`/api/files/${route}/${user.user.id}/${name}`);
      assert.deepEqual([status, body.code], [400, 'INVALID_FILE_NAME'], `${route} ${name}`);
    }
  expectProblem(await user.get(`/api/files/info/${kNobodysId}/x.json`), 403, 'FILE_ACCESS_DENIED');
  expectProblem(await user.get('/api/files/list/x'), 403, 'FILE_ACCESS_DENIED');
});

test('an export of another is not there', async () => {
  const { user } = await filled();
  const other = await freshUser();
  const { jobId } = await exported(user, { format: 'json' });
  expectProblem(await other.get(`/api/export/status/${jobId}`), 404, 'JOB_NOT_FOUND');
  expectProblem(await other.get(`/api/export/progress/${jobId}`), 404, 'JOB_NOT_FOUND');
  assert.deepEqual(expectOk(await other.get('/api/export/history')).history, []);
  const events = await user.get(`/api/export/progress/${jobId}`);
  const last = JSON.parse(events.text.trim().split('\n').at(-1).replace(/^data: /, ''));
  assert.deepEqual([last.status, (await fetched(last.result.fileUrl)).length], ['completed', last.result.fileSize]);
});

const needsServices = { skip: !hasServices && 'needs DATABASE_URL and REDIS_URL' };

test('an export whose process dies at any of its steps ends as if nothing had happened', needsServices, async () => {
  for (const point of ['job.claimed', 'export.piece:1', 'export.written', 'export.stored', 'job.done']) {
    const database = await withDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-export-'));
    // The import that fills the library has a claim of its own.
    const env = { RATE_LIMIT_API_IP: '0', RATE_LIMIT_API_USER: '0' };
    let running = await startServer({ database, dataDir, env });
    try {
      const user = await new Client(running.url).register('someone');
      await user.importFile('sample-export.json', await sample('sample-export.json'));
      await running.stop();
      running = await startServer({ database, dataDir, env: { ...env, XBM_FAULT_POINT: point } });
      // It may die before it has answered.
      await new Client(running.url, { token: user.token }).post('/api/export', { format: 'ndjson' }).catch(() => {});
      await until(() => running.child.signalCode === 'SIGKILL', 60_000);
      await running.stop();
      running = await startServer({ database, dataDir, env });
      const again = new Client(running.url, { token: user.token });
      const [{ id }] = expectOk(await again.get('/api/jobs?type=export')).data.jobs;
      const status = await statusOf(again, id);
      assert.equal(status.status, 'completed', `${point} ${JSON.stringify(status)}`);
      const bytes = Buffer.from(await (await fetch(new URL(status.result.fileUrl, running.url))).arrayBuffer());
      const lines = bytes.toString().trimEnd().split('\n').map((line) => JSON.parse(line));
      const { items } = await again.all('/api/bookmarks?includeArchived=true');
      assert.deepEqual(lines.filter(({ type }) => type === 'bookmark').map(({ id }) => id), items.map(({ id }) => id), point);
      const files = expectOk(await again.get(`/api/files/list/${user.user.id}`));
      assert.deepEqual(files.files.map(({ filename }) => filename), [status.result.fileName], `${point}: no other file`);
      assert.equal(expectOk(await again.get(`/api/jobs/${id}`)).data.job.attempt, 1, point);
    } finally {
      await running.stop();
      await rm(dataDir, { recursive: true, force: true });
      await database.drop();
    }
  }
});

test('an export that was cancelled leaves no file', needsServices, async () => {
  const database = await withDatabase();
  const waiting = await startTestServer({ database, args: ['serve', '--no-jobs'] });
  try {
    const user = await new Client(waiting.url).register('someone');
    await user.addBookmark();
    const first = (await user.post('/api/export', { format: 'json' })).body.jobId;
    const second = (await user.post('/api/export', { format: 'csv' })).body.jobId;
    assert.equal(expectOk(await user.delete(`/api/jobs/${first}`)).data.job.state, 'cancelled');
    const worker = await startTestServer({ database });
    try {
      await statusOf(user, second);
      assert.equal(expectOk(await user.get(`/api/export/status/${first}`)).error, 'Cancelled');
      expectProblem(await user.delete(`/api/jobs/${second}`), 409, 'JOB_NOT_CANCELLABLE');
    } finally {
      await stopClean(worker);
    }
  } finally {
    await stopClean(waiting);
    await database.drop();
  }
});

test('xbookmarker export writes what an export over HTTP does', needsServices, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-export-'));
  const running = await startServer({ database, dataDir });
  try {
    const user = await new Client(running.url).register('someone');
    await user.importFile('sample-export.json', await sample('sample-export.json'));
    const { jobId } = (await user.post('/api/export', { format: 'ndjson' })).body;
    const status = await statusOf(user, jobId);
    const expected = Buffer.from(await (await fetch(new URL(status.result.fileUrl, running.url))).arrayBuffer()).toString();
    const env = { ...database.env, DATA_DIR: dataDir };
    const command = (...args) => runCommand(['export', '--format', 'ndjson', ...args], { env });
    const comparable = (text) => text.replace(/"exportedAt":"[^"]*"/, '').replace('"compressed":true', '"compressed":false');
    const same = (text) => comparable(text) === comparable(expected);
    const printed = await command('--output', '-');
    assert.equal(printed.status, 0, printed.stderr);
    assert.ok(same(printed.stdout));
    const file = path.join(dataDir, 'mine.ndjson.gz');
    assert.equal((await command('--output', file, '--gzip')).status, 0);
    assert.ok(same(gunzipSync(await readFile(file)).toString()));
    const nowhere = await command('--output', path.join(dataDir, 'no/such/folder.json'));
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /No such file or directory/);
    assert.equal((await runCommand(['export', '--format', 'pdf'], { env })).status, 2);
    assert.match((await command('--user', 'nobody', '--output', '-')).stderr, /no account of this name/);
  } finally {
    await running.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});
