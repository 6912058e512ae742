// The change feed and its stream (contract 3.17, 1.13).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bookmark, Client, expectOk, expectProblem, faultsOf, kTime, kUuid, startTestServer, stopClean, until } from '../support/client.mjs';
import { openEvents } from '../support/events.mjs';
import { adminSql, hasServices, withDatabase } from '../support/server.mjs';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`feed${++users}`);
const read = async (user, query = '') => expectOk(await user.get(`/api/changes${query}`)).data;
/** The changes since a version as `type op id`, tags and settings by what they are. */
const summary = ({ changes }) => changes.map(({ type, op, id }) => (kUuid.test(id) ? `${type} ${op}` : `${type} ${op} ${id}`));
const numbered = (count, from) => Array.from({ length: count }, (_, i) => from + i);
const versionOf = async (user) => (await read(user, '?limit=1&include=ids')).libraryVersion;

/** What the writes of `work` are in the feed; their numbers must be the next ones without gaps. */
async function changesOf(user, work, { gaps = false } = {}) {
  const since = await versionOf(user);
  await work();
  const page = await read(user, `?since=${since}&limit=1000`);
  const versions = page.changes.map(({ version }) => version);
  assert.deepEqual(versions, versions.toSorted((a, b) => a - b));
  assert.equal(new Set(versions).size, versions.length);
  if (!gaps) assert.deepEqual(versions, numbered(versions.length, since + 1));
  assert.equal(page.version, page.libraryVersion);
  return page;
}

test('a new library is its categories and settings', async () => {
  const user = await freshUser();
  const answer = await user.get('/api/changes');
  const { data } = expectOk(answer);
  assert.deepEqual(summary(data), [...Array(5).fill('category upsert'), 'settings upsert']);
  assert.deepEqual(data.changes.map(({ version }) => version), numbered(6, 1));
  assert.deepEqual({ ...data, changes: 0 }, { changes: 0, since: 0, version: 6, libraryVersion: 6, hasMore: false });
  const listed = expectOk(await user.get('/api/categories')).data.categories;
  assert.deepEqual(data.changes.slice(0, 5).map((change) => change.data), listed.map(({ children, ...category }) => category));
  assert.deepEqual(data.changes[5].data, expectOk(await user.get('/api/auth/me')).user.settings);
  for (const { at } of data.changes) assert.match(at, kTime);
});

test('conditional requests and HEAD', async () => {
  const user = await freshUser();
  const answer = await user.get('/api/changes?limit=3');
  const etag = answer.headers.get('etag');
  assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
  assert.equal((await user.get('/api/bookmarks')).headers.get('etag'), etag, 'the version of the library, as for every list');
  assert.equal((await user.get('/api/changes?limit=3', { 'if-none-match': etag })).status, 304);
  const head = await user.request('HEAD', '/api/changes?limit=3', { headers: { 'accept-encoding': 'identity' } });
  assert.equal(head.headers.get('etag'), etag);
  assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(answer.text)));
  await user.addBookmark();
  assert.equal((await user.get('/api/changes?limit=3', { 'if-none-match': etag })).status, 200);
});

