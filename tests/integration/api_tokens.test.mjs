// Sessions, API tokens and the end of an account (contract 1.10, 3.2).
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, startTestServer, stopClean, until } from '../support/client.mjs';
import { adminSql, withDatabase } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

const kRemembered = 1_100; // ms that a worker may go on knowing a credential
const kPassword = 'correct horse battery staple';

let database;
let servers;
let storage;
let x;
let nobody;
let admin;
before(async () => {
  database = await withDatabase();
  storage = await mkdtemp(path.join(tmpdir(), 'xbm-files-'));
  x = await XSimulator.start();
  const env = { ...x.env, REGISTRATION_ENABLED: 'true', ENCRYPTION_KEY: 'of both', STORAGE_PATH: storage };
  servers = [await startTestServer({ database, env }), await startTestServer({ database, env })];
  nobody = new Client(servers[0].url);
  admin = await nobody.register('admin');
});
after(async () => {
  for (const server of servers) await stopClean(server);
  x.stop();
  await database.drop();
  await rm(storage, { recursive: true, force: true });
});

const sql = (text) => adminSql(text, database.name);
const at = (i, client) => new Client(servers[i].url, { token: client.token, user: client.user });
const makeToken = async (user, scopes, more = {}) => expectOk(await user.post('/api/auth/tokens', { name: 't', scopes, ...more }), 201).data;
const using = (token, i = 0) => new Client(servers[i].url, { token });
let users = 0;
const freshUser = () => nobody.register(`user${++users}`);

test('sessions: listed, ended one by one and all but the own, within a second everywhere', async () => {
  const first = await freshUser();
  const second = await nobody.logIn(first.user.username);
  const third = await nobody.logIn(first.user.username);
  const { sessions } = expectOk(await second.get('/api/auth/sessions')).data;
  assert.equal(sessions.length, 3);
  assert.deepEqual(sessions.map(({ current }) => current).sort(), [false, false, true]);
  assert.ok(sessions.every(({ kind, ip, userAgent }) => kind === 'password' && ip === '127.0.0.1' && typeof userAgent === 'string'));
  const { id } = expectOk(await third.get('/api/auth/sessions')).data.sessions.find(({ current }) => current);
  expectOk(await at(1, third).get('/api/auth/me'));
  assert.deepEqual(expectOk(await second.delete(`/api/auth/sessions/${id}`)).data, { deletedId: id });
  await sleep(kRemembered);
  for (const i of [0, 1]) expectProblem(await at(i, third).get('/api/auth/me'), 401, 'TOKEN_REVOKED');
  expectProblem(await second.delete(`/api/auth/sessions/${id}`), 404, 'SESSION_NOT_FOUND');
  expectProblem(await second.delete('/api/auth/sessions/x'), 404, 'SESSION_NOT_FOUND');
  const stranger = await freshUser();
  const own = sessions.find(({ current }) => current).id;
  expectProblem(await stranger.delete(`/api/auth/sessions/${own}`), 404, 'SESSION_NOT_FOUND');
  assert.deepEqual(expectOk(await second.delete('/api/auth/sessions')).data, { deletedCount: 1 });
  await sleep(kRemembered);
  expectProblem(await at(1, first).get('/api/auth/me'), 401, 'TOKEN_REVOKED');
  expectOk(await at(1, second).get('/api/auth/me'));
});

test('tokens: scopes are what a program may do', async () => {
  const user = await freshUser();
  const { token, apiToken } = await makeToken(user, ['read']);
  assert.ok(token.startsWith(apiToken.prefix) && apiToken.prefix.length < token.length / 2);
  const reader = using(token);
  expectOk(await reader.get('/api/bookmarks'));
  expectOk(await reader.get('/api/auth/me'));
  expectOk(await reader.post('/api/search', { text: 'x' }));
  expectProblem(await reader.post('/api/bookmarks', { url: 'https://a.example' }), 403, 'INSUFFICIENT_SCOPE');
  expectProblem(await reader.put('/api/auth/settings', { theme: 'dark' }), 403, 'INSUFFICIENT_SCOPE');
  expectProblem(await reader.get('/api/auth/tokens'), 403, 'INTERACTIVE_LOGIN_REQUIRED');
  expectProblem(await reader.delete('/api/auth/me', { confirm: user.user.username }), 403, 'INTERACTIVE_LOGIN_REQUIRED');
  const writer = using((await makeToken(user, ['read', 'write'])).token);
  await writer.addBookmark();
  expectOk(await writer.put('/api/auth/settings', { theme: 'dark' }));
  expectProblem(await writer.get('/metrics'), 403, 'ADMIN_REQUIRED');
  const listed = expectOk(await user.get('/api/auth/tokens')).data.tokens;
  assert.deepEqual(listed.map(({ scopes }) => scopes), [['read', 'write'], ['read']]);
  assert.ok(listed.every(({ lastUsedAt }) => lastUsedAt !== null));
  assert.ok(!JSON.stringify(listed).includes(token));
  const [[stored]] = await sql(`SELECT count(*) FROM api_tokens WHERE token_hash::text LIKE '%${token.slice(4)}%'`);
  assert.equal(stored, '0');
});

test('tokens: the scope admin is for administrators, as long as they are', async () => {
  const user = await freshUser();
  expectProblem(await user.post('/api/auth/tokens', { name: 't', scopes: ['admin'] }), 403, 'ADMIN_REQUIRED');
  await sql(`UPDATE users SET role = 'admin' WHERE id = '${user.user.id}'`);
  await sleep(kRemembered);
  const { token } = await makeToken(user, ['read', 'admin']);
  assert.equal((await using(token).get('/metrics')).status, 200);
  await sql(`UPDATE users SET role = 'user' WHERE id = '${user.user.id}'`);
  await sleep(kRemembered);
  expectProblem(await using(token).get('/metrics'), 403, 'ADMIN_REQUIRED');
  expectOk(await using(token).get('/api/bookmarks'));
});

