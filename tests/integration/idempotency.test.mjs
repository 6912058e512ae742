// Requests with an Idempotency-Key (contract 1.9).
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bookmark, Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { adminSql, withDatabase } from '../support/server.mjs';

const kUrl = '/api/bookmarks';

let server;
let nobody;
let users = 0;
let keys = 0;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(() => stopClean(server));

const freshUser = () => nobody.register(`idempotent${++users}`);
const freshKey = () => ({ 'idempotency-key': `key-${++keys}` });
const sql = (text) => adminSql(text, server.database.name);
const isReplay = ({ headers }) => headers.get('idempotency-replayed') === 'true';
const total = async (user) => expectOk(await user.get(kUrl)).data.pagination.total;

function expectReplay(first, again) {
  assert.equal(isReplay(first), false);
  assert.equal(isReplay(again), true, again.text);
  assert.equal(again.status, first.status);
  assert.equal(again.text, first.text);
  for (const name of ['location', 'content-type']) assert.equal(again.headers.get(name), first.headers.get(name), name);
  assert.equal(again.headers.get('cache-control'), 'no-store');
}

// One write for every kind of POST, and what shows that it happened once.
const kWrites = [
  ['a bookmark', kUrl, () => bookmark()],
  ['a category', '/api/categories', () => ({ name: `c${keys}`, color: '#000000', icon: 'x' })],
  ['a saved search', '/api/search/saved', () => ({ name: `s${keys}`, query: { text: 'x' } })],
  ['an entry of the history', '/api/search/history', () => ({ text: 'x' })],
  ['a search', '/api/search', () => ({ text: 'x' })],
  ['facets', '/api/suggestions/facets', () => ({ q: 'x' })],
  ['statistics', '/api/stats/export', () => ({ format: 'json' })],
];

for (const [name, path, makeBody] of kWrites) {
  test(`the same call again gets the same answer: ${name}`, async () => {
    const user = await freshUser();
    const [key, body] = [freshKey(), makeBody()];
    const first = await user.post(path, body, key);
    assert.ok([200, 201].includes(first.status), first.text);
    const again = await user.post(path, body, key);
    expectReplay(first, again);
    if (path === kUrl) assert.equal(await total(user), 1);
  });
}

test('bulk changes and faults are kept too', async () => {
  const user = await freshUser();
  const { id } = await user.addBookmark();
  const [bulkKey, faultKey, missingKey] = [freshKey(), freshKey(), freshKey()];
  const bulk = { bookmarkIds: [id], updates: { addTags: ['t'] } };
  const first = await user.post(`${kUrl}/bulk`, bulk, bulkKey);
  expectOk(await user.put(`${kUrl}/${id}`, { tags: [] }));
  expectReplay(first, await user.post(`${kUrl}/bulk`, bulk, bulkKey));
  assert.deepEqual(expectOk(await user.get(`${kUrl}/${id}`)).data.bookmark.tags, [], 'not done again');
  const fault = await user.post(kUrl, { content: 3 }, faultKey);
  expectProblem(fault, 400, 'INVALID_BOOKMARK_DATA');
  expectReplay(fault, await user.post(kUrl, { content: 3 }, faultKey));
  const taken = bookmark();
  const made = await user.addBookmark(taken);
  const conflict = await user.post(kUrl, taken, missingKey);
  expectProblem(conflict, 409, 'BOOKMARK_ALREADY_EXISTS');
  expectOk(await user.delete(`${kUrl}/${made.id}`));
  expectReplay(conflict, await user.post(kUrl, taken, missingKey));
});

test('an import starts once', async () => {
  const user = await freshUser();
  const key = { ...freshKey(), 'content-type': 'multipart/form-data; boundary=xyz' };
  const raw = '--xyz\r\ncontent-disposition: form-data; name="source"\r\n\r\njson\r\n--xyz\r\n' +
    'content-disposition: form-data; name="file"; filename="a.json"\r\n\r\n[{"id":"1","content":"a","author_username":"b"}]\r\n--xyz--\r\n';
  const first = await user.request('POST', '/api/import', { raw, headers: key });
  assert.equal(first.status, 202, first.text);
  expectReplay(first, await user.request('POST', '/api/import', { raw, headers: key }));
  const other = await user.request('POST', '/api/import', { raw: raw.replace('"a"', '"b"'), headers: key });
  expectProblem(other, 422, 'IDEMPOTENCY_KEY_REUSED');
  await user.waitForImport(first.body.jobId);
  assert.equal(expectOk(await user.get('/api/import/history')).pagination.total, 1);
});