test('every changed row has a number of its own', async () => {
  const user = await freshUser();
  const made = [];
  const url = ({ id }) => `/api/bookmarks/${id}`;
  const expectChanges = async (work, expected, options) => {
    const page = await changesOf(user, work, options);
    assert.deepEqual(summary(page).toSorted(), expected.toSorted());
    return page;
  };
  await expectChanges(async () => made.push(await user.addBookmark({ tags: ['a', 'b'] })), ['bookmark upsert', 'tag upsert a', 'tag upsert b']);
  await expectChanges(async () => made.push(await user.addBookmark({ tags: ['a'] })), ['bookmark upsert']);
  for (let i = 0; i < 3; ++i) made.push(await user.addBookmark());
  await expectChanges(() => user.put(url(made[0]), { addTags: ['c'] }), ['bookmark upsert', 'tag upsert c']);
  await expectChanges(() => user.put(url(made[0]), { removeTags: ['c'] }), ['bookmark upsert', 'tag delete c']);
  await expectChanges(() => user.put(url(made[0]), { addTags: ['c'] }), ['bookmark upsert', 'tag upsert c']);
  await expectChanges(() => user.put(url(made[0]), { title: null }), []);
  await expectChanges(() => user.put(`${url(made[0])}/archive`), ['bookmark upsert']);
  const ids = made.slice(1, 4).map(({ id }) => id);
  await expectChanges(() => user.put('/api/bookmarks/bulk', { bookmarkIds: ids, updates: { note: 'n' } }), Array(3).fill('bookmark upsert'));
  await expectChanges(() => user.put('/api/tags/a', { color: '#112233' }), ['tag upsert a']);
  await expectChanges(() => user.put('/api/tags/a', { name: 'z' }),
    ['bookmark upsert', 'bookmark upsert', 'tag delete a', 'tag upsert z'], { gaps: true });
  await expectChanges(() => user.put('/api/tags/z', { name: 'b' }),
    ['bookmark upsert', 'bookmark upsert', 'tag delete z', 'tag upsert b'], { gaps: true });
  await expectChanges(() => user.delete('/api/tags/b'), ['bookmark upsert', 'bookmark upsert', 'tag delete b']);
  await expectChanges(() => user.put('/api/auth/settings', { theme: 'dark' }), [`settings upsert`]);

  const parent = expectOk(await user.post('/api/categories', { name: 'p', color: '#000000', icon: 'x' }), 201).data.category;
  await expectChanges(() => user.post('/api/categories', { name: 'q', color: '#000000', icon: 'x', parentId: parent.id }), ['category upsert']);
  await user.put('/api/bookmarks/bulk', { bookmarkIds: ids, categoryId: parent.id });
  await expectChanges(() => user.put(`/api/categories/${parent.id}`, { name: 'r' }), ['category upsert']);
  const defaults = expectOk(await user.get('/api/categories/defaults')).data;
  await expectChanges(() => user.put('/api/categories/order', { categoryIds: defaults.map(({ id }) => id).toReversed() }),
    Array(4).fill('category upsert'));
  await expectChanges(() => user.delete(`/api/categories/${parent.id}?reassignTo=${defaults[0].id}`),
    [...Array(3).fill('bookmark upsert'), 'category upsert', 'category delete']);
  await expectChanges(() => user.delete(url(made[0])), ['bookmark delete', 'tag delete c']);
  await expectChanges(() => user.delete('/api/bookmarks/bulk', { bookmarkIds: ids }), Array(3).fill('bookmark delete'));
});

test('items are what their routes answer', async () => {
  const user = await freshUser();
  const category = expectOk(await user.get('/api/categories')).data.categories[1];
  const made = await user.addBookmark({ tags: ['t'], categoryId: category.id, links: ['https://example.org/'], note: '覚え書き' });
  await user.put('/api/tags/t', { color: '#abcdef' });
  const { changes } = await read(user);
  assert.deepEqual(changes.find(({ type }) => type === 'bookmark').data, made);
  assert.deepEqual(changes.find(({ type }) => type === 'tag').data, { name: 't', color: '#abcdef', count: 1 });
  const ids = await read(user, '?include=ids');
  assert.deepEqual(ids.changes, changes.map(({ data, ...change }) => change));
});

test('pages walk the whole library, and only the newest change of an item is listed', async () => {
  const user = await freshUser();
  const made = [];
  for (let i = 0; i < 7; ++i) made.push(await user.addBookmark({ tags: [`t${i % 3}`] }));
  await user.put(`/api/bookmarks/${made[2].id}`, { note: 'again' });
  await user.delete(`/api/bookmarks/${made[3].id}`);
  const whole = await read(user, '?limit=1000');
  for (const limit of [1, 2, 5]) {
    const walked = [];
    for (let since = 0; ;) {
      const page = await read(user, `?since=${since}&limit=${limit}`);
      assert.ok(page.changes.length <= limit);
      assert.equal(page.since, since);
      walked.push(...page.changes);
      if (!page.hasMore) {
        assert.equal(page.version, page.libraryVersion);
        break;
      }
      assert.equal(page.version, page.changes.at(-1).version);
      since = page.version;
    }
    assert.deepEqual(walked, whole.changes, `limit ${limit}`);
  }
  const keys = whole.changes.map(({ type, id }) => `${type} ${id}`);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(whole.changes.find(({ id }) => id === made[2].id).data.note, 'again');
  assert.equal(whole.changes.find(({ id }) => id === made[3].id).op, 'delete');
});

