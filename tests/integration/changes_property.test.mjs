// Whoever follows the change feed holds exactly the library: random writes of every kind by clients at the same time,
// a server that is killed and started again, followers that read pages, that listen, and that come late.
// XBM_SEED repeats the choices of a run; what meets when is the machine's.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bookmark, Client, expectOk, Random, startTestServer, stopClean, until } from '../support/client.mjs';
import { openEvents } from '../support/events.mjs';
import { adminSql, hasServices, withDatabase } from '../support/server.mjs';

const kSeed = Number(process.env.XBM_SEED ?? Date.now() % 1_000_000);
const kWriters = 4;
const kWrites = 60; // answered ones, before each kill and after the last
const kKills = 2;
const kTags = ['a', 'b', 'c', 'd', '料理', 'ｶﾅ', 'é'];

const key = ({ type, id }) => `${type} ${id}`;
const isAnswer = (answer) => answer !== undefined;
/** The answer, or nothing when there was none: the server is being killed. */
const tried = (request) => request.catch((error) => {
  if (error instanceof TypeError || error.cause) return undefined;
  throw error;
});

class Writer {
  constructor(seed, client) {
    Object.assign(this, { random: new Random(seed), client, known: [], gone: [], categories: [], searches: [] });
  }

  tags() { return this.random.some(kTags, this.random.int(0, 3)); }
  ids(max) { return this.random.some(this.known, this.random.int(1, max)).map(({ id }) => id); }
  category() { return this.random.chance(0.3) || this.categories.length === 0 ? null : this.random.pick(this.categories).id; }
  color() { return `#${this.random.int(0, 0xffffff).toString(16).padStart(6, '0')}`; }
  fields() {
    return { addTags: this.tags(), removeTags: this.tags(), isArchived: this.random.chance(0.3), categoryId: this.category() };
  }

  async look() {
    const listed = await tried(this.client.get('/api/bookmarks?limit=60&includeArchived=true'));
    if (listed?.status === 200) this.known = listed.body.data.bookmarks;
    const tree = await tried(this.client.get('/api/categories'));
    if (tree?.status === 200) this.categories = tree.body.data.categories;
    const saved = await tried(this.client.get('/api/search/saved'));
    if (saved?.status === 200) this.searches = saved.body.data.searches;
  }

  kinds() {
    const { random, client } = this;
    const tag = () => `/api/tags/${encodeURIComponent(random.pick(kTags))}`;
    const one = () => `/api/bookmarks/${random.pick(this.known).id}`;
    return {
      create: () => client.post('/api/bookmarks', bookmark({ tags: this.tags() })),
      update: () => client.put(one(), this.fields()),
      archive: () => client.put(`${one()}/archive`),
      updateMany: () => client.put('/api/bookmarks/bulk', { bookmarkIds: this.ids(8), updates: this.fields() }),
      remove: () => {
        this.gone.push(random.pick(this.known));
        return client.delete(`/api/bookmarks/${this.gone.at(-1).id}`);
      },
      removeMany: () => client.delete('/api/bookmarks/bulk', { bookmarkIds: this.ids(3) }),
      addCategory: () => client.post('/api/categories', {
        name: `category ${random.int(1, 1e6)}`, color: this.color(), icon: 'x', parentId: this.category() }),
      changeCategory: () => client.put(`/api/categories/${random.pick(this.categories).id}`, { color: this.color(), parentId: null }),
      order: () => client.put('/api/categories/order', { categoryIds: random.some(this.categories, 4).map(({ id }) => id) }),
      removeCategory: () => {
        const { id } = random.pick(this.categories);
        const target = this.category();
        return client.delete(`/api/categories/${id}${target && target !== id ? `?reassignTo=${target}` : ''}`);
      },
      renameTag: () => client.put(tag(), { name: random.pick(kTags) }),
      colorTag: () => client.put(tag(), { color: random.chance(0.3) ? null : this.color() }),
      removeTag: () => client.delete(tag()),
      settings: () => client.put('/api/auth/settings', { theme: random.pick(['light', 'dark', 'system']), autoSync: random.chance(0.5) }),
      saveSearch: () => client.post('/api/search/saved', { name: `search ${random.int(1, 1e6)}`, query: { text: 'post' } }),
      changeSearch: () => client.put(`/api/search/saved/${random.pick(this.searches).id}`, { pinned: random.chance(0.5) }),
      removeSearch: () => client.delete(`/api/search/saved/${random.pick(this.searches).id}`),
      import: () => client.upload('rows.json', this.file(), { duplicateStrategy: random.pick(['skip', 'update', 'merge']) }),
    };
  }

