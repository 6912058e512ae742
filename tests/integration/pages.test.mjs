// Pages by cursor under writes (contract 1.8): what existed throughout is seen exactly once, whatever comes, goes and
// changes meanwhile.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, Random, startTestServer, stopClean } from '../support/client.mjs';

const kCount = 240;
const kSeed = 20260901;
const enc = encodeURIComponent;

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

// Many rows of one moment, of one author and of one score, so that only the unique end of the order tells them apart.
async function library(random) {
  const user = await nobody.register(`pages${++users}`);
  const base = Date.parse('2024-01-01T00:00:00Z');
  const rows = Array.from({ length: kCount }, (_, i) => ({
    x_tweet_id: String(7000 + i), content: `row ${random.chance(0.5) ? '料理 ' : ''}${random.chance(0.3) ? 'row' : ''}${i}`,
    title: random.chance(0.3) ? 'row' : null, tags: [`t${i % 60}`, 'all'], author_username: `u${i % 5}`, author_display_name: `名前${i % 5}`,
    bookmarked_at: new Date(base + Math.floor(i / 25) * 60_000).toISOString(), is_archived: false,
  }));
  const done = await user.importFile('rows.json', JSON.stringify({ metadata: { version: '2.0.0' }, bookmarks: rows }));
  assert.equal(done.result.imported, kCount, JSON.stringify(done));
  return user;
}

/** Writes at random until told to stop; what it deletes or archives is no longer in `kept`. */
async function disturb(user, random, mutable, kept, state) {
  let made = 0;
  while (!state.done) {
    const id = random.pick(mutable);
    const act = random.pick(['add', 'add', 'delete', 'note', 'archive', 'bulk', 'move']);
    if (act === 'add') {
      made += 1;
      const day = random.pick(['1999-01-01', '2024-01-01T00:03:00Z', '2024-01-01T00:05:00Z', '2030-01-01']);
      await user.addBookmark({ content: `row new ${made}`, bookmarkedAt: day, authorDisplayName: random.pick(['0', '名前2', '鿿']), tags: ['all', `n${made}`] });
    } else if (act === 'delete' || act === 'archive') {
      if (kept.size < mutable.length / 2) continue;
      kept.delete(id);
      await user.request(act === 'delete' ? 'DELETE' : 'PUT', `/api/bookmarks/${id}${act === 'delete' ? '' : '/archive'}`);
    } else if (act === 'note') {
      await user.put(`/api/bookmarks/${id}`, { note: `row ${random.int(0, 9)}` });
    } else if (act === 'bulk') {
      const bookmarkIds = random.some([...kept], 5);
      await user.post('/api/bookmarks/bulk', { bookmarkIds, updates: { addTags: [`b${random.int(0, 3)}`] } });
    } else {
      const category = expectOk(await user.get('/api/categories')).data.categories[random.int(0, 4)];
      await user.put(`/api/bookmarks/${id}`, { categoryId: category.id });
    }
  }
}

async function walk(user, path, key, random, onPage = () => {}) {
  const seen = [];
  let cursor = '';
  for (;;) {
    const limit = random.int(5, 40);
    const { data } = expectOk(await user.get(`${path}${path.includes('?') ? '&' : '?'}limit=${limit}${cursor && `&cursor=${enc(cursor)}`}`));
    assert.equal(data.pagination.offset, seen.length, 'rows before this page');
    seen.push(...data[key].map((item) => item.id ?? item.name));
    assert.equal(data.pagination.hasMore, data.pagination.nextCursor !== null);
    await onPage();
    cursor = data.pagination.nextCursor;
    if (!cursor) return seen;
  }
}