test('what comes back has no tombstone', async () => {
  const user = await freshUser();
  const made = await user.addBookmark({ tags: ['once'] });
  const category = expectOk(await user.post('/api/categories', { name: 'mine', color: '#000000', icon: 'x' }), 201).data.category;
  await user.delete(`/api/bookmarks/${made.id}`);
  await user.delete(`/api/categories/${category.id}`);
  const row = { ...made, category: { ...category, name: 'mine' } };
  const file = JSON.stringify({ metadata: { version: '2.0.0' }, bookmarks: [row], categories: [{ ...category, path: ['mine'] }] });
  const { result, status } = await user.importFile('back.json', file);
  assert.equal(status, 'completed', JSON.stringify(result));
  const { changes } = await read(user);
  const of = (type, id) => changes.filter((change) => change.type === type && change.id === id).map(({ op }) => op);
  assert.deepEqual(of('tag', 'once'), ['upsert']);
  const again = expectOk(await user.get('/api/bookmarks')).data.bookmarks[0];
  assert.equal(again.id, made.id, 'restored under its id');
  assert.deepEqual(of('bookmark', made.id), ['upsert']);
});

test('an import gives every row its number', async () => {
  const user = await freshUser();
  const rows = Array.from({ length: 1203 }, (_, i) => bookmark({ tags: [`tag ${i % 40}`] }));
  await user.importFile('rows.json', JSON.stringify({ metadata: { version: '2.0.0' }, bookmarks: rows }));
  const page = await read(user, '?since=6&limit=1000');
  assert.deepEqual([page.changes.length, page.hasMore], [1000, true]);
  const all = [...page.changes, ...(await read(user, `?since=${page.version}&limit=1000`)).changes];
  assert.equal(all.filter(({ type }) => type === 'bookmark').length, 1203);
  assert.equal(all.filter(({ type }) => type === 'tag').length, 40);
  assert.equal(new Set(all.map(({ version }) => version)).size, all.length);
});

test('arguments', async () => {
  const user = await freshUser();
  for (const [query, faults] of [
    ['since=-1', ['since:too_small']], ['since=x', ['since:invalid_type']], ['limit=0', ['limit:too_small']],
    ['limit=1001', ['limit:too_big']], ['limit=1.5&include=all', ['limit:invalid_type', 'include:invalid_enum_value']],
  ]) {
    assert.deepEqual(faultsOf(expectProblem(await user.get(`/api/changes?${query}`), 400, 'INVALID_QUERY_PARAMS')), faults, query);
  }
  expectProblem(await nobody.get('/api/changes'), 401, 'MISSING_AUTH_HEADER');
  const version = await versionOf(user);
  for (const since of [version + 1, 10 ** 12, Number.MAX_SAFE_INTEGER]) {
    const { oldestVersion, libraryVersion } = expectProblem(await user.get(`/api/changes?since=${since}`), 410, 'CHANGES_EXPIRED');
    assert.deepEqual({ oldestVersion, libraryVersion }, { oldestVersion: 0, libraryVersion: version });
  }
  assert.deepEqual((await read(user, `?since=${version}`)).changes, []);
});

test('nobody sees the changes of others', async () => {
  const [one, other] = [await freshUser(), await freshUser()];
  await one.addBookmark({ tags: ['private'] });
  assert.deepEqual(summary(await read(other)), [...Array(5).fill('category upsert'), 'settings upsert']);
});

const streamUrl = (query = '', at = server) => `${at.url}/api/changes/stream${query}`;
const auth = (user) => ({ authorization: `Bearer ${user.token}` });
const listen = (user, query = '', headers = {}, at = server) => openEvents(streamUrl(query, at), { headers: { ...auth(user), ...headers } });
const heard = (events) => events.map(({ event, data }) => `${event} ${data.type} ${data.op}`);

test('the stream tells of changes as they come', async () => {
  const user = await freshUser();
  const stream = await listen(user, '?since=6');
  assert.equal(stream.status, 200);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(stream.headers.get('cache-control'), 'no-cache');
  assert.equal(stream.headers.get('x-accel-buffering'), 'no');
  assert.equal(stream.headers.get('content-encoding'), null);
  const made = await user.addBookmark({ tags: ['live'] });
  await stream.wait((events) => events.length === 2);
  assert.deepEqual(stream.blocks[0], { retry: '3000' });
  assert.deepEqual(heard(stream.events).toSorted(), ['change bookmark upsert', 'change tag upsert']);
  const { changes } = await read(user, '?since=6&include=ids');
  assert.deepEqual(stream.events.map(({ data }) => data), changes);
  assert.deepEqual(stream.events.map(({ id }) => Number(id)), changes.map(({ version }) => version));
  await user.delete(`/api/bookmarks/${made.id}`);
  await user.put('/api/auth/settings', { theme: 'dark' });
  await stream.wait((events) => events.length === 5);
  assert.deepEqual(heard(stream.events.slice(2)), ['change bookmark delete', 'change tag delete', 'change settings upsert']);
  stream.close();
});

