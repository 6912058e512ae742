// The end of an account (contract 3.2 DELETE /me) while other things go on: jobs at work, writes, X or the storage away, another
// administrator at the same moment. Nothing of it is left anywhere, and nothing of others is touched.
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { bookmark, Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { startRedis } from '../support/redis.mjs';
import { S3Simulator } from '../support/s3_simulator/simulator.mjs';
import { adminSql, withDatabase } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

const kPassword = 'correct horse battery staple';
const kJobMs = 60_000;
const kUuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

let database;
let redis;
let x;
let server;
let other;
let files;
let nobody;
let neighbour;
before(async () => {
  database = await withDatabase();
  redis = await startRedis();
  x = await XSimulator.start();
  files = await mkdtemp(path.join(tmpdir(), 'xbm-files-'));
  const env = { ...x.env, STORAGE_PATH: files, REDIS_URL: redis.url, ENCRYPTION_KEY: 'of both', X_API_TIMEOUT: '2s', SYNC_PACING: 'false' };
  server = await startTestServer({ database, env });
  other = await startTestServer({ database, env });
  nobody = new Client(server.url);
  await nobody.register('admin');
  neighbour = await nobody.register('neighbour');
  await neighbour.addBookmark({ tags: ['kept'], note: 'kept' });
});
after(async () => {
  for (const one of [server, other]) await stopClean(one);
  x?.stop();
  await redis?.stop();
  await database?.drop();
  await rm(files, { recursive: true, force: true });
});

let users = 0;
const freshUser = async (fields) => nobody.register(`leaver${++users}`, fields);
const erase = (user, more) => user.delete('/api/auth/me', { confirm: user.user.username, password: kPassword, ...more });
const sql = (text) => adminSql(text, database.name);
/** What both instances keep of a user in `exports` or `imports`. */
const filesOf = async (folder, user) => (await readdir(path.join(files, folder), { recursive: true }).catch(() => [])).filter((name) => name.includes(user.user.id));
const posts = (count, size = 20) => JSON.stringify(Array.from({ length: count }, (_, i) => ({ id: String(5_000_000 + i), text: `post ${i} ${'日本 '.repeat(size)}`, author: 'ada' })));

async function connect(user, id) {
  const begun = expectOk(await user.get('/api/auth/x/oauth?link=true'));
  expectOk(await user.post('/api/auth/x/callback', x.authorize(begun.authUrl, x.addUser(id, `x${id}`))));
}

/** No table has a row of the user, whatever the table is. */
async function expectNoRows({ user: { id } }) {
  const tables = await sql("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'uuid'");
  assert.ok(tables.filter(([, column]) => column === 'user_id').length > 15);
  for (const [table, column] of tables) {
    const [[left]] = await sql(`SELECT count(*) FROM ${table} WHERE ${column} = '${id}'`);
    assert.equal(left, '0', `${table}.${column}`);
  }
}

/** All keys of Redis, as text. */
const keys = async () => (await redis.command('KEYS', '*')).split('\n').filter(Boolean);
/** Waits until the instance that runs a job is done with it. */
const left = (jobId) => until(() => [server, other].some((one) => one.stdout.some((line) => line.includes('"job left"') && line.includes(jobId))), kJobMs);

test('nothing of it is in Redis any more, and everything of others is', async () => {
  const user = await freshUser();
  const read = async (client) => {
    for (const asked of ['/api/bookmarks', '/api/search?text=post', '/api/categories', '/api/tags', '/api/stats/usage']) expectOk(await client.get(asked));
  };
  await user.addBookmark();
  const { jobId } = await user.importFile('a.json', posts(3));
  const kept = await neighbour.importFile('b.json', posts(3));
  await read(user);
  await read(neighbour);
  const of = async (...ids) => (await keys()).filter((key) => ids.some((id) => key.includes(id)) && !key.includes(':rl:'));
  await until(async () => (await of(user.user.id)).length > 3 && (await of(jobId)).length > 0);
  const others = await of(neighbour.user.id, kept.jobId);
  assert.ok(others.length > 4, String(others));
  expectOk(await erase(user));
  await until(async () => (await of(user.user.id, jobId)).length === 0, 2_000);
  assert.deepEqual((await of(neighbour.user.id, kept.jobId)).filter((key) => others.includes(key)).sort(), others.sort());
  await expectNoRows(user);
});

test('X is told, and cannot keep the account by failing', async () => {
  const ways = [() => ({ status: 500, body: {} }), () => ({ cut: true }), () => ({ before: sleep(4_000) }), undefined];
  for (const [i, way] of ways.entries()) {
    const user = await freshUser();
    await connect(user, String(900 + i));
    const asked = x.countOf('/2/oauth2/revoke');
    x.fault = (seen) => (seen.path === '/2/oauth2/revoke' ? way?.() : undefined);
    const begun = Date.now();
    expectOk(await erase(user));
    assert.ok(Date.now() - begun < 8_000, `${Date.now() - begun} ms`);
    x.fault = undefined;
    assert.ok(x.countOf('/2/oauth2/revoke') > asked, 'it was asked');
    await expectNoRows(user);
  }
  assert.ok(x.revoked.length > 0);
  // Somebody who lost his key can still go: X cannot be told then.
  const user = await freshUser();
  await connect(user, '990');
  await sql(`UPDATE x_accounts SET access_token = 'broken', refresh_token = 'broken' WHERE user_id = '${user.user.id}'`);
  expectOk(await erase(user));
  await expectNoRows(user);
});

test('a sync at work brings nothing back', async () => {
  const user = await freshUser();
  await connect(user, '800');
  x.setBookmarks('800', Array.from({ length: 30 }, (_, i) => i + 1));
  let release;
  let asked;
  const reached = new Promise((resolve) => { asked = resolve; });
  const held = new Promise((resolve) => { release = resolve; });
  x.fault = (seen) => {
    if (!seen.path.endsWith('/bookmarks')) return undefined;
    asked();
    return { before: held };
  };
  const { jobId } = expectOk(await user.post('/api/sync', {}), 202);
  await reached;
  expectOk(await erase(user));
  x.fault = undefined;
  release();
  await left(jobId);
  await expectNoRows(user);
});

test('an import at work brings nothing back, and its upload goes', async () => {
  for (const delay of [0, 100, 400]) {
    const user = await freshUser();
    const accepted = await user.upload('posts.json', posts(20_000));
    assert.equal(accepted.status, 202, accepted.text);
    await until(async () => expectOk(await user.get(`/api/jobs/${accepted.body.jobId}`)).data.job.state === 'running', kJobMs);
    await sleep(delay);
    expectOk(await erase(user));
    await left(accepted.body.jobId);
    await expectNoRows(user);
    assert.deepEqual(await filesOf('imports', user), []);
  }
});

test('an export at work leaves no file, whenever it notices', { timeout: 180_000 }, async () => {
  let running = 0;
  for (const delay of [0, 40, 150]) {
    const user = await freshUser();
    await user.importFile('posts.json', posts(1_000, 100));
    const { jobId } = expectOk(await user.post('/api/export', { format: 'json' }), 202);
    await until(async () => expectOk(await user.get(`/api/jobs/${jobId}`)).data.job.state !== 'queued', kJobMs);
    await sleep(delay);
    if (expectOk(await user.get(`/api/jobs/${jobId}`)).data.job.state === 'running') running += 1;
    expectOk(await erase(user));
    await left(jobId);
    await expectNoRows(user);
    assert.deepEqual((await filesOf('exports', user)).filter((name) => path.extname(name)), [], `${delay} ms`);
  }
  assert.ok(running > 0, 'none was at work');
});

test('who writes at the same moment gets an answer, and no deadlock', async () => {
  const user = await freshUser();
  await user.importFile('posts.json', posts(2_000));
  const elsewhere = new Client(other.url, user);
  let isOver = false;
  const codes = new Set();
  const writers = [user, elsewhere, user, elsewhere].map(async (client, i) => {
    while (!isOver) {
      const answer = await [
        () => client.post('/api/bookmarks', bookmark(), { 'idempotency-key': `k${Math.random()}` }),
        () => client.post('/api/export', { format: 'csv' }),
        () => client.put('/api/auth/settings', { theme: 'dark' }),
        () => client.get(`/api/search?text=post${Math.random()}`),
      ][i]();
      codes.add(answer.status < 400 ? answer.status : answer.body.code);
    }
  });
  await sleep(300);
  expectOk(await erase(user));
  await sleep(1_300);
  isOver = true;
  await Promise.all(writers);
  const allowed = new Set([200, 201, 202, 'TOKEN_REVOKED', 'USER_NOT_FOUND', 'JOB_NOT_FOUND', 'SERVICE_UNAVAILABLE']);
  assert.deepEqual([...codes].filter((code) => !allowed.has(code)), []);
  assert.ok(codes.has(201) && codes.has('TOKEN_REVOKED'), [...codes].join());
  for (const one of [server, other]) assert.ok(!one.stdout.some((line) => /deadlock|40P01/.test(line)));
  await until(async () => !(await filesOf('exports', user)).some((name) => path.extname(name)), kJobMs);
  await expectNoRows(user);
});

test('a name and an address are free again, and make another account', async () => {
  const user = await freshUser({ email: 'leaver@example.org' });
  await user.addBookmark();
  expectOk(await erase(user));
  const again = await nobody.register(user.user.username, { email: 'leaver@example.org' });
  assert.notEqual(again.user.id, user.user.id);
  assert.equal(expectOk(await again.get('/api/bookmarks')).data.pagination.total, 0);
  expectProblem(await nobody.post('/api/auth/refresh', { refreshToken: user.login.tokens.refreshToken }), 401, 'TOKEN_REFRESH_ERROR');
});

test('of the last two administrators one stays, at whatever moment they go', async () => {
  const own = await withDatabase();
  const alone = await startTestServer({ database: own });
  try {
    const stranger = new Client(alone.url);
    const admins = [await stranger.register('first'), await stranger.register('second'), await stranger.register('third')];
    await adminSql("UPDATE users SET role = 'admin'", own.name);
    const answers = await Promise.all(admins.map((admin) => erase(admin)));
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 409]);
    expectProblem(answers.find(({ status }) => status === 409), 409, 'LAST_ADMIN');
    assert.deepEqual(await adminSql('SELECT role FROM users', own.name), [['admin']]);
  } finally {
    await stopClean(alone);
    await own.drop();
  }
});

