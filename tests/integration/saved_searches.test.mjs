// Saved searches (contract 3.6).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, startTestServer, stopClean } from '../support/client.mjs';
import { adminSql } from '../support/server.mjs';

const kSaved = '/api/search/saved';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`saved${++users}`);
const save = async (user, name, more) =>
  expectOk(await user.post(kSaved, { name, query: { text: name }, ...more }), 201).data.search;
const namesOf = async (user, query = '') => expectOk(await user.get(`${kSaved}${query}`)).data.searches.map(({ name }) => name);

test('create, read, change and delete', async () => {
  const user = await freshUser();
  const query = { text: '料理 OR cook', tags: ['a', 'b'], hasMedia: true, dateFrom: '2024-01-01', sortBy: 'date', unknown: 1, cursor: 'x', tz: 'Asia/Tokyo' };
  const answer = await user.post(kSaved, { name: '料理', query, pinned: true });
  const made = expectOk(answer, 201).data.search;
  assert.ok(answer.body.message);
  assert.equal(answer.headers.get('location'), `${kSaved}/${made.id}`);
  const { unknown, cursor, ...kept } = query;
  assert.deepEqual(made.query, kept, 'parameters of a list, as they were given');
  assert.deepEqual(Object.keys(made), ['id', 'version', 'name', 'query', 'order', 'pinned', 'createdAt', 'updatedAt']);
  assert.deepEqual([made.name, made.order, made.pinned, made.version], ['料理', 1, true, 1]);
  assert.match(made.id, kUuid);
  assert.match(made.createdAt, kTime);
  const url = `${kSaved}/${made.id}`;
  const got = await user.get(url);
  assert.deepEqual(expectOk(got).data.search, made);
  assert.equal(got.headers.get('etag'), answer.headers.get('etag'));
  const changed = await user.put(url, { name: 'renamed', pinned: false, order: 0 });
  const { search } = expectOk(changed).data;
  assert.deepEqual([search.name, search.pinned, search.order, search.version, search.query], ['renamed', false, 0, 2, kept]);
  assert.deepEqual(expectOk(await user.request('PATCH', url, { body: { query: {} } })).data.search.query, {});
  assert.deepEqual(expectOk(await user.delete(url)).data, { deletedId: made.id });
  expectProblem(await user.get(url), 404, 'SAVED_SEARCH_NOT_FOUND');
});

test('order, then name; pages', async () => {
  const user = await freshUser();
  await save(user, 'c');
  await save(user, 'a', { order: 7 });
  await save(user, 'b', { order: 7 });
  await save(user, 'first', { order: 0 });
  assert.deepEqual(await namesOf(user), ['first', 'c', 'a', 'b']);
  assert.equal((await save(user, 'last')).order, 8);
  const paged = await user.all(kSaved, 'searches', 2);
  assert.deepEqual(paged.items.map(({ name }) => name), ['first', 'c', 'a', 'b', 'last']);
  assert.deepEqual([paged.total, paged.pages], [5, 3]);
  assert.deepEqual(await namesOf(user, '?limit=2&page=2'), ['a', 'b']);
  const { nextCursor } = expectOk(await user.get(`${kSaved}?limit=3`)).data.pagination;
  await save(user, 'before', { order: 1 });
  assert.deepEqual(await namesOf(user, `?cursor=${encodeURIComponent(nextCursor)}`), ['b', 'last']);
  expectProblem(await (await freshUser()).get(`${kSaved}?cursor=${encodeURIComponent(nextCursor)}`), 400, 'INVALID_CURSOR');
  expectProblem(await user.get(`${kSaved}?limit=101`), 400, 'VALIDATION_ERROR');
});

