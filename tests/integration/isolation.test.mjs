// Two users with equal data never see each other's rows: made from the table of routes that the program prints, so that
// a new route is asked too.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bookmark, Client, expectOk, startTestServer, stopClean } from '../support/client.mjs';
import { runCommand } from '../support/server.mjs';

const kSame = bookmark({ content: 'the same words', tags: ['same tag'], xTweetId: '4711' });

let server;
let routes;
let owner;
let stranger;
before(async () => {
  const printed = await runCommand(['--print-routes']);
  assert.equal(printed.status, 0, printed.stderr);
  routes = JSON.parse(printed.stdout);
  server = await startTestServer();
  const nobody = new Client(server.url);
  owner = await library(await nobody.register('owner'));
  stranger = await library(await nobody.register('stranger'));
});
after(() => stopClean(server));

// The same data for both; `ids` is everything that only its owner may see.
async function library(user) {
  const category = expectOk(await user.post('/api/categories', { name: 'same category', color: '#000000', icon: 'x' }), 201).data.category;
  const made = await user.addBookmark({ ...kSame, categoryId: category.id });
  const saved = expectOk(await user.post('/api/search/saved', { name: 'same search', query: { text: 'same' } }), 201).data.search;
  const entry = expectOk(await user.post('/api/search/history', { text: 'same' }), 201).data;
  const job = await user.importFile('same.json', '[{"id":"1","content":"imported","author_username":"b"}]');
  const imported = expectOk(await user.get('/api/bookmarks?text=imported')).data.bookmarks[0];
  return { user, made, ids: { category: category.id, bookmark: made.id, saved: saved.id, entry: entry.id, job: job.jobId, imported: imported.id, user: user.user.id } };
}

/** Every path of a pattern with its parameters set to ids and names of the owner. */
function pathsOf(pattern) {
  const parameters = pattern.match(/:\w+/g) ?? [];
  if (parameters.length === 0) return [pattern];
  const values = [...Object.values(owner.ids), encodeURIComponent('same tag')];
  return values.map((value) => parameters.reduce((path, name) => path.replace(name, value), pattern));
}

/** What a stream without end says at first. */
async function readStart({ url, token }, path) {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  let timer;
  const enough = new Promise((resolve) => { timer = setTimeout(resolve, 300, { done: true }); });
  for (let piece; !(piece = await Promise.race([reader.read(), enough])).done;) text += piece.value;
  clearTimeout(timer);
  await reader.cancel();
  return { status: answer.status, text };
}

const leaksOf = (text, path) => Object.entries(owner.ids).filter(([, id]) => text.includes(id) && !path.includes(id)).map(([name]) => name);
const stateOf = async ({ user }) => {
  const read = async (path) => expectOk(await user.get(path)).data;
  const { bookmarks } = await read('/api/bookmarks?includeArchived=true');
  const { categories } = await read('/api/categories?includeCount=true');
  return { bookmarks, categories, tags: (await read('/api/tags')).tags, saved: (await read('/api/search/saved')).searches };
};

test('the table names what it must', () => {
  for (const { method, pattern, name, auth } of routes) {
    assert.match(method, /^(GET|POST|PUT|DELETE|PATCH)$/);
    assert.match(pattern, /^\/[\w\-/:.]*$/);
    assert.match(name, /^[\w.]+$/);
    assert.match(auth, /^(none|optional|login|interactive|admin|read|write|metrics)$/);
  }
  assert.ok(routes.length > 40);
  assert.ok(routes.some(({ pattern }) => pattern === '/api/bookmarks/:id'));
});

test('nothing of another user is read', async () => {
  for (const { method, pattern, auth } of routes) {
    if (method !== 'GET' || auth === 'none') continue;
    for (const path of pathsOf(pattern)) {
      for (const query of ['', `?userId=${owner.ids.user}&q=same&limit=20`]) {
        const ask = pattern.endsWith('/stream') ? readStart(stranger.user, path + query) : stranger.user.get(path + query);
        const { status, text } = await ask;
        assert.deepEqual(leaksOf(text, path + query), [], `${path}${query} answers ${status} ${text.slice(0, 200)}`);
        const isOwn = !path.includes(':') && pattern.includes(':') && Object.values(owner.ids).some((id) => path.includes(id));
        if (isOwn) assert.ok(status >= 400, `${path} answers ${status}`);
      }
    }
  }
});

test('nothing of another user is found by a POST that reads', async () => {
  for (const { method, pattern, auth } of routes) {
    if (method !== 'POST' || auth !== 'read') continue;
    for (const body of [{}, { text: 'same', userId: owner.ids.user }, { q: 'same', categoryId: owner.ids.category, categoryIds: [owner.ids.category] }]) {
      const { text } = await stranger.user.post(pattern, body);
      assert.deepEqual(leaksOf(text, JSON.stringify(body)), [], `${pattern} ${text.slice(0, 200)}`);
    }
  }
});

test('nothing of another user is changed or deleted', async () => {
  const before = await stateOf(owner);
  const body = {
    ...bookmark(), name: 'stolen', title: 'stolen', note: 'stolen', isArchived: true, color: '#ffffff', icon: 'y', query: { text: 'stolen' },
    categoryId: null, parentId: null, tags: ['stolen'],
  };
  for (const { method, pattern, auth } of routes) {
    if (method === 'GET' || !['read', 'write'].includes(auth) || !pattern.includes(':')) continue;
    for (const path of pathsOf(pattern)) {
      const { status, text } = await stranger.user.request(method, path, { body });
      assert.deepEqual(leaksOf(text, path), [], `${method} ${path} answers ${status} ${text.slice(0, 200)}`);
    }
  }
  const { ids } = owner;
  const bulk = { bookmarkIds: [ids.bookmark, ids.imported], updates: { note: 'stolen' } };
  for (const [method, path, sent] of [
    ['POST', '/api/bookmarks/bulk', bulk], ['PUT', '/api/bookmarks/bulk', bulk], ['DELETE', '/api/bookmarks/bulk', bulk],
    ['PUT', '/api/categories/order', { categoryIds: [ids.category] }], ['POST', '/api/bookmarks', { ...bookmark(), categoryId: ids.category }],
    ['POST', '/api/categories', { name: 'below', color: '#000000', icon: 'x', parentId: ids.category }],
  ]) {
    assert.equal((await stranger.user.request(method, path, { body: sent })).status, 400, `${method} ${path}`);
  }
  assert.deepEqual(await stateOf(owner), before);
  assert.equal(expectOk(await owner.user.get('/api/search/history')).data.history.filter(({ id }) => id === ids.entry).length, 1);
});