test('its files go from S3 too; while that is away the account stays whole', async () => {
  const s3 = await S3Simulator.start();
  const far = await startTestServer({ env: s3.env });
  try {
    const stranger = new Client(far.url);
    await stranger.register('admin');
    const [leaver, stays] = [await stranger.register('leaver'), await stranger.register('stays')];
    for (const user of [leaver, stays]) {
      await user.addBookmark();
      for (const format of ['json', 'csv', 'html']) {
        const { jobId } = expectOk(await user.post('/api/export', { format }), 202);
        await until(async () => expectOk(await user.get(`/api/jobs/${jobId}`)).data.job.state === 'completed', kJobMs);
      }
    }
    const owners = () => [...s3.objects.keys()].map((key) => key.match(kUuid)?.[0]);
    assert.equal(owners().filter((id) => id === leaver.user.id).length, 3);
    s3.script = () => ({ status: 403 });
    const refused = await erase(leaver);
    assert.ok(refused.status >= 500, refused.text);
    s3.script = () => undefined;
    assert.equal(expectOk(await leaver.get('/api/bookmarks')).data.pagination.total, 1);
    expectOk(await erase(leaver));
    assert.deepEqual(owners(), Array(3).fill(stays.user.id));

    // An export whose file arrives when there is nobody any more.
    const late = await stranger.register('late');
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    let arrived;
    const reached = new Promise((resolve) => { arrived = resolve; });
    s3.script = ({ method }) => (method === 'PUT' ? (arrived(), held) : undefined);
    const { jobId } = expectOk(await late.post('/api/export', { format: 'json' }), 202);
    await reached;
    expectOk(await erase(late));
    assert.ok(!owners().includes(late.user.id));
    release();
    await until(() => far.stdout.some((line) => line.includes('"job left"') && line.includes(jobId)), kJobMs);
    assert.ok(s3.requests.some(({ method, path: asked }) => method === 'DELETE' && asked.includes(late.user.id)));
    assert.deepEqual(owners(), Array(3).fill(stays.user.id));
  } finally {
    await stopClean(far);
    await s3.stop();
  }
});

test('the neighbour has lost nothing', async () => {
  const { items } = await neighbour.all('/api/bookmarks');
  assert.deepEqual(items.filter(({ note }) => note === 'kept').length, 1);
  assert.equal(items.length, 4);
  assert.deepEqual(expectOk(await neighbour.get('/api/tags')).data.tags.map(({ name }) => name), ['kept']);
});