const kLists = [
  ['/api/bookmarks', true], ['/api/bookmarks?sortOrder=asc', true], ['/api/bookmarks?sortBy=author', true],
  ['/api/bookmarks?sortBy=author&sortOrder=asc', true], ['/api/bookmarks?tags=all', true], ['/api/bookmarks?text=row&sortBy=date', true],
  // A note changes the score of its row, which may move over the cursor: only untouched rows count.
  ['/api/search?text=row', false], [`/api/search?text=${enc('料理 OR row')}&includeFacets=false`, false],
  ['/api/search?text=row&sortBy=author', true], ['/api/bookmarks?text=row&sortBy=relevance', false],
];
for (const [i, [path, keepsPlace]] of kLists.entries()) {
  test(`under writes: ${decodeURIComponent(path)}`, async () => {
    const random = new Random(kSeed + i);
    const user = await library(random);
    const ids = (await user.all(path)).items.map(({ id }) => id);
    assert.equal(new Set(ids).size, kCount);
    const mutable = random.some(ids, kCount / 2);
    const kept = new Set(mutable);
    const touched = new Set(mutable);
    const state = { done: false };
    const writers = [disturb(user, new Random(kSeed + 100 + i), mutable, kept, state), disturb(user, new Random(kSeed + 200 + i), mutable, kept, state)];
    let walks;
    try {
      walks = [await walk(user, path, 'bookmarks', random), await walk(user, path, 'bookmarks', random)];
    } finally {
      state.done = true;
      await Promise.all(writers);
    }
    const expected = ids.filter((id) => (keepsPlace ? !touched.has(id) || kept.has(id) : !touched.has(id)));
    for (const seen of walks) {
      const throughout = new Set(expected);
      assert.deepEqual(seen.filter((id) => throughout.has(id)), expected, 'once each, in order');
      if (keepsPlace) assert.equal(new Set(seen).size, seen.length, 'nothing twice');
    }
  });
}

test('under writes: tags and saved searches', async () => {
  const random = new Random(kSeed + 50);
  const user = await library(random);
  for (let i = 0; i < 40; ++i) expectOk(await user.post('/api/search/saved', { name: `s${i}`, query: {}, order: i % 4 }), 201);
  for (const [path, key, act] of [
    ['/api/tags', 'tags', (n) => user.addBookmark({ tags: [`0 new ${n}`, `~ new ${n}`] })],
    ['/api/tags?sortBy=name', 'tags', (n) => user.addBookmark({ tags: [`0 newer ${n}`, `~ newer ${n}`] })],
    ['/api/search/saved', 'searches', (n) => user.post('/api/search/saved', { name: `new ${n}`, query: {}, order: n % 5 })],
  ]) {
    const before = (await user.all(path, key)).items.map((item) => item.id ?? item.name);
    const changing = key === 'tags' ? [] : before.slice(3, 6);
    for (const id of changing) expectOk(await user.delete(`/api/search/saved/${id}`));
    const known = before.filter((id) => !changing.includes(id));
    let n = 0;
    const seen = await walk(user, path, key, random, () => act(++n));
    assert.deepEqual(seen.filter((id) => known.includes(id)), known, path);
    assert.equal(new Set(seen).size, seen.length, path);
  }
});

test('the bounds of limit, offset and page', async () => {
  const user = await nobody.register(`pages${++users}`);
  for (const [path, code] of [['/api/bookmarks', 'INVALID_QUERY_PARAMS'], ['/api/tags', 'INVALID_QUERY_PARAMS'], ['/api/search', 'INVALID_SEARCH_PARAMS']]) {
    for (const [query, fault, more] of [
      ['limit=0', 'limit:too_small', { minimum: 1 }], ['limit=101', 'limit:too_big', { maximum: 100 }], ['limit=1.5', 'limit:invalid_type', { expected: 'integer', received: 'string' }],
      ['limit=', 'limit:invalid_type', {}], ['limit=99999999999999999999', 'limit:too_big', {}], ['offset=-1', 'offset:too_small', { minimum: 0 }],
      ['offset=10001', 'offset:too_big', { maximum: 10_000, type: 'number', inclusive: true, exact: false }], ['page=0', 'page:too_small', {}],
      ['page=502', 'page:too_big', {}], ['page=101&limit=100', undefined, {}], ['page=102&limit=100', 'page:too_big', {}], ['page=501', undefined, {}],
    ]) {
      const answer = await user.get(`${path}?${query}`);
      if (!fault) {
        expectOk(answer);
        continue;
      }
      const problem = expectProblem(answer, 400, code);
      assert.deepEqual(faultsOf(problem), [fault], query);
      for (const [key, value] of Object.entries(more)) assert.equal(problem.details[0][key], value, `${query} ${key}`);
    }
    const all = faultsOf(expectProblem(await user.get(`${path}?limit=x&offset=-1&sortBy=y`), 400, code));
    assert.deepEqual(all.toSorted(), ['limit:invalid_type', 'offset:too_small', 'sortBy:invalid_enum_value'], 'all faults at once');
  }
});
