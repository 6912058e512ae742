// Bookmarks: rows, lists, paging, bulk (contract 1.6, 1.8, 3.3, 5.2).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import {
  bookmark, Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, Random, startTestServer, stopClean,
} from '../support/client.mjs';

const kUrl = '/api/bookmarks';

let server;
let nobody;
let users = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`bookmarks${++users}`);
const one = async (user, id) => expectOk(await user.get(`${kUrl}/${id}`)).data.bookmark;
const page = async (user, query = '') => expectOk(await user.get(`${kUrl}${query}`)).data;
const idsOf = (list) => list.map(({ id }) => id);
const addCategory = async (user, name) =>
  expectOk(await user.post('/api/categories', { name, color: '#000000', icon: 'x' }), 201).data.category;

test('create with all fields', async () => {
  const user = await freshUser();
  const category = await addCategory(user, 'c');
  const sent = {
    xTweetId: '1234567890123456789', url: 'https://x.com/someone/status/1234567890123456789', content: 'line 1\r\nline 2 😀',
    authorUsername: 'someone', authorDisplayName: '誰か', authorAvatarUrl: 'https://img.example/a.png',
    mediaUrls: ['https://img.example/1.jpg'], links: ['https://example.org/a?b=c'], hashtags: ['タグ'], mentions: ['other'],
    tags: ['t1', 't2'], categoryId: category.id, bookmarkedAt: '2024-05-06T07:08:09.123+09:00', postedAt: '2024-05-05',
    title: 'Title', note: 'My note', lang: 'ja', isArchived: true,
  };
  const answer = await user.post(kUrl, sent);
  const made = expectOk(answer, 201).data.bookmark;
  assert.equal(answer.headers.get('location'), `${kUrl}/${made.id}`);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  for (const key of ['xTweetId', 'url', 'authorUsername', 'authorDisplayName', 'authorAvatarUrl', 'mediaUrls', 'links',
    'hashtags', 'mentions', 'tags', 'categoryId', 'title', 'note', 'lang', 'isArchived']) {
    assert.deepEqual(made[key], sent[key], key);
  }
  assert.equal(made.content, 'line 1\nline 2 😀');
  assert.equal(made.bookmarkedAt, '2024-05-05T22:08:09.123Z');
  assert.equal(made.postedAt, '2024-05-05T00:00:00.000Z');
  assert.deepEqual(made.category, { id: category.id, name: 'c', color: '#000000', icon: 'x' });
  assert.match(made.id, kUuid);
  assert.equal(made.userId, user.user.id);
  assert.equal(made.source, 'manual');
  assert.deepEqual(made.media.map(({ type, url }) => [type, url]), [['photo', 'https://img.example/1.jpg']]);
  assert.deepEqual(await one(user, made.id), made, 'what is answered is what is stored');
});

test('create with the required fields only', async () => {
  const user = await freshUser();
  const begin = Date.now();
  const made = await user.addBookmark({ xTweetId: '42', content: '', authorUsername: 'a', authorDisplayName: '' });
  assert.deepEqual(
    [made.title, made.note, made.lang, made.authorAvatarUrl, made.categoryId, made.category, made.postedAt, made.metrics],
    Array(8).fill(null));
  for (const key of ['mediaUrls', 'links', 'hashtags', 'mentions', 'tags', 'media', 'referenced']) assert.deepEqual(made[key], [], key);
  assert.equal(made.isArchived, false);
  assert.equal(made.url, 'https://x.com/a/status/42');
  assert.equal(made.bookmarkedAtSource, 'user');
  assert.equal(made.postStatus, 'available');
  for (const key of ['bookmarkedAt', 'createdAt', 'updatedAt']) {
    assert.match(made[key], kTime);
    assert.ok(Math.abs(Date.parse(made[key]) - begin) < 60_000, key);
  }
});

