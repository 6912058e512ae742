// How many statements a request costs, counted by the server itself (contract 1.5 Server-Timing): no list may ask once
// for every row.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, startTestServer, stopClean } from '../support/client.mjs';

let server;
let user;
const ids = {};
before(async () => {
  server = await startTestServer({ env: { CACHE_ENABLED: 'false', WORKERS: '1', RESIDENT_MEMORY: '0' } });
  user = await new Client(server.url).register('statements');
  for (let i = 0; i < 30; ++i) {
    const category = expectOk(await user.post('/api/categories', { name: `c${i}`, color: '#000000', icon: 'x' }), 201).data.category;
    ids.bookmark = (await user.addBookmark({ content: `many 料理 ${i}`, tags: [`t${i}`, 'all'], categoryId: category.id, authorUsername: `a${i}` })).id;
    ids.category = category.id;
    ids.saved = expectOk(await user.post('/api/search/saved', { name: `s${i}`, query: {} }), 201).data.search.id;
    expectOk(await user.post('/api/search/history', { text: `h${i}` }), 201);
  }
});
after(() => stopClean(server));

const kTiming = /^total;dur=[\d.]+, auth;dur=[\d.]+, db;dur=([\d.]+);desc="(\d+) queries", cache;desc="(hit|miss|bypass)"$/;
async function timingOf(path, { method = 'GET', body, client = user } = {}) {
  // The first request of a session reads it, and a worker remembers what it knows of a library.
  const make = typeof body === 'function' ? body : () => body;
  for (let i = 0; i < 3; ++i) await client.request(method, path, { body: make() });
  const timings = [];
  for (let i = 0; i < 3; ++i) {
    const answer = await client.request(method, path, { body: make(), headers: { 'x-server-timing': '1' } });
    assert.ok(answer.status < 300, answer.text);
    const found = kTiming.exec(answer.headers.get('server-timing'));
    assert.ok(found, answer.headers.get('server-timing'));
    timings.push({ statements: Number(found[2]), milliseconds: Number(found[1]), cache: found[3] });
  }
  // Once a second a request asks besides whether its session still holds.
  return timings.reduce((least, timing) => (timing.statements < least.statements ? timing : least));
}

// Path → the most statements that it may take.
const kReads = [
  ['/api/bookmarks?limit=100', 3], ['/api/bookmarks?limit=100&tags=all', 4], ['/api/bookmarks?limit=10&offset=15&sortBy=author', 3],
  [() => `/api/bookmarks/${ids.bookmark}`, 2], ['/api/bookmarks?text=many&limit=100', 2],
  [`/api/search?text=${encodeURIComponent('料理')}&limit=100`, 2], ['/api/search?limit=100&includeFacets=false', 2],
  ['/api/categories', 1], ['/api/categories?includeCount=true', 1], ['/api/categories/defaults', 1], [() => `/api/categories/${ids.category}`, 1],
  ['/api/tags?limit=100', 1], ['/api/suggestions/search?q=al', 3], ['/api/suggestions/popular', 4], ['/api/search/suggestions?q=al', 3],
  ['/api/search/history?limit=100', 2], ['/api/search/analytics', 3], ['/api/search/saved?limit=100', 1], [() => `/api/search/saved/${ids.saved}`, 1],
  ['/api/stats/database', 3], ['/api/stats/usage', 2],
];
for (const [named, most] of kReads) {
  test(`statements of GET ${typeof named === 'string' ? named : named.toString().slice(7, -1)}`, async () => {
    const { statements, milliseconds } = await timingOf(typeof named === 'string' ? named : named());
    assert.ok(statements >= 1 && statements <= most, `${statements} statements, at most ${most}`);
    assert.ok(milliseconds > 0);
  });
}

test('statements of POST that read', async () => {
  assert.ok((await timingOf('/api/suggestions/facets', { method: 'POST', body: {} })).statements <= 2);
  assert.ok((await timingOf('/api/suggestions/facets', { method: 'POST', body: { q: 'many' } })).statements <= 5);
  assert.ok((await timingOf('/api/search', { method: 'POST', body: { text: 'many' } })).statements <= 2);
});

test('statements of bulk changes do not depend on the number of rows', async () => {
  const all = (await user.all('/api/bookmarks')).items.map(({ id }) => id);
  let notes = 0;
  const count = async (bookmarkIds) =>
    (await timingOf('/api/bookmarks/bulk', { method: 'POST', body: () => ({ bookmarkIds, updates: { note: `${++notes}` } }) })).statements;
  assert.equal(await count(all), await count(all.slice(0, 1)));
});

test('a search in memory asks for its page and for what was changed', async () => {
  const resident = await startTestServer({ env: { CACHE_ENABLED: 'false', WORKERS: '1' } });
  try {
    const client = await new Client(resident.url).register('resident');
    await client.addBookmark({ content: 'many' });
    const { statements } = await timingOf('/api/search?text=many&limit=100', { client });
    assert.ok(statements >= 1 && statements <= 5, `${statements} statements`);
  } finally {
    await stopClean(resident);
  }
});

test('two users at the same time are counted apart', async () => {
  const other = await new Client(server.url).register('apart');
  const alone = (await timingOf('/api/tags')).statements;
  const [mine] = await Promise.all([
    Promise.all(Array.from({ length: 20 }, () => timingOf('/api/tags'))),
    ...Array.from({ length: 20 }, () => other.get('/api/search?text=x')),
  ]);
  assert.deepEqual([...new Set(mine.map(({ statements }) => statements))], [alone]);
});

test('where the answer came from', async () => {
  const cached = await startTestServer({ env: { WORKERS: '1' } });
  try {
    const client = await new Client(cached.url).register('cached');
    const timing = { 'x-server-timing': '1' };
    const useOf = async (path) => (await client.get(path, timing)).headers.get('server-timing').match(/cache;desc="(\w+)"/)[1];
    assert.equal(await useOf('/api/tags'), 'miss');
    assert.equal(await useOf('/api/tags'), 'hit');
    assert.equal(await useOf('/api/search/history'), 'bypass');
    assert.match((await client.get('/api/tags', timing)).headers.get('server-timing'), /desc="0 queries"/);
    assert.equal((await client.get('/api/tags')).headers.get('server-timing'), null, 'only on request');
    assert.equal((await client.get('/api/tags', { 'x-server-timing': '0' })).headers.get('server-timing'), null);
  } finally {
    await stopClean(cached);
  }
  const always = await startTestServer({ env: { SERVER_TIMING: 'always' } });
  try {
    const client = await new Client(always.url).register('always');
    assert.match((await client.get('/api/auth/me')).headers.get('server-timing'), kTiming);
  } finally {
    await stopClean(always);
  }
});