  /** An own export: new rows, changed ones, and ones that were deleted, under the ids that they had. */
  file() {
    const rows = [
      ...Array.from({ length: this.random.int(1, 12) }, () => ({ ...bookmark({ tags: this.tags() }), bookmarkedAt: '2024-05-06T07:08:09.000Z' })),
      ...this.random.some(this.known, 3).map((row) => ({ ...row, content: `${row.content} more`, tags: this.tags() })),
      ...this.random.some(this.gone, 4),
    ];
    const colors = this.random.some(kTags, 2).map((name) => ({ name, color: this.color() }));
    return JSON.stringify({ metadata: { version: '2.0.0' }, bookmarks: rows, categories: [], tags: colors });
  }

  /** @param {{answered: number, wanted: number, done: Map<string, number>}} progress shared by all writers */
  async run(progress) {
    for (let i = 0; progress.answered < progress.wanted; ++i) {
      if (i % 5 === 0) await this.look();
      const kinds = this.kinds();
      const names = Object.keys(kinds).filter((name) => this.known.length > 8 || !/update|archive|remove(Many)?$/.test(name));
      const name = this.random.chance(0.25) ? 'create' : this.random.pick(names);
      if (this.categories.length === 0 && /Category|order/.test(name)) continue;
      if (this.searches.length === 0 && /(change|remove)Search/.test(name)) continue;
      const answer = await tried(kinds[name]());
      // While the server is away a writer waits for it, so that its writes are not all lost.
      if (!isAnswer(answer)) {
        await sleep(50);
        continue;
      }
      assert.ok(answer.status < 500 || answer.status === 503, `${name}: ${answer.status} ${answer.text}`);
      progress.answered += 1;
      if (answer.status < 300) progress.done.set(name, (progress.done.get(name) ?? 0) + 1);
    }
  }
}

/** Holds what the feed says, as a client would. */
class Follower {
  constructor(client, limit) {
    Object.assign(this, { client, limit, since: 0, items: new Map(), libraryVersion: -1, stopped: false });
  }

  async page() {
    const answer = await tried(this.client.get(`/api/changes?since=${this.since}&limit=${this.limit()}`));
    if (!isAnswer(answer) || answer.status === 503) return sleep(20);
    const { data } = expectOk(answer);
    let last = this.since;
    for (const change of data.changes) {
      assert.ok(change.version > last && change.version <= data.libraryVersion, `${change.version} after ${last}`);
      last = change.version;
      if (change.op === 'delete') this.items.delete(key(change));
      else this.items.set(key(change), change);
    }
    assert.ok(data.version >= last && data.version <= data.libraryVersion);
    this.since = data.version;
    this.libraryVersion = data.libraryVersion;
    return data.hasMore;
  }

  async run() {
    while (!this.stopped) await this.page();
  }

  async catchUp() {
    this.stopped = true;
    await this.running;
    do await this.page(); while (this.since !== this.libraryVersion);
    return this;
  }

  /** Of a kind, as the lists give them: by id, without what changes on its own. */
  of(type, strip = (data) => data) {
    return [...this.items.values()].filter((item) => item.type === type).map(({ data }) => strip(data)).toSorted(byText);
  }
}

/** Holds which items live and at which version, by listening; goes on after the last event when it is cut off. */
class Listener {
  constructor(client) {
    Object.assign(this, { client, items: new Map(), last: '0', stopped: false });
  }

  async run() {
    while (!this.stopped) {
      const headers = { authorization: `Bearer ${this.client.token}`, 'last-event-id': this.last };
      const url = `${this.client.url}/api/changes/stream`;
      this.stream = await tried(openEvents(url, { headers, onEvent: (event) => this.hear(event) }));
      if (this.stream?.status === 200) await this.stream.finished;
      else await sleep(20);
    }
  }

  hear({ event, id, data }) {
    if (event !== 'change' || Number(id) <= Number(this.last)) this.fault ??= `${event} ${id} after ${this.last}`;
    this.last = id;
    if (data.op === 'delete') this.items.delete(key(data));
    else this.items.set(key(data), data.version);
  }