test('the id comes from the URL, else it is synthesised', async () => {
  const user = await freshUser();
  const fields = { xTweetId: undefined };
  const post = await user.addBookmark({ ...fields, url: 'https://mobile.twitter.com/a/status/777?s=20#x' });
  assert.equal(post.xTweetId, '777');
  const page1 = await user.addBookmark({ ...fields, url: 'https://Example.org:443/page?utm_source=x&b=1#top' });
  assert.match(page1.xTweetId, /^import-[0-9a-f]{32}$/);
  const again = await user.post(kUrl, bookmark({ ...fields, url: 'https://example.org/page?b=1' }));
  assert.equal(expectProblem(again, 409, 'BOOKMARK_ALREADY_EXISTS').existingId, page1.id, 'one normal form');
});

test('a post is there once a user', async () => {
  const [user, other] = [await freshUser(), await freshUser()];
  const made = await user.addBookmark({ xTweetId: '99' });
  const problem = expectProblem(await user.post(kUrl, bookmark({ xTweetId: '99' })), 409, 'BOOKMARK_ALREADY_EXISTS');
  assert.equal(problem.existingId, made.id);
  await other.addBookmark({ xTweetId: '99' });
  const race = await Promise.all(Array.from({ length: 8 }, () => user.post(kUrl, bookmark({ xTweetId: '100' }))));
  assert.equal(race.filter(({ status }) => status === 201).length, 1);
  assert.equal(race.filter(({ status }) => status === 409).length, 7);
  expectOk(await user.delete(`${kUrl}/${made.id}`));
  await user.addBookmark({ xTweetId: '99' });
});

test('faults of a new bookmark', async () => {
  const user = await freshUser();
  const fault = async (fields) => faultsOf(expectProblem(await user.post(kUrl, bookmark(fields)), 400, 'INVALID_BOOKMARK_DATA'));
  const cases = [
    [{ content: undefined }, 'content:invalid_type'], [{ content: 'x'.repeat(100_001) }, 'content:too_big'],
    [{ xTweetId: 'a b' }, 'xTweetId:invalid_string'], [{ xTweetId: '1'.repeat(51) }, 'xTweetId:too_big'],
    [{ xTweetId: 12 }, 'xTweetId:invalid_type'], [{ url: 'javascript:alert(1)' }, 'url:invalid_string'],
    [{ authorAvatarUrl: 'ftp://a/b' }, 'authorAvatarUrl:invalid_string'], [{ mediaUrls: 'x' }, 'mediaUrls:invalid_type'],
    [{ links: ['https://a.example', '//b'] }, 'links.1:invalid_string'], [{ hashtags: [''] }, 'hashtags.0:too_small'],
    [{ tags: ['ok', 3] }, 'tags.1:invalid_type'], [{ tags: Array.from({ length: 101 }, (_, i) => `t${i}`) }, 'tags:too_big'],
    [{ tags: ['a,b'] }, 'tags.0:invalid_string'], [{ categoryId: 'x' }, 'categoryId:invalid_string'],
    [{ bookmarkedAt: 'yesterday' }, 'bookmarkedAt:invalid_date'], [{ title: 'x'.repeat(501) }, 'title:too_big'],
    [{ note: 'x'.repeat(10_001) }, 'note:too_big'], [{ isArchived: 'perhaps' }, 'isArchived:invalid_type'],
  ];
  for (const [fields, expected] of cases) assert.deepEqual(await fault(fields), [expected]);
  expectProblem(await user.post(kUrl, bookmark({ categoryId: kNobodysId })), 400, 'CATEGORY_NOT_FOUND');
  assert.equal((await page(user)).pagination.total, 0, 'nothing was stored');
  await user.addBookmark({ content: '漢'.repeat(100_000) });
});