test('the stream goes on where it was', async () => {
  const user = await freshUser();
  const made = await user.addBookmark();
  const whole = await listen(user);
  await whole.wait((events) => events.length === 7);
  whole.close();
  const last = async (stream, count) => {
    await stream.wait((events) => events.length === count);
    stream.close();
    return stream.events.map(({ data }) => data.version);
  };
  assert.deepEqual(await last(await listen(user, '?since=2'), 5), numbered(5, 3));
  assert.deepEqual(await last(await listen(user, '?since=2', { 'last-event-id': '5' }), 2), [6, 7]);
  assert.deepEqual(await last(await listen(user, '?since=2&lastEventId=6'), 1), [7]);
  const quiet = await listen(user, '?since=7');
  await user.delete(`/api/bookmarks/${made.id}`);
  assert.deepEqual(await last(quiet, 1), [8]);
  const { status, body } = await listen(user, '?since=x');
  assert.deepEqual([status, body.code], [400, 'INVALID_QUERY_PARAMS']);
});

test('a position that nobody can go on from is a reset', async () => {
  const user = await freshUser();
  for (const id of ['99', 'abc', '-4', '9007199254740991']) {
    const stream = await listen(user, '', { 'last-event-id': id });
    await stream.wait((events) => events.length === 1);
    const version = await versionOf(user);
    assert.deepEqual(stream.events, [{ id: String(version), event: 'reset', data: { oldestVersion: 0, libraryVersion: version } }], id);
    await user.addBookmark();
    await stream.wait((events) => events.length === 2);
    assert.equal(stream.events[1].event, 'change');
    stream.close();
  }
});

test('a token in the query is for streams alone, and is not logged', async () => {
  const user = await freshUser();
  const stream = await openEvents(streamUrl(`?access_token=${user.token}&since=6`));
  assert.equal(stream.status, 200);
  await user.addBookmark();
  await stream.wait((events) => events.length === 1);
  stream.close();
  expectProblem(await nobody.get(`/api/changes?access_token=${user.token}`), 401, 'MISSING_AUTH_HEADER');
  expectProblem(await nobody.get('/api/changes/stream?access_token=x.y.z'), 401, 'INVALID_TOKEN');
  expectProblem(await nobody.get('/api/changes/stream'), 401, 'MISSING_AUTH_HEADER');
  const other = { authorization: 'Bearer x.y.z' };
  expectProblem(await nobody.get(`/api/changes/stream?access_token=${user.token}`, other), 401, 'INVALID_TOKEN');
  assert.ok(![...server.stdout, ...server.stderr].some((line) => line.includes(user.token)));
});