test('another body, user, path or method is another matter', async () => {
  const [user, other] = [await freshUser(), await freshUser()];
  const [key, body] = [freshKey(), bookmark()];
  expectOk(await user.post(kUrl, body, key), 201);
  expectProblem(await user.post(kUrl, bookmark(), key), 422, 'IDEMPOTENCY_KEY_REUSED');
  expectOk(await other.post(kUrl, body, key), 201);
  const category = await user.post('/api/categories', { name: 'n', color: '#000000', icon: 'x' }, key);
  assert.equal(isReplay(category), false);
  const { id } = (await user.get(kUrl)).body.data.bookmarks[0];
  const put = await user.put(`${kUrl}/${id}`, { note: 'a' }, key);
  assert.equal(isReplay(put), false);
  expectOk(await user.put(`${kUrl}/${id}`, { note: 'b' }, key), 200);
});

test('the form of a key', async () => {
  const user = await freshUser();
  const send = (key, body) => user.post('/api/search/history', body ?? { text: 'k' }, { 'idempotency-key': key });
  for (const key of ['a b', 'ä', '"open', '"a"b"', '""', '"a\\b"', 'x'.repeat(256), `"${'x'.repeat(256)}"`]) {
    expectProblem(await send(key), 400, 'INVALID_IDEMPOTENCY_KEY');
  }
  for (const key of ['a', 'x'.repeat(255), `"${'y'.repeat(255)}"`, '8e03978e-40d5-43dd-bc93-6894a57f9324', '!#$%&()*+,-./:;<=>?@[]^_`{|}~', '"q\\"\\\\"']) {
    const first = await send(key);
    expectOk(first, 201);
    expectReplay(first, await send(key));
  }
  const first = await send('quoted');
  expectReplay(first, await send('"quoted"'));
});

test('answers that are no result free the key', async () => {
  const user = await freshUser();
  const key = freshKey();
  const admin = await user.post('/api/stats/export?tz=Mars/Base', {}, key);
  expectProblem(admin, 400, 'INVALID_STATS_PARAMS');
  // 413 and 401 never reach the handler; nothing is stored for them.
  expectProblem(await nobody.post(kUrl, bookmark(), key), 401, 'MISSING_AUTH_HEADER');
  const [[kept]] = await sql(`SELECT count(*) FROM idempotency_keys WHERE user_id = '${user.user.id}'`);
  assert.equal(Number(kept), 1);
  const registered = { username: `idempotent${++users}`, password: 'correct horse battery staple' };
  expectOk(await nobody.post('/api/auth/register', registered, key), 201);
  expectProblem(await nobody.post('/api/auth/register', registered, key), 409, 'USERNAME_TAKEN');
});

test('equal calls at the same time run once', async () => {
  const user = await freshUser();
  for (let round = 0; round < 10; ++round) {
    const [key, body] = [freshKey(), bookmark()];
    const answers = await Promise.all(Array.from({ length: 6 }, () => user.post(kUrl, body, key)));
    const ran = answers.filter((answer) => answer.status === 201 && !isReplay(answer));
    assert.equal(ran.length, 1, answers.map(({ status, text }) => `${status} ${text.slice(0, 80)}`).join('\n'));
    for (const answer of answers) {
      if (answer === ran[0]) continue;
      if (answer.status === 201) {
        assert.equal(answer.text, ran[0].text);
      } else {
        expectProblem(answer, 409, 'IDEMPOTENCY_IN_PROGRESS');
        assert.equal(answer.headers.get('retry-after'), '1');
        assert.equal(answer.body.retryAfter, 1);
      }
    }
    expectReplay(ran[0], await user.post(kUrl, body, key));
  }
  assert.equal(await total(user), 10);
});

// Holds the library of a user, so that a write waits in the middle.
async function whileLocked(user, act) {
  const lock = adminSql(`BEGIN; SELECT version FROM library WHERE user_id = '${user.user.id}' FOR UPDATE; SELECT pg_sleep(30); COMMIT`, server.database.name);
  lock.catch(() => {}); // it is cut off below
  const pid = async (text) => (await sql(`SELECT pid FROM pg_stat_activity WHERE ${text} AND pid <> pg_backend_pid()`))[0]?.[0];
  const holder = await until(() => pid(`state = 'active' AND query LIKE '%pg_sleep%' AND datname = '${server.database.name}' AND wait_event = 'PgSleep'`));
  const waiting = () => until(() => pid(`datname = '${server.database.name}' AND wait_event_type = 'Lock'`));
  try {
    return await act(waiting);
  } finally {
    await sql(`SELECT pg_terminate_backend(${holder})`);
    await lock.catch(() => {});
  }
}