test('tokens: revoked and expired within a second on every instance', async () => {
  const user = await freshUser();
  const { token, apiToken } = await makeToken(user, ['read']);
  for (const i of [0, 1]) expectOk(await using(token, i).get('/api/bookmarks'));
  expectOk(await user.delete(`/api/auth/tokens/${apiToken.id}`));
  await sleep(kRemembered);
  for (const i of [0, 1]) expectProblem(await using(token, i).get('/api/bookmarks'), 401, 'INVALID_TOKEN');
  expectProblem(await user.delete(`/api/auth/tokens/${apiToken.id}`), 404, 'TOKEN_NOT_FOUND');
  expectProblem(await user.delete(`/api/auth/tokens/${kNobodysId}`), 404, 'TOKEN_NOT_FOUND');
  const short = await makeToken(user, ['read'], { expiresAt: new Date(Date.now() + 1_500).toISOString() });
  expectOk(await using(short.token).get('/api/bookmarks'));
  await sleep(1_600);
  expectProblem(await using(short.token).get('/api/bookmarks'), 401, 'TOKEN_EXPIRED');
  expectProblem(await using(`xbm_${'a'.repeat(43)}`).get('/api/bookmarks'), 401, 'INVALID_TOKEN');
});

test('tokens: the last use is written once a minute, however many ask on all instances', async () => {
  const user = await freshUser();
  const { token, apiToken } = await makeToken(user, ['read']);
  const row = async () => (await sql(`SELECT last_used_at, xmin FROM api_tokens WHERE id = '${apiToken.id}'`))[0];
  const ask = () => Promise.all([0, 1, 0, 1, 0, 1].map((i) => using(token, i).get('/api/bookmarks')));
  (await ask()).forEach((answer) => expectOk(answer));
  const first = await row();
  await sleep(kRemembered);
  await ask();
  assert.deepEqual(await row(), first);
  await sql(`UPDATE api_tokens SET last_used_at = last_used_at - interval '61 seconds' WHERE id = '${apiToken.id}'`);
  await sleep(kRemembered);
  await ask();
  assert.ok((await row())[0] > first[0]);
});

test('tokens: bad data is named', async () => {
  const user = await freshUser();
  const refused = async (body) => faultsOf(expectProblem(await user.post('/api/auth/tokens', body), 400, 'INVALID_TOKEN_DATA'));
  assert.deepEqual(await refused({}), ['name:invalid_type', 'scopes:invalid_type']);
  assert.deepEqual(await refused({ name: '', scopes: [] }), ['name:too_small', 'scopes:too_small']);
  assert.deepEqual(await refused({ name: 'x', scopes: ['root'] }), ['scopes:invalid_enum_value']);
  assert.deepEqual(await refused({ name: 'x', scopes: ['read'], expiresAt: '2020-01-01' }), ['expiresAt:custom']);
});

test('an account is erased with everything that is its own', async () => {
  const user = await freshUser();
  const begun = expectOk(await user.get('/api/auth/x/oauth?link=true'));
  expectOk(await user.post('/api/auth/x/callback', x.authorize(begun.authUrl, x.addUser('77', 'leaver'))));
  await user.addBookmark({ tags: ['a'] });
  expectOk(await user.get('/api/search?text=x'));
  const { token } = await makeToken(user, ['read', 'write']);
  const { jobId } = expectOk(await user.post('/api/export', { format: 'json' }), 202);
  await until(async () => expectOk(await user.get(`/api/jobs/${jobId}`)).data.job.state === 'completed');
  assert.equal((await readdir(path.join(storage, 'exports', user.user.id))).length, 1);
  const erase = (body) => user.delete('/api/auth/me', body);
  expectProblem(await erase({ password: kPassword }), 400, 'CONFIRMATION_REQUIRED');
  expectProblem(await erase({ confirm: 'somebody', password: kPassword }), 400, 'CONFIRMATION_REQUIRED');
  expectProblem(await erase({ confirm: user.user.username, password: 'wrong' }), 401, 'INVALID_CREDENTIALS');
  expectProblem(await erase({ confirm: user.user.username }), 401, 'INVALID_CREDENTIALS');
  expectOk(await user.get('/api/bookmarks'));
  expectOk(await erase({ confirm: user.user.username, password: kPassword }));
  await sleep(kRemembered);
  for (const i of [0, 1]) {
    assert.equal((await at(i, user).get('/api/bookmarks')).status, 401);
    expectProblem(await using(token, i).get('/api/bookmarks'), 401, 'INVALID_TOKEN');
  }
  const tables = await sql("SELECT table_name FROM information_schema.columns WHERE table_schema = 'public' AND column_name = 'user_id'");
  assert.ok(tables.length > 10);
  for (const [table] of tables) {
    const [[left]] = await sql(`SELECT count(*) FROM ${table} WHERE user_id = '${user.user.id}'`);
    assert.equal(left, '0', table);
  }
  assert.deepEqual(await readdir(path.join(storage, 'exports', user.user.id)).catch(() => []), []);
  assert.ok(x.revoked.length > 0, 'X was told');
  await nobody.register(user.user.username);
});

test('the last administrator stays', async () => {
  expectProblem(await admin.delete('/api/auth/me', { confirm: 'admin', password: kPassword }), 409, 'LAST_ADMIN');
  expectOk(await admin.get('/api/auth/me'));
});