test('HEAD of the stream', async () => {
  const user = await freshUser();
  const head = await user.request('HEAD', '/api/changes/stream');
  assert.equal(head.status, 200);
  assert.equal(head.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  assert.equal(head.text, '');
});

test('the stream ends with its session', async () => {
  const user = await freshUser();
  const session = await nobody.logIn(user.user.username);
  const ending = await listen(session, '?since=6');
  const staying = await listen(user, '?since=6');
  const cookies = session.answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
  const byCookie = await openEvents(streamUrl('?since=6'), { headers: { cookie: cookies } });
  assert.equal(byCookie.status, 200);
  expectOk(await session.post('/api/auth/logout'));
  assert.equal(await ending.end(), 'clean');
  assert.equal(await byCookie.end(), 'clean');
  assert.deepEqual([...ending.events, ...byCookie.events], []);
  await user.addBookmark();
  await staying.wait((events) => events.length === 1);
  assert.equal(staying.ended, undefined);
  staying.close();
});

test('at most twenty streams a user', async () => {
  const user = await freshUser();
  const streams = await Promise.all(Array.from({ length: 20 }, () => listen(user, '?since=6')));
  const refused = await listen(user);
  assert.deepEqual([refused.status, refused.body.code], [429, 'TOO_MANY_STREAMS']);
  assert.equal(refused.headers.get('content-type')?.split(';')[0], 'application/problem+json');
  const other = await listen(await freshUser(), '?since=6');
  assert.equal(other.status, 200);
  await user.addBookmark();
  for (const stream of streams) await stream.wait((events) => events.length === 1);
  // A client that leaves makes room, though its stream had nothing to tell.
  streams[0].close();
  let next;
  await other.wait(async () => {
    next = await listen(user, '?since=6');
    return next.status === 200;
  });
  for (const stream of [...streams, other, next]) stream.close();
});

test('the stream ends with its token, and when the server stops', { skip: !hasServices }, async () => {
  const database = await withDatabase();
  const own = await startTestServer({ database, env: { JWT_EXPIRES_IN: '2s' } });
  const user = await new Client(own.url).register('short');
  const expiring = await listen(user, '?since=6', {}, own);
  assert.equal(expiring.status, 200);
  assert.equal(await expiring.end(), 'clean');
  const session = await new Client(own.url).logIn('short');
  const cookies = session.answer.headers.getSetCookie().map((cookie) => cookie.split(';')[0]).join('; ');
  const open = await openEvents(streamUrl('?since=6', own), { headers: { cookie: cookies } });
  assert.equal(open.status, 200);
  await stopClean(own);
  assert.equal(await open.end(), 'clean');
  await database.drop();
});

test('instances tell each other', { skip: !hasServices }, async () => {
  const database = await withDatabase();
  const [one, other] = [await startTestServer({ database }), await startTestServer({ database })];
  const user = await new Client(one.url).register('both');
  const stream = await listen(user, '?since=6', {}, other);
  await user.addBookmark();
  await stream.wait((events) => events.length === 1, 3_000);
  await Promise.all([stopClean(one), stopClean(other)]);
  assert.equal(await stream.end(), 'clean');
  await database.drop();
});

test('old tombstones go, and whoever may have missed them is told', { skip: !hasServices }, async () => {
  const database = await withDatabase();
  const start = () => startTestServer({ database, env: { CHANGES_RETENTION_DAYS: '2' } });
  let own = await start();
  const user = await new Client(own.url).register('old');
  const made = [];
  for (let i = 0; i < 6; ++i) made.push(await user.addBookmark());
  for (const { id } of made.slice(0, 3)) await user.delete(`/api/bookmarks/${id}`);
  const before = await read(user);
  const gone = before.changes.filter(({ op }) => op === 'delete').map(({ version }) => version);
  assert.equal(gone.length, 3);
  await stopClean(own);
  await adminSql(`UPDATE tombstones SET deleted_at = now() - interval '49 hours' WHERE library_version <= ${gone[1]}`, database.name);
  own = await start();
  user.url = own.url;
  const oldestVersion = gone[1];
  // The sweep comes soon after the start.
  await until(async () => (await user.get('/api/changes?since=1')).status === 410);
  const libraryVersion = before.libraryVersion;
  for (const since of [1, 6, oldestVersion - 1]) {
    const problem = expectProblem(await user.get(`/api/changes?since=${since}`), 410, 'CHANGES_EXPIRED');
    assert.deepEqual([problem.oldestVersion, problem.libraryVersion], [oldestVersion, libraryVersion]);
  }
  assert.deepEqual(summary(await read(user, `?since=${oldestVersion}`)), ['bookmark delete']);
  const stream = await listen(user, '', { 'last-event-id': '6' }, own);
  await stream.wait((events) => events.length === 1);
  assert.deepEqual(stream.events[0], { id: String(libraryVersion), event: 'reset', data: { oldestVersion, libraryVersion } });
  stream.close();
  // A walk that began at 0 has missed nothing, wherever it stands.
  const walked = [];
  for (let since = 0, more = true; more;) {
    const page = await read(user, `?since=${since}&limit=2`);
    walked.push(...page.changes);
    [since, more] = [page.version, page.hasMore];
    assert.ok(Number.isSafeInteger(since));
    if (!more) assert.equal(since, libraryVersion);
  }
  assert.deepEqual(walked, before.changes.filter(({ op, version }) => op !== 'delete' || version > oldestVersion));
  await stopClean(own);
  await database.drop();
});
