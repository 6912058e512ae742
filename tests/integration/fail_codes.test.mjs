// The 500 of every library route carries the route's own code (contract 1.2 "Fail", 3.3 to 3.8, 3.16) and tells nothing
// of the database.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bookmark, Client, expectOk, expectProblem, kNobodysId, startTestServer, stopClean } from '../support/client.mjs';
import { adminSql } from '../support/server.mjs';

const kTables = ['library', 'categories', 'tags', 'bookmarks', 'search_history', 'saved_searches'];
const kId = kNobodysId;
const kCategory = { name: 'c', color: '#000000', icon: 'x' };

const kCases = [
  ['GET', '/api/bookmarks', 'GET_BOOKMARKS_ERROR'], ['GET', '/api/bookmarks?text=x', 'GET_BOOKMARKS_ERROR'],
  ['GET', `/api/bookmarks/${kId}`, 'GET_BOOKMARK_ERROR'], ['POST', '/api/bookmarks', 'CREATE_BOOKMARK_ERROR', bookmark()],
  ['PUT', `/api/bookmarks/${kId}`, 'UPDATE_BOOKMARK_ERROR', { note: 'x' }], ['PUT', `/api/bookmarks/${kId}/archive`, 'UPDATE_BOOKMARK_ERROR', {}],
  ['DELETE', `/api/bookmarks/${kId}`, 'DELETE_BOOKMARK_ERROR'],
  ['POST', '/api/bookmarks/bulk', 'BULK_UPDATE_BOOKMARKS_ERROR', { bookmarkIds: [kId], updates: { note: 'x' } }],
  ['PUT', '/api/bookmarks/bulk', 'BULK_UPDATE_BOOKMARKS_ERROR', { bookmarkIds: [kId], note: 'x' }],
  ['DELETE', '/api/bookmarks/bulk', 'BULK_DELETE_BOOKMARKS_ERROR', { bookmarkIds: [kId] }],
  ['GET', '/api/categories', 'GET_CATEGORIES_ERROR'], ['GET', '/api/categories/defaults', 'GET_CATEGORIES_ERROR'],
  ['GET', `/api/categories/${kId}`, 'GET_CATEGORY_ERROR'], ['POST', '/api/categories', 'CREATE_CATEGORY_ERROR', kCategory],
  ['PUT', '/api/categories/order', 'REORDER_CATEGORIES_ERROR', { categoryIds: [kId] }],
  ['PUT', `/api/categories/${kId}`, 'UPDATE_CATEGORY_ERROR', { name: 'x' }], ['DELETE', `/api/categories/${kId}`, 'DELETE_CATEGORY_ERROR'],
  ['GET', '/api/tags', 'INTERNAL_ERROR'], ['PUT', '/api/tags/x', 'INTERNAL_ERROR', { name: 'y' }], ['DELETE', '/api/tags/x', 'INTERNAL_ERROR'],
  ['GET', '/api/search?text=x', 'SEARCH_ERROR'], ['POST', '/api/search', 'SEARCH_ERROR', { text: 'x' }],
  ['GET', '/api/search/history', 'GET_SEARCH_HISTORY_ERROR'], ['POST', '/api/search/history', 'SAVE_SEARCH_HISTORY_ERROR', { text: 'x' }],
  ['DELETE', `/api/search/history/${kId}`, 'DELETE_SEARCH_HISTORY_ERROR'], ['DELETE', '/api/search/history', 'CLEAR_SEARCH_HISTORY_ERROR'],
  ['GET', '/api/search/suggestions?q=xx', 'GET_SUGGESTIONS_ERROR'], ['GET', '/api/search/analytics', 'GET_ANALYTICS_ERROR'],
  ['GET', '/api/search/saved', 'SAVED_SEARCH_ERROR'], ['POST', '/api/search/saved', 'SAVED_SEARCH_ERROR', { name: 'x', query: {} }],
  ['GET', `/api/search/saved/${kId}`, 'SAVED_SEARCH_ERROR'], ['PUT', `/api/search/saved/${kId}`, 'SAVED_SEARCH_ERROR', { name: 'x' }],
  ['DELETE', `/api/search/saved/${kId}`, 'SAVED_SEARCH_ERROR'],
  ['GET', '/api/suggestions/search?q=xx', 'SUGGESTIONS_ERROR'], ['GET', '/api/suggestions/popular', 'POPULAR_SUGGESTIONS_ERROR'],
  ['POST', '/api/suggestions/facets', 'FACETS_ERROR', {}],
  ['GET', '/api/stats/database', 'STATS_ERROR'], ['GET', '/api/stats/usage', 'STATS_ERROR'], ['POST', '/api/stats/export', 'STATS_ERROR', {}],
];

let server;
let user;
before(async () => {
  server = await startTestServer({ env: { CACHE_ENABLED: 'false' } });
  user = await new Client(server.url).register('broken');
  await adminSql(`REVOKE ALL ON ${kTables.join(', ')} FROM xbookmarker`, server.database.name);
});
after(() => stopClean(server));

for (const [method, path, code, body] of kCases) {
  test(`${method} ${path} fails with ${code}`, async () => {
    const answer = await user.request(method, path, { body });
    expectProblem(answer, 500, code);
    assert.doesNotMatch(answer.text, /permission|relation|SELECT|42501|xbookmarker/i, 'nothing of the database');
  });
}

test('every code has its page', async () => {
  for (const code of new Set(kCases.map(([, , name]) => name))) {
    const { body, status } = await user.get(`/problems/${code.toLowerCase().replaceAll('_', '-')}`);
    assert.deepEqual([status, body.code, body.status], [200, code, 500]);
  }
});

test('an Idempotency-Key does not keep a failure', async () => {
  const key = { 'idempotency-key': 'failing' };
  expectProblem(await user.post('/api/bookmarks', bookmark(), key), 500, 'CREATE_BOOKMARK_ERROR');
  await adminSql(`GRANT ALL ON ${kTables.join(', ')} TO xbookmarker`, server.database.name);
  const made = await user.post('/api/bookmarks', bookmark(), key);
  expectOk(made, 201);
  assert.equal(made.headers.get('idempotency-replayed'), null);
});