test('every filter alone', async () => {
  const user = await freshUser();
  const [c1, c2] = [await addCategory(user, 'c1'), await addCategory(user, 'c2')];
  const at = (day) => `2024-03-${day}T12:00:00.000Z`;
  const names = new Map();
  const add = async (name, fields) => names.set((await user.addBookmark({ content: name, ...fields })).id, name);
  await add('a', { bookmarkedAt: at('01'), categoryId: c1.id, tags: ['x'], authorUsername: 'Alice_1' });
  await add('b', { bookmarkedAt: at('02'), categoryId: c2.id, tags: ['X', 'y'], authorUsername: 'bob%', mediaUrls: ['https://i.example/1.jpg'] });
  await add('c', { bookmarkedAt: at('03'), links: ['https://l.example/'], authorUsername: 'ALICE2', authorDisplayName: 'Alva' });
  await add('d', { bookmarkedAt: at('04'), tags: ['y'], authorUsername: 'carol', authorDisplayName: 'zoe' });
  await add('e', { bookmarkedAt: at('05'), isArchived: true, tags: ['x'], authorUsername: 'dan' });
  const expected = {
    '': 'dcba', 'includeArchived=true': 'edcba', 'isArchived=true': 'e', 'isArchived=false': 'dcba',
    [`categoryIds=${c1.id}`]: 'a', [`categoryIds=${c1.id}&categoryIds=${c2.id}`]: 'ba', [`categoryIds[]=${c1.id}&categoryIds[]=${c2.id}`]: 'ba',
    [`categoryIds=${c1.id},${c2.id}`]: 'ba', [`categoryIds=${kNobodysId}`]: '', 'tags=x': 'a', 'tags=X': 'b', 'tags=x,y': 'dba', 'tags[0]=x&tags[1]=y': 'dba',
    'authorUsername=alice': 'ca', 'authorUsername=%25': 'b', 'authorUsername=_': 'a', 'authorUsername=ALICE_': 'a',
    'dateFrom=2024-03-03': 'dc', 'dateTo=2024-03-02': 'ba', 'dateFrom=2024-03-02T12:00:00Z&dateTo=2024-03-03T12:00:00Z': 'cb',
    'dateTo=2024-03-02&tz=America/New_York': 'ba', 'dateFrom=2024-03-02&dateTo=2024-03-02&tz=Asia/Tokyo': 'b',
    'hasMedia=true': 'b', 'hasMedia=false': 'dca', 'hasLinks=true': 'c', 'hasLinks=0': 'dba', 'uncategorized=true': 'dc', 'uncategorized=false': 'ba',
    'untagged=true': 'c', 'untagged=false': 'dba', 'postStatus=available': 'dcba', 'postStatus=deleted,unknown': '',
    'sortOrder=asc': 'abcd', 'sortBy=author&sortOrder=asc': 'cbad', 'sortBy=author': 'dbac',
    'text=c': 'c', 'text=a%20OR%20b': 'ba', 'tags=x&uncategorized=false': 'a', 'hasMedia=maybe': 'dcba',
  };
  for (const [query, wanted] of Object.entries(expected)) {
    const { bookmarks, pagination } = await page(user, `?${query}`);
    const got = bookmarks.map(({ id }) => names.get(id)).join('');
    assert.equal(got, wanted, query);
    assert.equal(pagination.total, wanted.length, query);
  }
  expectProblem(await user.get(`${kUrl}?tz=Mars/Base`), 400, 'INVALID_QUERY_PARAMS');
  expectProblem(await user.get(`${kUrl}?dateFrom=soon`), 400, 'INVALID_QUERY_PARAMS');
  expectProblem(await user.get(`${kUrl}?postStatus=lost`), 400, 'INVALID_QUERY_PARAMS');
});

