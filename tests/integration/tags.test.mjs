// Tags (contract 3.5, 5.2).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, stopClean } from '../support/client.mjs';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`tags${++users}`);
const tagsOf = async (user, query = '') => (await user.all(`/api/tags${query}`, 'tags')).items;
const countsOf = async (user, query) => (await tagsOf(user, query)).map(({ name, count }) => [name, count]);
const url = (name) => `/api/tags/${encodeURIComponent(name)}`;

test('tags take their normal form', async () => {
  const user = await freshUser();
  const made = await user.addBookmark({ tags: ['  a   b ', 'か\u3099', 'が', 'Rust', 'rust', 'Rust'] });
  assert.deepEqual(made.tags, ['a b', 'が', 'Rust', 'rust']);
});

test('list by count or name, with search', async () => {
  const user = await freshUser();
  await user.addBookmark({ tags: ['料理', 'cpp', 'ｶﾞﾗｽ'] });
  await user.addBookmark({ tags: ['cpp', 'db'] });
  await user.addBookmark({ tags: ['cpp', 'db'] });
  assert.deepEqual((await countsOf(user)).slice(0, 2), [['cpp', 3], ['db', 2]]);
  assert.deepEqual((await tagsOf(user, '?sortBy=name')).map(({ name }) => name).toSorted(), ['cpp', 'db', '料理', 'ｶﾞﾗｽ'].toSorted());
  assert.deepEqual(await countsOf(user, '?q=p'), [['cpp', 3]]);
  assert.equal((await tagsOf(user))[0].color, null);
  const { data } = expectOk(await user.get('/api/tags?limit=2'));
  assert.deepEqual({ total: data.pagination.total, hasMore: data.pagination.hasMore, n: data.tags.length }, { total: 4, hasMore: true, n: 2 });
  assert.equal((await user.all('/api/tags', 'tags', 1)).items.length, 4, 'cursors walk all');
  expectProblem(await user.get('/api/tags?sortBy=size'), 400, 'INVALID_QUERY_PARAMS');
});

test('rename, colour, merge and delete', async () => {
  const user = await freshUser();
  const one = await user.addBookmark({ tags: ['old', 'both'] });
  const two = await user.addBookmark({ tags: ['both', 'new'] });
  const three = await user.addBookmark({ tags: ['old', 'new'] });
  const tagsAt = async ({ id }) => expectOk(await user.get(`/api/bookmarks/${id}`)).data.bookmark.tags;
  const coloured = expectOk(await user.put(url('old'), { color: '#ff0000' })).data;
  assert.equal(coloured.tag.color, '#ff0000');
  assert.equal(coloured.merged, false);
  const renamed = expectOk(await user.put(url('both'), { name: '両方' })).data;
  assert.deepEqual(renamed, { tag: { name: '両方', color: null, count: 2 }, affectedCount: 2, merged: false });
  assert.deepEqual(await tagsAt(one), ['old', '両方']);
  const merged = expectOk(await user.put(url('old'), { name: 'new' })).data;
  assert.equal(merged.merged, true);
  assert.equal(merged.tag.count, 3);
  assert.deepEqual(await tagsAt(three), ['new'], 'not twice');
  assert.deepEqual((await tagsAt(two)).toSorted(), ['new', '両方'].toSorted());
  expectProblem(await user.put(url('old'), { name: 'x' }), 404, 'TAG_NOT_FOUND');
  assert.deepEqual(expectOk(await user.delete(url('new'))).data, { deletedName: 'new', affectedCount: 3 });
  assert.deepEqual(await tagsAt(three), []);
  assert.deepEqual(await countsOf(user), [['両方', 2]]);
});

test('names with every kind of character in the path', async () => {
  const user = await freshUser();
  const names = ['a/b', 'c++', '100%', '#hash', 'あ い', '?q', '...', '😀'];
  await user.addBookmark({ tags: names });
  for (const name of names) assert.equal(expectOk(await user.delete(url(name))).data.deletedName, name);
  assert.deepEqual(await tagsOf(user), []);
});

test('faults', async () => {
  const user = await freshUser();
  await user.addBookmark({ tags: ['t'] });
  expectProblem(await user.put(url('t'), {}), 400, 'NO_UPDATE_FIELDS');
  for (const body of [{ name: '' }, { name: 'a,b' }, { name: 'x'.repeat(101) }, { name: 3 }, { color: 'red' }]) {
    expectProblem(await user.put(url('t'), body), 400, 'INVALID_TAG_DATA');
  }
  expectProblem(await user.delete(url('none')), 404, 'TAG_NOT_FOUND');
  const stranger = await freshUser();
  expectProblem(await stranger.put(url('t'), { name: 'u' }), 404, 'TAG_NOT_FOUND');
  expectProblem(await stranger.delete(url('t')), 404, 'TAG_NOT_FOUND');
  assert.deepEqual(await countsOf(user), [['t', 1]]);
});
