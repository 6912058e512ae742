// Search history and its analytics (contract 3.6).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, startTestServer, stopClean, until } from '../support/client.mjs';
import { adminSql } from '../support/server.mjs';

const kHistory = '/api/search/history';

let server;
let nobody;
let users = 0;
before(async () => {
  // One worker: what it recorded is written before it lists.
  server = await startTestServer({ env: { WORKERS: '1', SEARCH_HISTORY_MAX: '120' } });
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`history${++users}`);
const sql = (text) => adminSql(text, server.database.name);
const listOf = async (user, query = '') => expectOk(await user.get(`${kHistory}${query}`)).data;
const textsOf = async (user) => (await listOf(user)).history.map(({ query }) => query.text);
const search = async (user, query) => expectOk(await user.get(`/api/search?${query}`)).data;

test('the first page of a search with a text or a filter becomes an entry', async () => {
  const user = await freshUser();
  for (let i = 0; i < 3; ++i) await user.addBookmark({ content: `猫 ${i}`, tags: ['t'] });
  const versionBefore = (await user.get('/api/bookmarks')).headers.get('etag');
  const first = await search(user, `text=${encodeURIComponent('猫')}&limit=2`);
  const cursor = encodeURIComponent(first.pagination.nextCursor);
  await search(user, `text=${encodeURIComponent('猫')}&limit=2&cursor=${cursor}`);
  await search(user, `text=${encodeURIComponent('猫')}&limit=2&offset=2`);
  await search(user, `text=${encodeURIComponent('猫')}&limit=2&page=2`);
  await search(user, 'limit=1');
  await search(user, 'text=%20&includeArchived=true');
  await search(user, 'tags=t&limit=1&page=1');
  expectOk(await user.post('/api/search', { text: 'posted', hasMedia: true }));
  expectProblem(await user.get('/api/search?text=x&limit=0'), 400, 'INVALID_SEARCH_PARAMS');
  const { history, pagination } = await listOf(user);
  assert.deepEqual(history.map(({ query }) => query.text ?? query.tags), ['posted', ['t'], '猫'], 'newest first');
  assert.equal(pagination.total, 3);
  const [posted, , cat] = history;
  assert.equal(posted.query.hasMedia, true);
  assert.equal(posted.resultCount, 0);
  assert.equal(cat.resultCount, 3, 'the total, not the page');
  assert.ok(cat.executionTime > 0 && !('executionTime' in cat.query));
  assert.match(cat.id, kUuid);
  assert.match(cat.createdAt, kTime);
  assert.equal((await user.get('/api/bookmarks')).headers.get('etag'), versionBefore, 'not part of the library version');
});

test('what is answered without a search writes none', async () => {
  const user = await freshUser();
  await user.addBookmark({ content: 'once' });
  const answer = await user.get('/api/search?text=once');
  expectOk(answer);
  assert.equal((await user.get('/api/search?text=once', { 'if-none-match': answer.headers.get('etag') })).status, 304);
  expectOk(await user.get('/api/search?text=once'));
  assert.deepEqual(await textsOf(user), ['once'], 'neither a 304 nor an answer out of the cache');
  await user.addBookmark();
  expectOk(await user.get('/api/search?text=once'));
  assert.deepEqual(await textsOf(user), ['once', 'once'], 'a write makes it a new search');
});

test('add, delete and clear', async () => {
  const [user, other] = [await freshUser(), await freshUser()];
  const nested = expectOk(await user.post(kHistory, { query: { text: 'nested', tags: ['a'] }, resultCount: 7, executionTime: 1.5 }), 201);
  assert.match(nested.data.id, kUuid);
  assert.ok(nested.message);
  expectOk(await user.post(kHistory, { text: 'bare' }), 201);
  const { history } = await listOf(user);
  assert.deepEqual(history.map(({ query, resultCount, executionTime }) => [query.text, resultCount, executionTime]),
    [['bare', 0, 0], ['nested', 7, 1.5]]);
  assert.deepEqual(history[1].query.tags, ['a']);
  for (const body of [{}, { query: {} }, { query: { text: '  ' } }, { resultCount: 1 }, { query: { includeArchived: true } }]) {
    expectProblem(await user.post(kHistory, body), 400, 'QUERY_REQUIRED');
  }
  const faulty = expectProblem(await user.post(kHistory, { query: { text: 'x', dateFrom: 'soon', categoryIds: ['y'] }, resultCount: -1, executionTime: 'long' }), 400, 'VALIDATION_ERROR');
  assert.deepEqual(faultsOf(faulty), ['query.categoryIds.0:invalid_string', 'query.dateFrom:invalid_date', 'resultCount:too_small', 'executionTime:invalid_type']);
  expectProblem(await user.post(kHistory, { query: 'text' }), 400, 'VALIDATION_ERROR');
  for (const id of [kNobodysId, 'x']) expectProblem(await user.delete(`${kHistory}/${id}`), 404, 'SEARCH_HISTORY_NOT_FOUND');
  expectProblem(await other.delete(`${kHistory}/${history[0].id}`), 404, 'SEARCH_HISTORY_NOT_FOUND');
  assert.ok(expectOk(await user.delete(`${kHistory}/${history[0].id}`)).message);
  expectProblem(await user.delete(`${kHistory}/${history[0].id}`), 404, 'SEARCH_HISTORY_NOT_FOUND');
  assert.deepEqual(await textsOf(user), ['nested']);
  await search(user, 'text=again');
  assert.equal(expectOk(await other.delete(kHistory)).data.deletedCount, 0);
  assert.equal(expectOk(await user.delete(kHistory)).data.deletedCount, 2);
  assert.deepEqual(await textsOf(user), []);
});

test('pages', async () => {
  const user = await freshUser();
  for (let i = 0; i < 25; ++i) expectOk(await user.post(kHistory, { text: `q${i}` }), 201);
  const all = await listOf(user, '?limit=5000');
  assert.equal(all.pagination.limit, 100, 'cap 100');
  assert.equal(all.history.length, 25);
  const ids = all.history.map(({ id }) => id);
  const seen = [];
  let query = '?limit=10';
  for (let page = 0; page < 3; ++page) {
    const { history, pagination } = await listOf(user, query);
    seen.push(...history.map(({ id }) => id));
    assert.equal(pagination.offset, page * 10);
    query = `?limit=10&cursor=${encodeURIComponent(pagination.nextCursor ?? '')}`;
    if (page === 0) { // A new entry before the cursor, and one before it goes.
      expectOk(await user.post(kHistory, { text: 'new' }), 201);
      expectOk(await user.delete(`${kHistory}/${ids[3]}`));
    }
  }
  assert.deepEqual(seen, ids);
  assert.deepEqual((await listOf(user, '?limit=5&page=2')).history.map(({ query: { text } }) => text).length, 5);
  for (const [wrong, fault] of [['limit=0', 'limit:too_small'], ['limit=a', 'limit:invalid_type'], ['offset=10001', 'offset:too_big'], ['page=0', 'page:too_small']]) {
    assert.deepEqual(faultsOf(expectProblem(await user.get(`${kHistory}?${wrong}`), 400, 'VALIDATION_ERROR')), [fault]);
  }
  const other = await freshUser();
  const { nextCursor } = (await listOf(user, '?limit=1')).pagination;
  expectProblem(await other.get(`${kHistory}?cursor=${encodeURIComponent(nextCursor)}`), 400, 'INVALID_CURSOR');
  expectProblem(await user.get(`${kHistory}?cursor=x`), 400, 'INVALID_CURSOR');
});

test('only the newest entries are kept', async () => {
  const user = await freshUser();
  // As after a longer limit: ids of an hour ago.
  await sql(`INSERT INTO search_history (user_id, id, query, result_count, execution_ms, created_at)
    SELECT '${user.user.id}', (lpad(to_hex((extract(epoch FROM now() - interval '1 hour') * 1000)::bigint + n), 12, '0') || '70008000000000000000')::uuid,
           jsonb_build_object('text', 'old ' || n), 0, 1, now() - interval '1 hour' + n * interval '1 ms'
      FROM generate_series(1, 300) AS n`);
  await search(user, 'text=newest');
  const count = async () => Number((await sql(`SELECT count(*) FROM search_history WHERE user_id = '${user.user.id}'`))[0][0]);
  const { items, total } = await user.all(kHistory, 'history');
  assert.deepEqual([items.length, total], [120, 120]);
  assert.deepEqual(items.slice(0, 3).map(({ query }) => query.text), ['newest', 'old 300', 'old 299']);
  assert.equal(await count(), 120);
  for (let i = 0; i < 30; ++i) await search(user, `text=n${i}`);
  const later = await user.all(kHistory, 'history');
  assert.deepEqual([later.items.length, later.total], [120, 120], 'what is not yet trimmed is not there');
  assert.equal(later.items.at(-1).query.text, 'old 212');
});

test('analytics', async () => {
  const user = await freshUser();
  const days = async (query) => expectOk(await user.get(`/api/search/analytics${query}`)).data;
  const empty = await days('');
  assert.deepEqual([empty.totalSearches, empty.avgExecutionTime, empty.mostSearchedTerms], [0, 0, []]);
  assert.equal(empty.searchTrends.length, 30);
  assert.deepEqual(empty.period.days, 30);
  for (const [text, times] of [['often', 3], ['猫', 2], ['seldom', 1]]) {
    for (let i = 0; i < times; ++i) expectOk(await user.post(kHistory, { query: { text }, executionTime: 10 * (i + 1) }), 201);
  }
  expectOk(await user.post(kHistory, { query: { hasMedia: true } }), 201);
  await sql(`UPDATE search_history SET created_at = now() - interval '40 days' WHERE user_id = '${user.user.id}' AND query->>'text' = 'seldom'`);
  const month = await days('');
  assert.equal(month.totalSearches, 6);
  assert.equal(month.avgExecutionTime, (10 + 20 + 30 + 10 + 20) / 6);
  assert.deepEqual(month.mostSearchedTerms, [{ query: 'often', count: 3 }, { query: '猫', count: 2 }]);
  assert.equal(month.searchTrends.reduce((sum, { count }) => sum + count, 0), 6);
  const quarter = await days('?days=365&tz=Asia/Tokyo');
  assert.equal(quarter.period.days, 90, 'clamped');
  assert.equal(quarter.totalSearches, 7);
  assert.equal(quarter.searchTrends.length, 90);
  const tokyo = new Date(Date.now() + 9 * 3_600_000).toISOString().slice(0, 10);
  assert.equal(quarter.searchTrends.at(-1).date, tokyo, 'days of the time zone');
  assert.ok(quarter.period.from.endsWith('T15:00:00.000Z'), 'midnight in Tokyo');
  assert.equal((await days('?days=-5')).searchTrends.length, 1);
  expectProblem(await user.get('/api/search/analytics?days=ten'), 400, 'VALIDATION_ERROR');
  expectProblem(await user.get('/api/search/analytics?tz=Mars/Base'), 400, 'VALIDATION_ERROR');
  const { headers } = await user.get('/api/search/analytics');
  assert.match(headers.get('etag'), /^W\/"/);
});

test('every time zone that is accepted is one of the database', async () => {
  const user = await freshUser();
  const odd = ['ACT', 'AET', 'JST', 'EST5EDT', 'SystemV/PST8', 'Etc/Unknown', 'Etc/GMT+9', 'GMT+9', 'US/Pacific', 'Japan', 'utc', 'PST', 'posixrules', 'Asia/Tokyo ', "x'"];
  let accepted = 0;
  for (const zone of [...odd, ...Intl.supportedValuesOf('timeZone')]) {
    const { status, text } = await user.get(`/api/search/analytics?days=1&tz=${encodeURIComponent(zone)}`);
    assert.ok(status === 200 || status === 400, `${zone}: ${text}`);
    accepted += status === 200 ? 1 : 0;
  }
  assert.ok(accepted > 300);
});

test('texts that a database cannot hold do no harm', async () => {
  const user = await freshUser();
  for (const text of ['a\0b', '\u0001']) {
    expectOk(await user.post('/api/search', { text, tags: [`t${text}`], authorUsername: text }));
    expectOk(await user.post(kHistory, { text }), 201);
  }
  for (const query of ['text=%00x', 'tags=%00', 'authorUsername=a%00', 'text=%ff']) expectOk(await user.get(`/api/search?${query}`));
  await until(async () => (await listOf(user)).pagination.total >= 4);
  assert.deepEqual(server.logs().filter(({ msg }) => msg === 'search history could not be written'), []);
});