test('cursors neither skip nor repeat while rows come and go', async () => {
  const user = await freshUser();
  const count = 250;
  const base = Date.parse('2024-01-01T00:00:00Z');
  // Ten rows a moment, so that the order needs its unique end.
  const rows = Array.from({ length: count }, (_, i) => ({
    x_tweet_id: String(5000 + i), content: `row ${i}`, author_username: `u${i % 7}`, author_display_name: `名前${i % 7}`,
    bookmarked_at: new Date(base + Math.floor(i / 10) * 60_000).toISOString(), is_archived: false,
  }));
  const done = await user.importFile('rows.json', JSON.stringify({ metadata: { version: '2.0.0' }, bookmarks: rows }));
  assert.equal(done.result.imported, count, JSON.stringify(done));
  for (const query of ['', 'sortOrder=asc', 'sortBy=author', 'sortBy=author&sortOrder=asc', 'text=row']) {
    const original = (await user.all(`${kUrl}?${query}`)).items;
    assert.equal(new Set(idsOf(original)).size, count, query);
    const seen = [];
    let cursor = '';
    for (let pages = 0; cursor !== null; ++pages) {
      const { bookmarks, pagination } = await page(user, `?${query}&limit=30${cursor && `&cursor=${cursor}`}`);
      seen.push(...idsOf(bookmarks));
      cursor = pagination.nextCursor && encodeURIComponent(pagination.nextCursor);
      if (pages === 2) { // A newer and an older row than all, and one row before the place of the cursor goes.
        await user.addBookmark({ content: 'new', bookmarkedAt: '2030-01-01', authorDisplayName: '0' });
        await user.addBookmark({ content: 'old', bookmarkedAt: '1999-01-01', authorDisplayName: '鿿' });
        expectOk(await user.delete(`${kUrl}/${seen[5]}`));
      }
    }
    const known = new Set(idsOf(original));
    assert.deepEqual(seen.filter((id) => known.has(id)), idsOf(original), `${query}: the old rows, once each, in order`);
    assert.equal(new Set(seen).size, seen.length, query);
    const { items } = await user.all(`${kUrl}?${query}`);
    const extra = items.filter(({ id }) => !known.has(id));
    if (query !== 'text=row') expectOk(await user.delete(`${kUrl}/bulk`, { bookmarkIds: idsOf(extra) }));
    await user.addBookmark({ ...rowOf(original[5]) });
  }
});

const rowOf = ({ xTweetId, content, authorUsername, authorDisplayName, bookmarkedAt }) =>
  ({ xTweetId, content, authorUsername, authorDisplayName, bookmarkedAt });

test('offset, page and what the pagination says', async () => {
  const user = await freshUser();
  for (let i = 0; i < 7; ++i) await user.addBookmark({ bookmarkedAt: `2024-01-0${i + 1}` });
  const all = idsOf((await page(user)).bookmarks);
  const second = await page(user, '?limit=3&offset=3');
  assert.deepEqual(idsOf(second.bookmarks), all.slice(3, 6));
  const { nextCursor, ...rest } = second.pagination;
  assert.deepEqual(rest, { limit: 3, offset: 3, total: 7, hasMore: true, page: 2, totalPages: 3 });
  assert.equal(typeof nextCursor, 'string');
  assert.deepEqual(idsOf((await page(user, '?limit=3&page=2')).bookmarks), all.slice(3, 6));
  const last = await page(user, `?limit=3&offset=9999&cursor=${encodeURIComponent(nextCursor)}`);
  assert.deepEqual(idsOf(last.bookmarks), all.slice(6), 'a cursor wins over an offset');
  assert.deepEqual(last.pagination, { limit: 3, offset: 6, total: 7, hasMore: false, page: 3, totalPages: 3, nextCursor: null });
  const beyond = await page(user, '?offset=100');
  assert.deepEqual([beyond.bookmarks, beyond.pagination.hasMore, beyond.pagination.total], [[], false, 7]);
  const defaults = (await page(user)).pagination;
  assert.deepEqual([defaults.limit, defaults.offset, defaults.page], [20, 0, 1]);
});

test('cursors belong to their user, filters and order', async () => {
  const [user, other] = [await freshUser(), await freshUser()];
  for (let i = 0; i < 3; ++i) {
    await user.addBookmark();
    await other.addBookmark();
  }
  const { nextCursor } = (await page(user, '?limit=1')).pagination;
  const cursor = encodeURIComponent(nextCursor);
  const refused = async (client, query) => expectProblem(await client.get(`${kUrl}?${query}`), 400, 'INVALID_CURSOR');
  await refused(other, `limit=1&cursor=${cursor}`);
  await refused(user, `limit=1&tags=a&cursor=${cursor}`);
  await refused(user, `limit=1&sortOrder=asc&cursor=${cursor}`);
  await refused(user, `limit=1&sortBy=author&cursor=${cursor}`);
  await refused(user, 'cursor=x');
  await refused(user, `cursor=${encodeURIComponent(nextCursor.slice(0, -3))}`);
  for (let i = 0; i < nextCursor.length; i += 3) {
    const damaged = nextCursor.slice(0, i) + (nextCursor[i] === 'A' ? 'B' : 'A') + nextCursor.slice(i + 1);
    const answer = await user.get(`${kUrl}?limit=1&cursor=${encodeURIComponent(damaged)}`);
    assert.equal(answer.body.code, 'INVALID_CURSOR', `changed at ${i}: ${answer.text}`);
  }
});