  async catchUp(items) {
    const text = textOf(items);
    await until(() => textOf(this.items) === text).catch(() => {});
    this.stopped = true;
    this.stream?.close();
    await this.running;
    assert.equal(this.fault, undefined);
    assert.deepEqual([...this.items].toSorted(), [...items].toSorted(), 'what was listened to');
  }
}

const byText = (a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
const textOf = (map) => JSON.stringify([...map].toSorted());
const flat = (tree) => tree.flatMap(({ children, ...category }) => [category, ...flat(children)]);
// The category of a bookmark is an item of its own, and counts are no part of an item.
const ofBookmark = ({ category, ...rest }) => rest;
const ofTag = ({ name, color }) => ({ name, color });

async function libraryOf(client) {
  return {
    bookmark: (await client.all('/api/bookmarks?includeArchived=true')).items.map(ofBookmark).toSorted(byText),
    category: flat(expectOk(await client.get('/api/categories')).data.categories).toSorted(byText),
    tag: (await client.all('/api/tags', 'tags')).items.map(ofTag).toSorted(byText),
    savedSearch: (await client.all('/api/search/saved', 'searches')).items.toSorted(byText),
    settings: [expectOk(await client.get('/api/auth/me')).user.settings],
  };
}

const held = (follower) => ({
  bookmark: follower.of('bookmark', ofBookmark), category: follower.of('category'), tag: follower.of('tag', ofTag),
  savedSearch: follower.of('savedSearch'), settings: follower.of('settings'),
});

const kNumbers = `SELECT count(*) - count(DISTINCT v), max(v) <= (SELECT version FROM library) FROM (
  SELECT library_version AS v FROM bookmarks UNION ALL SELECT library_version FROM categories
  UNION ALL SELECT library_version FROM saved_searches UNION ALL SELECT library_version FROM tags UNION ALL SELECT library_version FROM tombstones
  UNION ALL SELECT settings_version FROM library) numbers`;

test(`followers hold the library (XBM_SEED=${kSeed})`, { skip: !hasServices }, async (t) => {
  const random = new Random(kSeed);
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-feed-'));
  let server = await startTestServer({ database, dataDir });
  const client = await new Client(server.url).register('follow');
  for (let i = 0; i < 20; ++i) await client.addBookmark({ tags: [kTags[i % 3]] });
  const follower = new Follower(client, () => random.int(1, 30));
  const listener = new Listener(client);
  follower.running = follower.run();
  listener.running = listener.run();

  const progress = { answered: 0, wanted: kWrites * (kKills + 1), done: new Map() };
  // Whatever fails, nothing must go on.
  t.after(() => {
    follower.stopped = listener.stopped = true;
    progress.wanted = 0;
    listener.stream?.close();
  });
  const writing = Promise.all(Array.from({ length: kWriters }, (_, i) => new Writer(kSeed * 31 + i, client).run(progress)));
  writing.catch(() => {});
  for (let kills = 1; kills <= kKills; ++kills) {
    await Promise.race([writing, until(() => progress.answered >= kWrites * kills, 60_000)]);
    await server.kill9();
    server = await startTestServer({ database, dataDir });
    client.url = server.url;
  }
  await writing;
  await until(async () => {
    const { history } = expectOk(await client.get('/api/import/history?limit=100'));
    return history.every(({ status }) => ['completed', 'failed'].includes(status));
  }, 30_000);

  const done = [...progress.done.keys()];
  for (const kind of [/^create$/, /^update/, /^remove(Many)?$/, /Tag$/, /Category$/, /^import$/])
    assert.ok(done.some((name) => kind.test(name)), `${kind} among ${done}`);
  const library = await libraryOf(client);
  await follower.catchUp();
  const late = await new Follower(client, () => 1000).catchUp();
  const slow = await new Follower(client, () => 7).catchUp();
  for (const [name, one] of Object.entries({ follower, late, slow })) assert.deepEqual(held(one), library, name);
  await listener.catchUp(new Map([...late.items].map(([name, { version }]) => [name, version])));
  assert.deepEqual(await adminSql(kNumbers, database.name), [['0', 't']]);
  await stopClean(server);
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});
