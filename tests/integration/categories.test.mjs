// Categories (contract 3.4, 5.1).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, startTestServer, stopClean } from '../support/client.mjs';

const kDefaults = [
  ['技術・AI', '#3B82F6', 'cpu'], ['趣味・ゲーム', '#10B981', 'gamepad-2'], ['料理・レシピ', '#F59E0B', 'chef-hat'],
  ['読書・書籍', '#8B5CF6', 'book-open'], ['未分類', '#6B7280', 'folder'],
];

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`categories${++users}`);
const fields = (name, more = {}) => ({ name, color: '#112233', icon: 'star', ...more });
const add = async (user, name, more) => expectOk(await user.post('/api/categories', fields(name, more)), 201).data.category;
const treeOf = async (user, query = '') => expectOk(await user.get(`/api/categories${query}`)).data;

test('an account starts with the default categories', async () => {
  const user = await freshUser();
  const { categories, total } = await treeOf(user);
  assert.equal(total, 5);
  assert.deepEqual(categories.map(({ order, name, color, icon }) => [order, name, color, icon]),
    kDefaults.map((values, i) => [i + 1, ...values]));
  for (const category of categories) {
    assert.match(category.id, kUuid);
    assert.match(category.createdAt, kTime);
    assert.equal(category.userId, user.user.id);
    assert.equal(category.isDefault, true);
    assert.equal(category.parentId, null);
    assert.equal(category.description, null);
    assert.deepEqual(category.children, []);
    assert.equal(typeof category.version, 'number');
  }
  const defaults = expectOk(await user.get('/api/categories/defaults')).data;
  assert.deepEqual(defaults.map((category) => category.name), kDefaults.map(([name]) => name));
});

test('create, read, change and delete', async () => {
  const user = await freshUser();
  const answer = await user.post('/api/categories', fields('Root', { description: 'about' }));
  const root = expectOk(answer, 201).data.category;
  assert.equal(root.order, 6, 'largest sibling + 1');
  assert.equal(root.description, 'about');
  assert.equal(root.isDefault, false);
  const child = await add(user, 'Child', { parentId: root.id });
  const bookmark = await user.addBookmark({ categoryId: child.id });
  await user.addBookmark({ categoryId: child.id, isArchived: true });
  assert.deepEqual(bookmark.category, { id: child.id, name: 'Child', color: '#112233', icon: 'star' });
  const single = expectOk(await user.get(`/api/categories/${child.id}`)).data.category;
  assert.equal(single.bookmarkCount, 1, 'archived ones do not count');
  assert.deepEqual(single.parent, { id: root.id, name: 'Root' });
  const parent = expectOk(await user.get(`/api/categories/${root.id}`)).data.category;
  assert.deepEqual(parent.children.map(({ id, bookmarkCount }) => [id, bookmarkCount]), [[child.id, 1]]);
  const { categories } = await treeOf(user, '?includeCount=true');
  const node = categories.find(({ id }) => id === root.id);
  assert.equal(node.bookmarkCount, 0);
  assert.equal(node.children[0].bookmarkCount, 1);
  const changed = expectOk(await user.put(`/api/categories/${child.id}`, { name: '新しい名前', color: '#abcdef', description: null, parentId: null })).data.category;
  assert.equal(changed.name, '新しい名前');
  assert.equal(changed.parentId, null);
  assert.ok(changed.version > child.version);
  assert.equal(expectOk(await user.get(`/api/bookmarks/${bookmark.id}`)).data.bookmark.category.name, '新しい名前');
  assert.deepEqual(expectOk(await user.delete(`/api/categories/${child.id}`)).data, { deletedId: child.id, reassignedTo: null });
  expectProblem(await user.get(`/api/categories/${child.id}`), 404, 'CATEGORY_NOT_FOUND');
  assert.equal(expectOk(await user.get(`/api/bookmarks/${bookmark.id}`)).data.bookmark.category, null);
});

test('deleting moves children to the root and bookmarks to the target', async () => {
  const user = await freshUser();
  const [gone, target] = [await add(user, 'gone'), await add(user, 'target')];
  const child = await add(user, 'child', { parentId: gone.id });
  const bookmark = await user.addBookmark({ categoryId: gone.id });
  for (const reassignTo of [gone.id, kNobodysId, 'x']) {
    expectProblem(await user.delete(`/api/categories/${gone.id}?reassignTo=${reassignTo}`), 400, 'REASSIGN_TARGET_NOT_FOUND');
  }
  assert.equal(expectOk(await user.delete(`/api/categories/${gone.id}?reassignTo=${target.id}`)).data.reassignedTo, target.id);
  assert.equal(expectOk(await user.get(`/api/bookmarks/${bookmark.id}`)).data.bookmark.categoryId, target.id);
  const { categories } = await treeOf(user, '?includeCount=true');
  assert.ok(categories.some(({ id }) => id === child.id));
  assert.equal(categories.find(({ id }) => id === target.id).bookmarkCount, 1);
  const { data } = expectOk(await user.get('/api/categories/defaults'));
  expectProblem(await user.delete(`/api/categories/${data[0].id}`), 400, 'CANNOT_DELETE_DEFAULT_CATEGORY');
});