test('update', async () => {
  const user = await freshUser();
  const category = await addCategory(user, 'c');
  const made = await user.addBookmark({ tags: ['a', 'b'], title: 't', note: 'n' });
  const url = `${kUrl}/${made.id}`;
  const put = async (body) => expectOk(await user.put(url, body)).data.bookmark;
  const changed = await put({ addTags: ['c', 'a', ' d  e '], removeTags: ['b'], categoryId: category.id, title: '題', note: null, isArchived: true });
  assert.deepEqual([changed.tags, changed.categoryId, changed.title, changed.note, changed.isArchived], [['a', 'c', 'd e'], category.id, '題', null, true]);
  assert.equal(changed.category.name, 'c');
  assert.ok(changed.version > made.version && changed.updatedAt >= made.updatedAt);
  assert.deepEqual(await one(user, made.id), changed);
  const replaced = await put({ tags: ['z'], categoryId: null, title: null });
  assert.deepEqual([replaced.tags, replaced.category, replaced.title], [['z'], null, null]);
  assert.deepEqual((await put({ tags: [] })).tags, []);
  expectProblem(await user.put(url, {}), 400, 'NO_UPDATE_FIELDS');
  expectProblem(await user.put(url, { unknown: 1 }), 400, 'NO_UPDATE_FIELDS');
  expectProblem(await user.put(url, { categoryId: kNobodysId }), 400, 'CATEGORY_NOT_FOUND');
  const faulty = expectProblem(await user.put(url, { tags: 'a', title: 'x'.repeat(501) }), 400, 'INVALID_UPDATE_DATA');
  assert.deepEqual(faultsOf(faulty), ['tags:invalid_type', 'title:too_big']);
  assert.equal(expectOk(await user.request('PATCH', url, { body: { note: 'patched' } })).data.bookmark.note, 'patched');
});

test('archive toggles or takes a value', async () => {
  const user = await freshUser();
  const { id } = await user.addBookmark();
  const archive = async (body) => expectOk(await user.put(`${kUrl}/${id}/archive`, body)).data.bookmark.isArchived;
  assert.equal(await archive(), true);
  assert.equal(await archive(), false);
  assert.equal(await archive({ isArchived: false }), false);
  assert.equal(await archive({ isArchived: true }), true);
  assert.equal((await page(user)).pagination.total, 0);
  expectProblem(await user.put(`${kUrl}/${kNobodysId}/archive`), 404, 'BOOKMARK_NOT_FOUND');
});