test('faults', async () => {
  const user = await freshUser();
  const faults = async (body) => faultsOf(expectProblem(await user.post(kSaved, body), 400, 'INVALID_SAVED_SEARCH'));
  assert.deepEqual(await faults({}), ['name:invalid_type', 'query:invalid_type']);
  assert.deepEqual(await faults({ name: '', query: 'x', order: -1, pinned: 'perhaps' }),
    ['name:too_small', 'query:invalid_type', 'order:too_small', 'pinned:invalid_type']);
  assert.deepEqual(await faults({ name: '漢'.repeat(101), query: { text: 'x'.repeat(1001), categoryIds: ['x'], sortBy: 'size', limit: 0 } }),
    ['name:too_big', 'query.text:too_big', 'query.categoryIds.0:invalid_string', 'query.sortBy:invalid_enum_value', 'query.limit:too_small']);
  const { id } = await save(user, 'taken');
  expectProblem(await user.post(kSaved, { name: 'taken', query: {} }), 409, 'SAVED_SEARCH_EXISTS');
  const other = await save(user, 'other');
  expectProblem(await user.put(`${kSaved}/${other.id}`, { name: 'taken' }), 409, 'SAVED_SEARCH_EXISTS');
  expectOk(await user.put(`${kSaved}/${id}`, { name: 'taken' }));
  expectProblem(await user.put(`${kSaved}/${id}`, {}), 400, 'NO_UPDATE_FIELDS');
  expectProblem(await user.put(`${kSaved}/${id}`, { query: { dateTo: 'x' } }), 400, 'INVALID_SAVED_SEARCH');
  await save(await freshUser(), 'taken');
  await adminSql(`INSERT INTO saved_searches (user_id, id, library_version, name, query, sort_order, pinned, created_at, updated_at)
    SELECT '${user.user.id}', gen_random_uuid(), 0, 'many ' || n, '{}', n, false, now(), now() FROM generate_series(1, 998) AS n`, server.database.name);
  expectProblem(await user.post(kSaved, { name: 'too many', query: {} }), 400, 'INVALID_SAVED_SEARCH');
});

test('ETag and If-Match', async () => {
  const user = await freshUser();
  const { id } = await save(user, 'v');
  const url = `${kSaved}/${id}`;
  const etag = (await user.get(url)).headers.get('etag');
  assert.match(etag, /^"1\.[^"]+"$/);
  assert.equal((await user.get(url, { 'if-none-match': etag })).status, 304);
  const changed = await user.put(url, { order: 5 }, { 'if-match': etag });
  expectOk(changed);
  const problem = expectProblem(await user.put(url, { order: 6 }, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  assert.equal(problem.currentVersion, 2);
  expectProblem(await user.delete(url, undefined, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  expectOk(await user.delete(url, undefined, { 'if-match': changed.headers.get('etag') }));
});

test('part of the library: its version, and tombstones', async () => {
  const user = await freshUser();
  const tag = async (path) => (await user.get(path)).headers.get('etag');
  const list = await tag(kSaved);
  assert.equal(list, await tag('/api/bookmarks'), 'one version for all lists');
  assert.equal((await user.get(kSaved, { 'if-none-match': list })).status, 304);
  const { id } = await save(user, 'one');
  assert.notEqual(await tag(kSaved), list);
  expectOk(await user.put(`${kSaved}/${id}`, { pinned: true }));
  const sql = (text) => adminSql(text, server.database.name);
  const own = `user_id = '${user.user.id}'`;
  const [[row, library]] = await sql(`SELECT s.library_version, l.version FROM saved_searches s JOIN library l USING (user_id) WHERE ${own}`);
  assert.equal(row, library, 'each change has a number of its own');
  expectOk(await user.delete(`${kSaved}/${id}`));
  assert.deepEqual(await sql(`SELECT type, item_id, library_version - ${library} FROM tombstones WHERE ${own}`), [['savedSearch', id, '1']]);
  assert.equal(Number((await sql(`SELECT version FROM library WHERE ${own}`))[0][0]), Number(library) + 1);
});

test('the saved searches of others do not exist', async () => {
  const [owner, stranger] = [await freshUser(), await freshUser()];
  const { id } = await save(owner, 'private');
  for (const path of [`${kSaved}/${id}`, `${kSaved}/${kNobodysId}`, `${kSaved}/x`]) {
    expectProblem(await stranger.get(path), 404, 'SAVED_SEARCH_NOT_FOUND');
    expectProblem(await stranger.put(path, { name: 'n' }), 404, 'SAVED_SEARCH_NOT_FOUND');
    expectProblem(await stranger.delete(path), 404, 'SAVED_SEARCH_NOT_FOUND');
  }
  assert.deepEqual(await namesOf(owner), ['private']);
});
