// What is kept, where, for how long and for whom (design 7; contract 1.5 to 1.7, 5.5).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { bookmark, Client, expectOk, Random } from '../support/client.mjs';
import { cacheUse, contentOf, Instances, timed, useOf } from '../support/instances.mjs';

let instances;
let nobody;
let users = 0;
before(async () => {
  instances = await Instances.start(1, { CACHE_TTL_SEARCH: '400' });
  nobody = new Client(instances.servers[0].url);
});
after(() => instances.stop());

const freshUser = () => nobody.register(`tiers${++users}`);
const kLists = ['/api/bookmarks?limit=5', '/api/search?text=post', '/api/categories?includeCount=true', '/api/categories/defaults', '/api/tags'];
const note = (user, id, text) => user.put(`/api/bookmarks/${id}`, { note: text });

test('every kind of answer: a miss, then hits, until a write', async () => {
  const user = await freshUser();
  const { id } = await user.addBookmark({ tags: ['a'] });
  const [category] = expectOk(await user.get('/api/categories')).data.categories;
  const paths = [...kLists, '/api/auth/me', `/api/categories/${category.id}`];
  for (const path of paths) {
    const made = await timed(user, path);
    expectOk(made);
    assert.equal(cacheUse(made), 'miss', path);
    const kept = await timed(user, path);
    assert.equal(cacheUse(kept), 'hit', path);
    assert.equal(kept.text, made.text);
    assert.equal(kept.headers.get('etag'), made.headers.get('etag'));
  }
  expectOk(await note(user, id, 'changed'));
  for (const path of paths) assert.equal(await useOf(user, path), 'miss', path);
});

test('one answer for a request in other words, another one for another request', async () => {
  const user = await freshUser();
  await user.addBookmark({ tags: ['a', 'b c'] });
  await user.addBookmark({ tags: ['b c'] });
  assert.equal(await useOf(user, '/api/bookmarks?tags=b%20c&limit=5'), 'miss');
  for (const same of ['limit=5&tags=b+c', 'tags[]=b%20c&limit=5', 'limit=5&tags%5B0%5D=b%20c', '&limit=5&&tags=b%20c'])
    assert.equal(await useOf(user, `/api/bookmarks?${same}`), 'hit', same);
  for (const other of ['limit=5', 'limit=6&tags=b%20c', 'tags=b%20c&tags=a&limit=5', 'limit=5&tags=b%2520c', 'limit=5&text=b%20c'])
    assert.equal(await useOf(user, `/api/bookmarks?${other}`), 'miss', other);
});

test('HEAD comes from the cache; POST and unkept routes pass it by', async () => {
  const user = await freshUser();
  await user.addBookmark();
  const made = await timed(user, '/api/bookmarks');
  const head = await user.request('HEAD', '/api/bookmarks', { headers: { 'x-server-timing': '1' } });
  assert.equal(head.status, 200);
  assert.equal(head.text, '');
  assert.equal(cacheUse(head), 'hit');
  assert.equal(head.headers.get('etag'), made.headers.get('etag'));
  assert.equal(head.headers.get('content-length'), made.headers.get('content-length'));
  const search = await user.request('POST', '/api/search', { body: { text: 'post' }, headers: { 'x-server-timing': '1' } });
  assert.equal(cacheUse(search), 'bypass');
  assert.equal(await useOf(user, '/api/import/history'), 'bypass');
  assert.equal(cacheUse(await user.get('/api/bookmarks')), undefined, 'only on request');
});