test('ETag and If-Match', async () => {
  const user = await freshUser();
  const made = await user.post(kUrl, bookmark());
  const { id } = made.body.data.bookmark;
  const url = `${kUrl}/${id}`;
  const etag = (await user.get(url)).headers.get('etag');
  assert.match(etag, /^"\d+\.[^"]+"$/);
  assert.equal(made.headers.get('etag'), etag, 'writes answer the new ETag');
  assert.equal((await user.get(url, { 'if-none-match': etag })).status, 304);
  const changed = await user.put(url, { note: '1' }, { 'if-match': etag });
  expectOk(changed);
  assert.equal((await user.get(url, { 'if-none-match': etag })).status, 200);
  const stale = expectProblem(await user.put(url, { note: '2' }, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  assert.equal(stale.currentVersion, changed.body.data.bookmark.version);
  expectProblem(await user.put(`${url}/archive`, {}, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  expectProblem(await user.delete(url, undefined, { 'if-match': etag }), 412, 'PRECONDITION_FAILED');
  expectOk(await user.put(url, { note: '3' }, { 'if-match': '*' }));
  assert.equal((await one(user, id)).note, '3');
  const current = (await user.get(url)).headers.get('etag');
  expectOk(await user.put(url, { note: '4' }, { 'if-match': `"0.0", ${current.replace(/"$/, '-gzip"')}` }));
  expectOk(await user.delete(url, undefined, { 'if-match': '*' }));
  assert.ok([404, 412].includes((await user.delete(url, undefined, { 'if-match': '*' })).status));
});

test('bulk changes happen to all or to none', async () => {
  const [user, other] = [await freshUser(), await freshUser()];
  const category = await addCategory(user, 'c');
  const mine = [await user.addBookmark({ tags: ['a'] }), await user.addBookmark({ tags: ['b'] }), await user.addBookmark()];
  const foreign = await other.addBookmark();
  const bulk = (body) => user.post(`${kUrl}/bulk`, body);
  const ids = idsOf(mine);
  for (const wrong of [foreign.id, kNobodysId]) {
    expectProblem(await bulk({ bookmarkIds: [...ids, wrong], updates: { addTags: ['no'] } }), 400, 'INVALID_BOOKMARK_OWNERSHIP');
    expectProblem(await user.delete(`${kUrl}/bulk`, { bookmarkIds: [...ids, wrong] }), 400, 'INVALID_BOOKMARK_OWNERSHIP');
  }
  for (const { id, tags } of mine) assert.deepEqual((await one(user, id)).tags, tags, 'nothing changed');
  const done = expectOk(await bulk({ bookmarkIds: [...ids, ids[0]], updates: { addTags: ['k'], categoryId: category.id } })).data;
  assert.equal(done.updatedCount, 3);
  assert.deepEqual(done.updatedIds.toSorted(), ids.toSorted());
  for (const { id, tags } of mine) {
    const now = await one(user, id);
    assert.deepEqual([now.tags, now.categoryId], [[...tags, 'k'], category.id]);
  }
  expectOk(await user.put(`${kUrl}/bulk`, { bookmarkIds: ids.slice(0, 2), isArchived: true }));
  assert.equal((await page(user)).pagination.total, 1);
  expectProblem(await bulk({ bookmarkIds: ids, updates: {} }), 400, 'NO_UPDATE_FIELDS');
  expectProblem(await bulk({ bookmarkIds: ids, updates: { categoryId: kNobodysId } }), 400, 'CATEGORY_NOT_FOUND');
  expectProblem(await bulk({ bookmarkIds: [], updates: { note: 'x' } }), 400, 'INVALID_BULK_UPDATE_DATA');
  expectProblem(await bulk({ bookmarkIds: ['x'], updates: { note: 'x' } }), 400, 'INVALID_BULK_UPDATE_DATA');
  expectProblem(await bulk({ updates: { note: 'x' } }), 400, 'INVALID_BULK_UPDATE_DATA');
  expectProblem(await user.delete(`${kUrl}/bulk`), 400, 'BOOKMARK_IDS_REQUIRED');
  const gone = expectOk(await user.delete(`${kUrl}/bulk?bookmarkIds=${ids[0]}&bookmarkIds=${ids[1]}`)).data;
  assert.deepEqual([gone.deletedCount, gone.deletedIds.toSorted()], [2, ids.slice(0, 2).toSorted()]);
  assert.equal(expectOk(await user.delete(`${kUrl}/bulk`, { bookmarkIds: [ids[2]] })).data.deletedCount, 1);
  expectOk(await other.get(`${kUrl}/${foreign.id}`));
});

test('the bookmarks of others do not exist', async () => {
  const [owner, stranger] = [await freshUser(), await freshUser()];
  const { id } = await owner.addBookmark({ content: 'secret words' });
  for (const path of [`${kUrl}/${id}`, `${kUrl}/${kNobodysId}`, `${kUrl}/not-a-uuid`, `${kUrl}/%00`]) {
    const answers = [await stranger.get(path), await stranger.put(path, { note: 'x' }), await stranger.delete(path)];
    if (path.endsWith('%00')) assert.ok(answers.every(({ status }) => status === 404 || status === 400));
    else for (const answer of answers) expectProblem(answer, 404, 'BOOKMARK_NOT_FOUND');
  }
  assert.equal((await page(stranger, '?text=secret')).pagination.total, 0);
  assert.equal((await page(stranger, `?userId=${owner.user.id}`)).pagination.total, 0);
  assert.equal((await one(owner, id)).note, null);
  for (const method of ['GET', 'POST']) expectProblem(await nobody.request(method, kUrl), 401, 'MISSING_AUTH_HEADER');
});

// A model of a library: random writes to both, then every count must agree.
test('totals are exact after random operations', async () => {
  const seed = 20260824;
  const random = new Random(seed);
  const user = await freshUser();
  const categories = [await addCategory(user, 'one'), await addCategory(user, 'two')];
  const tags = ['red', 'green', '青'];
  const model = new Map();
  const categoryIds = [null, ...categories.map(({ id }) => id)];
  const changes = () => ({
    tags: random.some(tags, random.int(0, 3)), categoryId: random.pick(categoryIds), isArchived: random.chance(0.3),
  });
  const operations = {
    create: async () => {
      const fields = changes();
      const { categoryId, ...rest } = fields;
      const made = await user.addBookmark({ ...rest, ...(categoryId && { categoryId }) });
      model.set(made.id, fields);
    },
    update: async (id) => {
      const fields = changes();
      expectOk(await user.put(`${kUrl}/${id}`, fields));
      model.set(id, fields);
    },
    archive: async (id) => {
      expectOk(await user.put(`${kUrl}/${id}/archive`));
      model.get(id).isArchived = !model.get(id).isArchived;
    },
    remove: async (id) => {
      expectOk(await user.delete(`${kUrl}/${id}`));
      model.delete(id);
    },
    bulk: async () => {
      const ids = random.some([...model.keys()], 5);
      const [added, removed] = random.some(tags, 2);
      expectOk(await user.post(`${kUrl}/bulk`, { bookmarkIds: ids, updates: { addTags: [added], removeTags: [removed] } }));
      for (const id of ids) {
        const item = model.get(id);
        item.tags = [...new Set([...item.tags, added])].filter((tag) => tag !== removed);
      }
    },
  };
  for (let i = 0; i < 160; ++i) {
    const name = model.size < 8 ? 'create' : random.pick(['create', 'create', 'update', 'update', 'archive', 'remove', 'bulk']);
    await operations[name](random.pick([...model.keys()]));
  }
  const items = [...model.values()];
  const active = items.filter(({ isArchived }) => !isArchived);
  const total = async (query) => (await page(user, `?${query}`)).pagination.total;
  const what = `seed ${seed}`;
  assert.equal(await total(''), active.length, what);
  assert.equal(await total('includeArchived=true'), items.length, what);
  assert.equal(await total('isArchived=true'), items.length - active.length, what);
  assert.equal(await total('uncategorized=true'), active.filter(({ categoryId }) => !categoryId).length, what);
  assert.equal(await total('untagged=true'), active.filter((item) => item.tags.length === 0).length, what);
  for (const tag of tags) assert.equal(await total(`tags=${tag}`), active.filter((item) => item.tags.includes(tag)).length, tag);
  const tree = expectOk(await user.get('/api/categories?includeCount=true')).data.categories;
  for (const { id } of categories) {
    const expected = active.filter(({ categoryId }) => categoryId === id).length;
    assert.equal(await total(`categoryIds=${id}`), expected, what);
    assert.equal(tree.find((node) => node.id === id).bookmarkCount, expected, what);
  }
  const counts = Object.fromEntries((await user.all('/api/tags', 'tags')).items.map(({ name, count }) => [name, count]));
  for (const tag of tags) {
    const all = items.filter((item) => item.tags.includes(tag)).length;
    assert.equal(counts[tag] ?? 0, all, `${tag}, ${what}`);
  }
});