test('faults of the data', async () => {
  const user = await freshUser();
  const missing = expectProblem(await user.post('/api/categories', {}), 400, 'INVALID_CATEGORY_DATA');
  assert.deepEqual(faultsOf(missing), ['name:invalid_type', 'color:invalid_type', 'icon:invalid_type']);
  const wrong = expectProblem(await user.post('/api/categories', {
    name: '漢'.repeat(101), description: 'd'.repeat(501), color: 'red', icon: '', parentId: 'x', order: -1,
  }), 400, 'INVALID_CATEGORY_DATA');
  assert.deepEqual(faultsOf(wrong), ['name:too_big', 'description:too_big', 'color:invalid_string', 'icon:too_small', 'parentId:invalid_string', 'order:too_small']);
  expectProblem(await user.post('/api/categories', fields('a', { order: 1.5 })), 400, 'INVALID_CATEGORY_DATA');
  expectProblem(await user.post('/api/categories', fields('a', { parentId: kNobodysId })), 400, 'PARENT_CATEGORY_NOT_FOUND');
  await add(user, 'taken');
  expectProblem(await user.post('/api/categories', fields('taken')), 409, 'CATEGORY_NAME_EXISTS');
  const { data: [first] } = expectOk(await user.get('/api/categories/defaults'));
  expectProblem(await user.put(`/api/categories/${first.id}`, { name: 'taken' }), 409, 'CATEGORY_NAME_EXISTS');
  expectProblem(await user.put(`/api/categories/${first.id}`, {}), 400, 'NO_UPDATE_FIELDS');
  expectProblem(await user.put(`/api/categories/${first.id}`, { color: '#12' }), 400, 'INVALID_UPDATE_DATA');
  assert.equal(expectOk(await user.put(`/api/categories/${first.id}`, { name: 'renamed' })).data.category.isDefault, true);
});

test('no cycles, ten levels', async () => {
  const user = await freshUser();
  const chain = [await add(user, 'level 1')];
  for (let level = 2; level <= 10; ++level) chain.push(await add(user, `level ${level}`, { parentId: chain.at(-1).id }));
  expectProblem(await user.post('/api/categories', fields('level 11', { parentId: chain[9].id })), 400, 'CATEGORY_DEPTH_EXCEEDED');
  const move = (id, parentId) => user.put(`/api/categories/${id}`, { parentId });
  expectProblem(await move(chain[0].id, chain[0].id), 400, 'SELF_PARENT_REFERENCE');
  expectProblem(await move(chain[0].id, chain[9].id), 400, 'CIRCULAR_REFERENCE');
  const above = await add(user, 'above');
  expectProblem(await move(chain[0].id, above.id), 400, 'CATEGORY_DEPTH_EXCEEDED');
  expectProblem(await move(above.id, kNobodysId), 400, 'PARENT_CATEGORY_NOT_FOUND');
  expectOk(await move(chain[5].id, above.id));
});

test('order', async () => {
  const user = await freshUser();
  const ids = (await treeOf(user)).categories.map(({ id }) => id);
  const reversed = ids.toReversed();
  const done = expectOk(await user.put('/api/categories/order', { categoryIds: reversed }));
  assert.equal(done.data.updatedCount, 5);
  assert.deepEqual((await treeOf(user)).categories.map(({ id, order }) => [id, order]), reversed.map((id, i) => [id, i + 1]));
  expectOk(await user.put('/api/categories/order', { categoryOrders: [{ id: ids[0], order: 0 }] }));
  assert.equal((await treeOf(user)).categories[0].id, ids[0]);
  expectProblem(await user.put('/api/categories/order', { categoryIds: [ids[1], kNobodysId] }), 400, 'INVALID_CATEGORY_OWNERSHIP');
  expectProblem(await user.put('/api/categories/order', { categoryOrders: [{ id: 'x' }] }), 400, 'INVALID_ORDER_DATA');
  expectProblem(await user.put('/api/categories/order', {}), 400, 'INVALID_ORDER_DATA');
});

test('If-Match compares the row version', async () => {
  const user = await freshUser();
  const made = await add(user, 'versions');
  const url = `/api/categories/${made.id}`;
  const { headers } = await user.get(url);
  const etag = headers.get('etag');
  assert.match(etag, /^"\d+\.[^"]+"$/);
  assert.equal((await user.get(url, { 'if-none-match': etag })).status, 304);
  const changed = await user.put(url, { name: 'versions 2' }, { 'if-match': etag });
  expectOk(changed);
  const conflict = expectProblem(await user.put(url, { name: 'versions 3' }, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  assert.equal(conflict.currentVersion, changed.body.data.category.version);
  expectProblem(await user.delete(url, undefined, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  expectOk(await user.delete(url, undefined, { 'if-match': changed.headers.get('etag') }));
});

test('the categories of others do not exist', async () => {
  const [owner, stranger] = [await freshUser(), await freshUser()];
  const { id } = await add(owner, 'private');
  for (const path of [`/api/categories/${id}`, '/api/categories/not-a-uuid', `/api/categories/${kNobodysId}`]) {
    expectProblem(await stranger.get(path), 404, 'CATEGORY_NOT_FOUND');
    expectProblem(await stranger.put(path, { name: 'stolen' }), 404, 'CATEGORY_NOT_FOUND');
    expectProblem(await stranger.delete(path), 404, 'CATEGORY_NOT_FOUND');
  }
  expectProblem(await stranger.post('/api/categories', fields('below', { parentId: id })), 400, 'PARENT_CATEGORY_NOT_FOUND');
  const bookmark = { content: 'a', authorUsername: 'a', authorDisplayName: 'a', xTweetId: '1', categoryId: id };
  expectProblem(await stranger.post('/api/bookmarks', bookmark), 400, 'CATEGORY_NOT_FOUND');
  expectProblem(await nobody.get('/api/categories'), 401, 'MISSING_AUTH_HEADER');
});