test('a single bookmark is written through, and is what the database holds', async () => {
  const user = await freshUser();
  const truth = instances.at(await instances.startUncached(), user);
  const [{ id: category }] = (await user.get('/api/categories')).body.data.categories;
  const { id } = await user.addBookmark({
    title: 'T\u0301itle', note: 'n', tags: [' b ', 'が'], categoryId: category, mediaUrls: ['https://img.example/1.jpg'],
    bookmarkedAt: '2025-01-02T03:04:05.678901Z', url: 'https://twitter.com/a/status/20?s=1', content: 'a\r\nb',
  });
  const path = `/api/bookmarks/${id}`;
  const expectWritten = async (what) => {
    const kept = await timed(user, path);
    assert.equal(cacheUse(kept), 'hit', what);
    const read = await timed(truth, path);
    assert.equal(cacheUse(read), 'bypass');
    assert.equal(kept.text, read.text, what);
    assert.equal(kept.headers.get('etag'), read.headers.get('etag'), what);
  };
  await expectWritten('created');
  expectOk(await note(user, id, '書いた'));
  await expectWritten('updated');
  expectOk(await user.put(`${path}/archive`, {}));
  await expectWritten('archived');
  expectOk(await user.put('/api/bookmarks/bulk', { bookmarkIds: [id], updates: { addTags: ['more'] } }));
  const after_ = await timed(user, path);
  assert.equal(cacheUse(after_), 'miss', 'changes of many are read when asked for');
  assert.equal(after_.text, (await truth.get(path)).text);
  expectOk(await user.delete(path));
  assert.equal((await user.get(path)).status, 404);
});

test('Redis outlives the server, holds the times of the contract or of the configuration, and keys of one user lie together', async () => {
  const user = await freshUser();
  await user.addBookmark();
  for (const path of kLists) await useOf(user, path);
  const { prefix, keys } = await keysOf(user.user.id);
  const ttl = { 'bookmarks.get': 300, 'bookmarks.list': 180, 'search.get': 400, 'categories.list': 1800, 'categories.defaults': 1800, 'tags.list': 1800 };
  assert.deepEqual(new Set(keys.map((key) => routeOf(key, prefix))), new Set(Object.keys(ttl)));
  for (const key of keys) {
    const left = Number(await instances.redis.command('PTTL', key)) / 1000;
    const whole = ttl[routeOf(key, prefix)];
    assert.ok(left <= whole && left > whole - 60, `${key}: ${left} s`);
  }
  await instances.restart(0);
  nobody = new Client(instances.servers[0].url);
  const again = instances.at(0, user);
  for (const path of kLists) assert.equal(await useOf(again, path), 'hit', path);
  await instances.redis.command('FLUSHALL');
  for (const path of kLists) assert.equal(await useOf(again, path), 'hit', `${path} was promoted`);
});

const routeOf = (key, prefix) => key.slice(prefix.length).split(':')[1];
async function keysOf(userId) {
  const prefix = `${instances.database.env.REDIS_PREFIX}cache:{${userId}}:`;
  const keys = (await instances.redis.command('KEYS', '*')).split('\n').filter((key) => key.startsWith(prefix));
  return { prefix, keys };
}

test('what lies damaged in Redis, or under the key of another request, is not used', async () => {
  const user = await freshUser();
  await user.addBookmark({ content: 'mine' });
  await useOf(user, '/api/bookmarks');
  await useOf(user, '/api/tags');
  const { keys } = await keysOf(user.user.id);
  const list = keys.find((key) => key.includes('bookmarks.list'));
  const tags = keys.find((key) => key.includes('tags.list'));
  await instances.redis.command('COPY', list, tags, 'REPLACE');
  await instances.redis.command('SETRANGE', list, '60', 'damage');
  await instances.restart(0);
  nobody = new Client(instances.servers[0].url);
  const again = instances.at(0, user);
  for (const [path, key] of [['/api/bookmarks', 'bookmarks'], ['/api/tags', 'tags']]) {
    const answer = await timed(again, path);
    assert.equal(cacheUse(answer), 'miss', path);
    assert.ok(Array.isArray(expectOk(answer).data[key]));
  }
});

test('what one user is shown, another one never is', async () => {
  const random = new Random(11);
  const people = await Promise.all(Array.from({ length: 6 }, freshUser));
  await Promise.all(people.map((user) => user.addBookmark({ xTweetId: '77', content: `post of ${user.user.username}`, tags: [user.user.username] })));
  const paths = [...kLists, '/api/auth/me', '/api/bookmarks'];
  let hits = 0;
  await Promise.all(people.map(async (user) => {
    for (let i = 0; i < 40; ++i) {
      const answer = await timed(user, random.pick(paths));
      expectOk(answer);
      if (cacheUse(answer) === 'hit') hits += 1;
      for (const other of people) {
        if (other === user) continue;
        assert.ok(!answer.text.includes(other.user.id) && !answer.text.includes(`"${other.user.username}"`), `${user.user.username}: ${answer.text}`);
      }
    }
  }));
  assert.ok(hits > 100, `${hits} hits`);
});

