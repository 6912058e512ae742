// Statistics (contract 3.16).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectHeaders, expectOk, expectProblem, faultsOf, kTime, startTestServer, stopClean, until } from '../support/client.mjs';
import { adminSql } from '../support/server.mjs';

let server;
let nobody;
let admin;
let users = 0;
before(async () => {
  server = await startTestServer({ env: { WORKERS: '1' } });
  nobody = new Client(server.url);
  admin = await nobody.register('admin');
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`stats${++users}`);
const sql = (text) => adminSql(text, server.database.name);
const numbersOf = async (user, query = '') => expectOk(await user.get(`/api/stats/database${query}`));

/** An entry of the history is written soon after its search, not with it. */
const searched = (user, total) => until(async () => (await numbersOf(user)).searchHistory.total === total);

async function library() {
  const user = await freshUser();
  const { data: [first, second] } = expectOk(await user.get('/api/categories/defaults'));
  await user.addBookmark({ tags: ['a', 'b'], categoryId: first.id });
  await user.addBookmark({ tags: ['a'], categoryId: first.id, isArchived: true });
  await user.addBookmark({ categoryId: second.id });
  await user.addBookmark();
  expectOk(await user.get('/api/search?text=x'));
  await searched(user, 1);
  return { user, first, second };
}

test('database: the own numbers', async () => {
  const { user, first, second } = await library();
  const { success, ...numbers } = await numbersOf(user);
  assert.deepEqual(numbers, {
    users: { total: 1, active: 1, newThisMonth: 1 },
    bookmarks: { total: 4, thisMonth: 4, averagePerUser: 4 },
    categories: { total: 5, mostUsed: [{ name: first.name, count: 2 }, { name: second.name, count: 1 }] },
    tags: { total: 2, mostUsed: [{ name: 'a', count: 2 }, { name: 'b', count: 1 }] },
    searchHistory: { total: 1, thisWeek: 1 },
  });
  const own = `user_id = '${user.user.id}'`;
  await sql(`UPDATE search_history SET created_at = now() - interval '8 days' WHERE ${own}`);
  await sql(`UPDATE bookmarks SET created_at = now() - interval '32 days' WHERE ${own} AND category_id IS NULL`);
  await sql(`UPDATE sessions SET last_active_at = now() - interval '31 days' WHERE ${own}`);
  const later = await numbersOf(user);
  assert.deepEqual([later.searchHistory, later.bookmarks.thisMonth, later.users.active], [{ total: 1, thisWeek: 0 }, 3, 0]);
});

test('database: the numbers of all are for administrators', async () => {
  const { user } = await library();
  expectProblem(await user.get('/api/stats/database?scope=all'), 403, 'ADMIN_REQUIRED');
  const all = await numbersOf(admin, '?scope=all');
  const [[accounts, bookmarks]] = await sql('SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM bookmarks)');
  assert.equal(all.users.total, Number(accounts));
  assert.equal(all.bookmarks.total, Number(bookmarks));
  assert.ok(all.categories.total >= 5 * all.users.total);
  assert.ok(all.tags.mostUsed[0].count >= 2);
  assert.equal((await numbersOf(admin)).users.total, 1, 'without the scope the own ones');
  assert.deepEqual(faultsOf(expectProblem(await admin.get('/api/stats/database?scope=every&tz=x'), 400, 'INVALID_STATS_PARAMS')),
    ['scope:invalid_enum_value', 'tz:custom']);
});

test('usage', async () => {
  const { user, first, second } = await library();
  const usage = expectOk(await user.get('/api/stats/usage'));
  assert.equal(usage.period, '30d');
  assert.equal(usage.daily.length, 30);
  assert.deepEqual(usage.daily.at(-1), { date: new Date().toISOString().slice(0, 10), bookmarks: 4, searches: 1 });
  assert.deepEqual(usage.categoryDistribution, [{ name: first.name, count: 2, percentage: 50 }, { name: second.name, count: 1, percentage: 25 }]);
  for (const [period, days] of [['7d', 7], ['90d', 90]]) assert.equal(expectOk(await user.get(`/api/stats/usage?period=${period}`)).daily.length, days);
  const tokyo = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  assert.equal(expectOk(await user.get('/api/stats/usage?tz=Asia/Tokyo')).daily.at(-1).date, tokyo);
  for (const period of ['1d', '30', '']) expectProblem(await user.get(`/api/stats/usage?period=${period}`), 400, 'INVALID_STATS_PARAMS');
});

test('export', async () => {
  const { user } = await library();
  const answer = await user.post('/api/stats/export', { format: 'json', period: '7d', includeUserStats: true, includeStorageStats: true });
  assert.equal(answer.status, 200, answer.text);
  expectHeaders(answer.headers);
  assert.match(answer.headers.get('content-disposition'), /^attachment; filename="stats-\d{4}-\d\d-\d\d\.json"$/);
  const { body } = answer;
  assert.deepEqual(Object.keys(body), ['generatedAt', 'period', 'daily', 'categoryDistribution', 'database', 'storage']);
  assert.match(body.generatedAt, kTime);
  assert.equal(body.period, '7d');
  assert.equal(body.daily.length, 7);
  assert.equal(body.database.bookmarks.total, 4);
  assert.deepEqual([body.storage.totalFiles, body.storage.totalSize], [0, 0]);
  const short = await user.post('/api/stats/export', {});
  assert.deepEqual(Object.keys(short.body), ['generatedAt', 'period', 'daily', 'categoryDistribution']);
  const faulty = expectProblem(await user.post('/api/stats/export', { format: 'csv', period: '1y', includeUserStats: 3 }), 400, 'INVALID_STATS_PARAMS');
  assert.deepEqual(faultsOf(faulty), ['format:invalid_enum_value', 'period:invalid_enum_value', 'includeUserStats:invalid_type']);
  assert.equal(short.headers.get('cache-control'), 'no-store');
});

test('statistics change without a write to the library', async () => {
  const { user } = await library();
  expectOk(await user.post('/api/search', { text: 'one more' }));
  await searched(user, 2);
  const etag = (await user.get('/api/stats/database')).headers.get('etag');
  assert.equal((await user.get('/api/stats/database', { 'if-none-match': etag })).status, 304);
});