test('while the first call runs, and after it was taken over', async () => {
  const user = await freshUser();
  const [key, body] = [freshKey(), bookmark()];
  const { first, second } = await whileLocked(user, async (waiting) => {
    const slow = user.post(kUrl, body, key);
    await waiting();
    expectProblem(await user.post(kUrl, body, key), 409, 'IDEMPOTENCY_IN_PROGRESS');
    expectProblem(await user.post(kUrl, bookmark(), key), 422, 'IDEMPOTENCY_KEY_REUSED');
    // Its time is over: another call may do the work, and this one must not do it as well.
    await sql(`UPDATE idempotency_keys SET held_until = now() - interval '1 s' WHERE user_id = '${user.user.id}'`);
    const next = user.post(kUrl, body, key);
    await until(async () => Number((await sql(`SELECT count(*) FROM idempotency_keys WHERE user_id = '${user.user.id}' AND held_until > now()`))[0][0]) === 1);
    return { first: slow, second: next };
  });
  const answers = [await first, await second];
  assert.equal(answers.filter(({ status }) => status === 201).length, 1, answers.map(({ text }) => text).join('\n'));
  assert.equal(answers.filter(({ status }) => status === 503).length, 1);
  assert.equal(await total(user), 1);
  const again = await user.post(kUrl, body, key);
  expectReplay(answers.find(({ status }) => status === 201), again);
});

test('a server that is killed in the middle blocks nobody for long', async () => {
  const database = await withDatabase();
  let other;
  try {
    const doomed = await startTestServer({ database });
    const user = await new Client(doomed.url).register('killed');
    const [key, body] = [freshKey(), bookmark()];
    const run = (text) => adminSql(text, database.name);
    const lock = adminSql(`BEGIN; SELECT version FROM library WHERE user_id = '${user.user.id}' FOR UPDATE; SELECT pg_sleep(30)`, database.name);
    lock.catch(() => {});
    const holder = await until(async () => (await run("SELECT pid FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"))[0]?.[0]);
    const cut = user.post(kUrl, body, key);
    cut.catch(() => {});
    await until(async () => (await run("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))[0]);
    await doomed.kill9();
    await assert.rejects(cut);
    await run(`SELECT pg_terminate_backend(${holder})`);
    await lock.catch(() => {});
    await doomed.stop();
    other = await startTestServer({ database });
    const client = await new Client(other.url).logIn('killed');
    assert.equal(await total(client), 0, 'the write went with its transaction');
    expectProblem(await client.post(kUrl, body, key), 409, 'IDEMPOTENCY_IN_PROGRESS');
    const [[left]] = await run('SELECT extract(epoch FROM held_until - now()) FROM idempotency_keys');
    assert.ok(Number(left) <= 30, `held for ${left} s more`);
    await run("UPDATE idempotency_keys SET held_until = held_until - interval '31 s'");
    const made = await client.post(kUrl, body, key);
    expectOk(made, 201);
    expectReplay(made, await client.post(kUrl, body, key));
    assert.equal(await total(client), 1);
  } finally {
    if (other) await stopClean(other);
    await database.drop();
  }
});

// Whatever the moment of the kill: the write and its answer are both there or both not.
test('kill -9 at any moment: a repeated call never does it twice', { timeout: 120_000 }, async () => {
  const database = await withDatabase();
  let current;
  try {
    current = await startTestServer({ database });
    let user = await new Client(current.url).register('repeats');
    let made = 0;
    for (let round = 0; round < 4; ++round) {
      const calls = Array.from({ length: 24 }, () => ({ key: freshKey(), body: bookmark() }));
      const sent = calls.map(({ key, body }) => user.post(kUrl, body, key).catch(() => undefined));
      await sleep(4 * round); // somewhere in the middle: any moment will do
      await current.kill9();
      const before = await Promise.all(sent);
      await current.stop();
      current = await startTestServer({ database });
      user = await new Client(current.url).logIn('repeats');
      await adminSql("UPDATE idempotency_keys SET held_until = held_until - interval '31 s'", database.name);
      for (const [i, { key, body }] of calls.entries()) {
        const answer = await user.post(kUrl, body, key);
        expectOk(answer, 201);
        if (before[i]?.status === 201) expectReplay(before[i], answer);
      }
      made += calls.length;
      assert.equal(await total(user), made);
    }
  } finally {
    if (current) await stopClean(current);
    await database.drop();
  }
});

test('keys expire', async () => {
  const user = await freshUser();
  const [key, body] = [freshKey(), { text: 'x' }];
  const first = await user.post('/api/search/history', body, key);
  const own = `user_id = '${user.user.id}'`;
  const [[hours]] = await sql(`SELECT extract(epoch FROM expires_at - now()) / 3600 FROM idempotency_keys WHERE ${own}`);
  assert.ok(Number(hours) > 23.9 && Number(hours) <= 24);
  await sql(`UPDATE idempotency_keys SET expires_at = now() - interval '1 s' WHERE ${own}`);
  const again = await user.post('/api/search/history', { text: 'y' }, key);
  expectOk(again, 201);
  assert.equal(isReplay(again), false);
  assert.notEqual(again.text, first.text);
});