test('many who ask at once cause one load, also with an older answer in hand', async () => {
  const user = await freshUser();
  const { id } = await user.addBookmark();
  const old = (await user.get('/api/bookmarks')).headers.get('etag');
  for (const headers of [{}, { 'if-none-match': old }]) {
    expectOk(await note(user, id, `n${Object.keys(headers).length}`));
    const answers = await Promise.all(Array.from({ length: 24 }, () => timed(user, '/api/bookmarks', headers)));
    assert.deepEqual(answers.map(({ status }) => status), Array(24).fill(200));
    assert.equal(answers.filter((answer) => cacheUse(answer) === 'miss').length, 1);
  }
});

test('settings: kept, and new at once after a change', async () => {
  const user = await freshUser();
  assert.equal(await useOf(user, '/api/auth/me'), 'miss');
  const kept = await timed(user, '/api/auth/me');
  assert.equal(cacheUse(kept), 'hit');
  for (const theme of ['dark', 'light', 'dark']) {
    expectOk(await user.put('/api/auth/settings', { theme }));
    const changed = await timed(user, '/api/auth/me');
    assert.equal(cacheUse(changed), 'miss');
    assert.equal(changed.body.user.settings.theme, theme);
    assert.equal((await timed(user, '/api/auth/me')).body.user.settings.theme, theme);
  }
  const etag = kept.headers.get('etag');
  assert.match(etag, /^W\//);
  assert.equal((await user.get('/api/auth/me', { 'if-none-match': etag })).status, 200);
  const before_ = (await user.get('/api/auth/me')).body.user.updatedAt;
  expectOk(await user.put('/api/auth/password', { currentPassword: 'correct horse battery staple', newPassword: 'another horse battery' }));
  assert.notEqual((await user.get('/api/auth/me')).body.user.updatedAt, before_);
});

test('a page gets its CSRF token also with an answer that was kept', async () => {
  const user = await freshUser();
  const cookies = user.answer.headers.getSetCookie().map((line) => line.split(';')[0]);
  const page = new Client(user.url);
  const headers = { cookie: cookies.join('; ') };
  for (const use of ['miss', 'hit', 'hit']) {
    const answer = await timed(page, '/api/auth/me', headers);
    assert.equal(cacheUse(answer), use);
    const token = answer.headers.getSetCookie().find((line) => line.startsWith('csrfToken='));
    assert.equal(token?.split(';')[0], cookies.find((line) => line.startsWith('csrfToken=')));
    assert.ok(answer.headers.get('x-session-expires-at'));
  }
  assert.deepEqual((await timed(user, '/api/auth/me')).headers.getSetCookie(), [], 'none for a token');
});

// fetch decodes by itself, so the bytes are asked for here.
async function rawGet(user, path, headers) {
  const sent = request(new URL(path, user.url), { headers: { authorization: `Bearer ${user.token}`, ...headers } });
  sent.end();
  const [answer] = await once(sent, 'response');
  const chunks = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) };
}

const decode = { br: brotliDecompressSync, gzip: gunzipSync, undefined: (bytes) => bytes };
// With what is wanted, what is got.
const kAccepted = [['br', 'br'], ['gzip', 'gzip'], ['gzip;q=0.5, br;q=0.4', 'gzip'], ['identity', undefined], [undefined, undefined], ['gzip, br', 'br'], ['br;q=0, gzip;q=0', undefined]];

test('codings of a kept answer: the right bytes for everyone at once', async () => {
  const user = await freshUser();
  const items = await Promise.all(Array.from({ length: 12 }, (_, i) => user.addBookmark({ content: `料理 number ${i} `.repeat(20) })));
  for (const path of ['/api/bookmarks', `/api/bookmarks/${items[0].id}`, '/api/search?text=number']) {
    for (const fresh of [true, false]) {
      if (fresh) expectOk(await note(user, items[1].id, path));
      const plain = fresh ? undefined : (await rawGet(user, path, {})).bytes.toString();
      const answers = await Promise.all(Array.from({ length: 21 }, async (_, i) => {
        const [accepted, coding] = kAccepted[i % kAccepted.length];
        return { coding, ...(await rawGet(user, path, accepted ? { 'accept-encoding': accepted } : {})) };
      }));
      const texts = new Set(answers.map(({ coding, headers, status, bytes }) => {
        assert.equal(status, 200);
        assert.equal(headers['content-encoding'], coding);
        assert.equal(Number(headers['content-length']), bytes.length);
        assert.equal(headers.vary, 'Authorization, Cookie, Accept-Encoding');
        return decode[coding](bytes).toString();
      }));
      assert.equal(texts.size, 1, path);
      if (plain) assert.ok(texts.has(plain));
    }
  }
});

test('tags of codings and conditional requests', async () => {
  const user = await freshUser();
  const { id } = await user.addBookmark({ content: 'long '.repeat(500) });
  const path = `/api/bookmarks/${id}`;
  const plain = (await rawGet(user, path, {})).headers.etag;
  assert.match(plain, /^"1\.\d+-[^"]+"$/);
  for (const [accepted, coding] of kAccepted) {
    const headers = accepted ? { 'accept-encoding': accepted } : {};
    const { etag } = (await rawGet(user, path, headers)).headers;
    assert.equal(etag, coding ? plain.replace(/"$/, `-${coding}"`) : plain);
    for (const known of [plain, etag, `W/${plain}`, `"x", ${etag}`, '*']) {
      const unchanged = await rawGet(user, path, { ...headers, 'if-none-match': known });
      assert.equal(unchanged.status, 304, `${accepted} ${known}`);
      assert.equal(unchanged.bytes.length, 0);
      assert.equal(unchanged.headers.etag, etag);
      assert.equal(unchanged.headers.vary, 'Authorization, Cookie, Accept-Encoding');
    }
  }
  const list = (await rawGet(user, '/api/bookmarks', { 'accept-encoding': 'br' })).headers.etag;
  assert.match(list, /^W\/"/, 'a weak tag is the same for all codings');
  for (const accepted of ['gzip', 'br', 'identity'])
    assert.equal((await rawGet(user, '/api/bookmarks', { 'accept-encoding': accepted, 'if-none-match': list })).status, 304);
  expectOk(await note(user, id, 'changed'));
  for (const [path_, etag] of [[path, plain], ['/api/bookmarks', list]])
    assert.equal((await rawGet(user, path_, { 'if-none-match': etag })).status, 200);
});

test('what is kept is what an instance without a cache answers', async () => {
  const user = await freshUser();
  const truth = instances.at(await instances.startUncached(), user);
  const random = new Random(5);
  const items = await Promise.all(Array.from({ length: 8 }, (_, i) => user.addBookmark({ tags: [`t${i % 3}`] })));
  const paths = [...kLists, '/api/bookmarks?sortOrder=asc&limit=3', '/api/search?text=t1&includeFacets=false', '/api/tags?sortBy=name'];
  for (let round = 0; round < 12; ++round) {
    const { id } = random.pick(items);
    const writes = [
      () => note(user, id, `round ${round}`), () => user.put(`/api/bookmarks/${id}/archive`, {}),
      () => user.put('/api/tags/t1', { color: `#00000${round % 10}` }), () => user.post('/api/bookmarks', bookmark({ tags: ['t1'] })),
      () => user.put('/api/bookmarks/bulk', { bookmarkIds: items.map((item) => item.id), updates: { addTags: [`r${round}`] } }),
    ];
    const { status } = await random.pick(writes)();
    assert.ok(status < 300);
    for (const path of random.some(paths, 4)) {
      const made = await user.get(path);
      const kept = await timed(user, path);
      assert.equal(cacheUse(kept), 'hit');
      const held = await truth.get(path);
      assert.equal(contentOf(made), contentOf(held), path);
      assert.equal(contentOf(kept), contentOf(held), path);
      assert.equal(kept.headers.get('etag'), held.headers.get('etag'));
    }
  }
});
