// What somebody tries who wants the account of another one (contract 1.10, 3.2): given sessions, tokens used again, names
// that are guessed, requests from foreign pages. On two instances, because an attacker may choose.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, expectOk, expectProblem, kNobodysId, startTestServer, stopClean } from '../support/client.mjs';
import { openEvents } from '../support/events.mjs';
import { document } from '../support/openapi.mjs';
import { withDatabase } from '../support/server.mjs';
import { XLogin } from '../support/x_login.mjs';

const kRemembered = 1_100; // ms that a worker may go on knowing a credential
const kPassword = 'correct horse battery staple';
const kForeign = 'https://evil.example';
const kMethods = ['post', 'put', 'patch', 'delete'];

let database;
let servers;
let x;
let nobody;
before(async () => {
  database = await withDatabase();
  x = await XLogin.start();
  const env = { ...x.env, REGISTRATION_ENABLED: 'true', ENCRYPTION_KEY: 'of both' };
  servers = [await startTestServer({ database, env }), await startTestServer({ database, env })];
  nobody = new Client(servers[0].url);
  await nobody.register('admin');
});
after(async () => {
  for (const server of servers) await stopClean(server);
  x.stop();
  await database.drop();
});

let users = 0;
const freshUser = () => nobody.register(`victim${++users}`);
const at = (i, { token, user } = {}) => new Client(servers[i].url, { token, user });
const cookiesOf = (answer) => Object.fromEntries(answer.headers.getSetCookie().map((line) => line.split('; ')[0].split(/=(.*)/s)));
const sessionOf = (answer) => cookiesOf(answer).sessionId;
const credentials = (username, password = kPassword) => ({ username, password });
const refresh = (refreshToken, i = 0) => at(i).post('/api/auth/refresh', { refreshToken });

test('session fixation: what a client brings along is never the session that it gets', async () => {
  const attacker = await freshUser();
  const victim = await freshUser();
  const planted = { chosen: 'A'.repeat(43), live: sessionOf(attacker.answer) };
  for (const [name, value] of Object.entries(planted)) {
    const brought = { cookie: `sessionId=${value}; csrfToken=${cookiesOf(attacker.answer).csrfToken}` };
    const begun = expectOk(await nobody.get('/api/auth/x/oauth', brought));
    const answers = [
      await nobody.post('/api/auth/login', credentials(victim.user.username), brought),
      await nobody.post('/api/auth/register', credentials(`planted_${name}`), brought),
      await nobody.post('/api/auth/x/callback', x.authorize(begun.authUrl, x.addUser(`1${name.length}`, `x_${name}`)), brought),
    ];
    const given = answers.map(sessionOf);
    for (const [i, session] of given.entries()) {
      assert.match(session, /^[A-Za-z0-9_-]{43}$/, answers[i].path);
      assert.notEqual(session, value, answers[i].path);
    }
    assert.equal(new Set(given).size, given.length);
  }
  expectProblem(await nobody.get('/api/auth/me', { cookie: `sessionId=${planted.chosen}` }), 401, 'INVALID_SESSION');
  const own = expectOk(await nobody.get('/api/auth/me', { cookie: `sessionId=${planted.live}` }));
  assert.equal(own.user.id, attacker.user.id, 'it did not become the session of somebody else');
});

test('session fixation: every login has an id of its own, and the one before keeps its own', async () => {
  const user = await freshUser();
  const first = sessionOf(user.answer);
  const again = (await nobody.post('/api/auth/login', credentials(user.user.username), { cookie: `sessionId=${first}` }));
  assert.notEqual(sessionOf(again), first);
  const idOf = async (session) => expectOk(await nobody.get('/api/auth/sessions', { cookie: `sessionId=${session}` }))
    .data.sessions.find(({ current }) => current).id;
  assert.notEqual(await idOf(first), await idOf(sessionOf(again)));
});

test('token replay: whoever uses a spent refresh token ends its session everywhere', async () => {
  const victim = await freshUser();
  const stolen = victim.login.tokens.refreshToken;
  const renewed = expectOk(await refresh(stolen, 0)).data;
  const other = await nobody.logIn(victim.user.username);
  for (const i of [0, 1]) for (const token of [victim.token, renewed.token]) expectOk(await at(i, { token }).get('/api/auth/me'));
  expectProblem(await refresh(stolen, 1), 401, 'REFRESH_TOKEN_REUSED');
  await sleep(kRemembered);
  for (const i of [0, 1]) {
    for (const token of [victim.token, renewed.token]) expectProblem(await at(i, { token }).get('/api/auth/me'), 401, 'TOKEN_REVOKED');
    expectProblem(await nobody.get('/api/auth/me', { cookie: `sessionId=${sessionOf(victim.answer)}` }), 401, 'INVALID_SESSION');
  }
  expectProblem(await refresh(renewed.refreshToken, 0), 401, 'TOKEN_REFRESH_ERROR');
  expectOk(await at(1, other).get('/api/auth/me'));
});

test('token replay: what was logged out is refused within a second on both instances', async () => {
  const victim = await freshUser();
  const cookie = `sessionId=${sessionOf(victim.answer)}`;
  const ways = [{ authorization: `Bearer ${victim.token}` }, { cookie }];
  for (const i of [0, 1]) for (const headers of ways) expectOk(await at(i).get('/api/bookmarks', headers));
  expectOk(await at(1, victim).post('/api/auth/logout'));
  await sleep(kRemembered);
  for (const i of [0, 1]) {
    expectProblem(await at(i).get('/api/bookmarks', ways[0]), 401, 'TOKEN_REVOKED');
    expectProblem(await at(i).get('/api/bookmarks', ways[1]), 401, 'INVALID_SESSION');
    expectProblem(await refresh(victim.login.tokens.refreshToken, i), 401, 'TOKEN_REFRESH_ERROR');
  }
});

test('token replay: a new password ends what others hold, refresh tokens too', async () => {
  const owner = await freshUser();
  const thief = await nobody.logIn(owner.user.username);
  expectOk(await owner.put('/api/auth/password', { currentPassword: kPassword, newPassword: 'another good one' }));
  await sleep(kRemembered);
  for (const i of [0, 1]) expectProblem(await at(i, thief).get('/api/auth/me'), 401, 'TOKEN_REVOKED');
  expectProblem(await refresh(thief.login.tokens.refreshToken), 401, 'TOKEN_REFRESH_ERROR');
  expectOk(await refresh(owner.login.tokens.refreshToken));
});

test('token replay: no credential is taken for another kind', async () => {
  const user = await freshUser();
  const { token } = expectOk(await user.post('/api/auth/tokens', { name: 't', scopes: ['read', 'write'] }), 201).data;
  const { refreshToken } = user.login.tokens;
  const session = sessionOf(user.answer);
  for (const bearer of [refreshToken, session, cookiesOf(user.answer).csrfToken]) {
    expectProblem(await at(0, { token: bearer }).get('/api/auth/me'), 401, 'INVALID_TOKEN');
  }
  for (const cookie of [user.token, refreshToken, token]) {
    expectProblem(await nobody.get('/api/auth/me', { cookie: `sessionId=${cookie}` }), 401, 'INVALID_SESSION');
  }
  for (const spent of [user.token, token, session]) expectProblem(await refresh(spent), 401, 'TOKEN_REFRESH_ERROR');
  // A query ends up in logs and histories: only streams take a token from it, because a browser leaves them no choice.
  for (const bearer of [user.token, token]) expectProblem(await nobody.get(`/api/bookmarks?access_token=${bearer}`), 401, 'MISSING_AUTH_HEADER');
});

test('a stream tells nothing a second after its API token was revoked on another instance, and ends', async () => {
  const user = await freshUser();
  const { token, apiToken } = expectOk(await user.post('/api/auth/tokens', { name: 't', scopes: ['read'] }), 201).data;
  const path = `/api/changes/stream?access_token=${token}`;
  const stream = await openEvents(servers[1].url + path);
  assert.equal(stream.status, 200, JSON.stringify(stream.body));
  await user.addBookmark();
  await stream.wait((events) => events.length > 0);
  expectOk(await user.delete(`/api/auth/tokens/${apiToken.id}`));
  await sleep(kRemembered);
  const heard = stream.events.length;
  await user.addBookmark();
  await stream.end();
  assert.deepEqual([stream.ended, stream.events.length], ['clean', heard]);
  const again = await openEvents(servers[1].url + path);
  assert.deepEqual([again.status, again.body.code], [401, 'INVALID_TOKEN']);
});

test('OAuth: a state is spent by its first use, whatever came of it, on either instance', async () => {
  const begin = async (i) => expectOk(await at(i).get('/api/auth/x/oauth')).authUrl;
  const back = (i, { code, state }) => at(i).get(`/api/auth/x/callback?code=${code}&state=${state}`, { cookie: `oauthState=${state}` });
  x.addUser('501', 'replayed');
  const good = x.authorize(await begin(0), '501');
  expectOk(await back(1, good));
  const fresh = x.authorize(await begin(0), '501');
  for (const i of [0, 1]) {
    expectProblem(await back(i, good), 400, 'INVALID_OAUTH_STATE');
    expectProblem(await back(i, { ...fresh, state: good.state }), 400, 'INVALID_OAUTH_STATE');
    expectProblem(await at(i).post('/api/auth/x/callback', { ...fresh, state: good.state }), 400, 'INVALID_OAUTH_STATE');
  }
  const failed = x.authorize(await begin(1), '501');
  assert.notEqual((await back(0, { ...failed, code: 'guessed' })).status, 200);
  expectProblem(await back(1, failed), 400, 'INVALID_OAUTH_STATE');
  expectOk(await back(0, fresh), 200);
});

// What a login tells apart from the one before it: everything but its own id and the times.
const told = ({ status, body, headers }) => {
  const { requestId, ...rest } = body;
  assert.equal(requestId, headers.get('x-request-id'));
  return { status, rest, names: [...headers.keys()].sort(), length: headers.get('content-length') };
};
const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

test('account enumeration: a login tells nothing of a name, by its answer or by its work', async () => {
  const known = await freshUser();
  const withX = expectOk(await nobody.post('/api/auth/x/callback',
    x.authorize(expectOk(await nobody.get('/api/auth/x/oauth')).authUrl, x.addUser('601', 'without_password'))));
  const names = { known: known.user.username, unknown: 'nobody_of_this_name', withoutPassword: withX.user.username };
  const tries = Object.fromEntries(Object.keys(names).map((kind) => [kind, []]));
  for (let i = 0; i < 12; ++i) {
    for (const [kind, name] of Object.entries(names)) {
      const begun = performance.now();
      const answer = await nobody.post('/api/auth/login', credentials(name, 'a wrong password'), { 'x-server-timing': '1' });
      const queries = /desc="(\d+) queries"/.exec(answer.headers.get('server-timing'))[1];
      tries[kind].push({ ...told(answer), queries, ms: performance.now() - begun });
    }
  }
  const { ms: _, ...first } = tries.known[0];
  assert.equal(first.rest.code, 'INVALID_CREDENTIALS');
  for (const kind of Object.keys(names)) for (const { ms, ...one } of tries[kind]) assert.deepEqual(one, first, kind);
  // One Argon2 dwarfs everything else; without it an answer takes a few per cent of the time.
  const times = Object.values(tries).map((of) => median(of.slice(2).map(({ ms }) => ms)));
  assert.ok(Math.min(...times) > Math.max(...times) / 2, `medians ${times.map((t) => t.toFixed(1))} ms`);
});

test('account enumeration: a registration that is closed does not say which names are taken', async () => {
  const closed = await startTestServer({ env: { REGISTRATION_ENABLED: 'false' } });
  try {
    const stranger = new Client(closed.url);
    await stranger.register('taken', { email: 'taken@example.org' });
    const answers = [];
    for (const body of [credentials('taken'), credentials('free'), { ...credentials('free'), email: 'taken@example.org' }]) {
      const answer = await stranger.post('/api/auth/register', body);
      expectProblem(answer, 403, 'REGISTRATION_DISABLED');
      answers.push(told(answer));
    }
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
  } finally {
    await stopClean(closed);
  }
});

test('account enumeration: guesses are counted by name, whether it exists or not', async () => {
  const limited = await startTestServer({ env: { RATE_LIMIT_LOGIN_ACCOUNT: '3' } });
  try {
    const stranger = new Client(limited.url);
    await stranger.register('known');
    const statuses = async (name) => {
      const all = [];
      for (let i = 0; i < 5; ++i) all.push((await stranger.post('/api/auth/login', credentials(name, 'wrong'))).status);
      return all;
    };
    assert.deepEqual(await statuses('known'), [401, 401, 401, 429, 429]);
    assert.deepEqual(await statuses('unknown'), [401, 401, 401, 429, 429]);
    expectProblem(await stranger.post('/api/auth/login', credentials('KNOWN')), 429, 'RATE_LIMIT_EXCEEDED');
  } finally {
    await stopClean(limited);
  }
});

// Every operation that changes something, as the document has it: a new route is tried without being named here.
const unsafe = Object.entries(document.paths).flatMap(([path, item]) => kMethods.filter((method) => item[method] && !item[method]['x-planned'])
  .map((method) => ({ method: method.toUpperCase(), right: item[method]['x-auth'], path: path.replaceAll(/\{[^}]+\}/g, kNobodysId) })));

test('CSRF: a cookie alone changes nothing, at no route', async () => {
  const victim = await freshUser();
  const stranger = await freshUser();
  const { sessionId, csrfToken } = cookiesOf(victim.answer);
  const cookie = `sessionId=${sessionId}; csrfToken=${csrfToken}`;
  const needLogin = unsafe.filter(({ right }) => right !== 'none');
  assert.ok(needLogin.length > 40, String(needLogin.length));
  const foreign = cookiesOf(stranger.answer).csrfToken;
  for (const { method, path } of needLogin) {
    const send = (headers) => nobody.request(method, path, { body: {}, headers: { cookie, ...headers } });
    expectProblem(await send({}), 403, 'CSRF_TOKEN_INVALID');
    expectProblem(await send({ 'x-csrf-token': foreign }), 403, 'CSRF_TOKEN_INVALID');
    expectProblem(await send({ 'x-csrf-token': csrfToken, origin: kForeign }), 403, 'ORIGIN_NOT_ALLOWED');
    expectProblem(await send({ 'x-csrf-token': csrfToken, origin: 'null' }), 403, 'ORIGIN_NOT_ALLOWED');
  }
  // The token is of the session and not of the cookie beside it: who can set cookies cannot choose it.
  const chosen = 'a'.repeat(64);
  expectProblem(await nobody.put('/api/auth/settings', { theme: 'dark' },
    { cookie: `sessionId=${sessionId}; csrfToken=${chosen}`, 'x-csrf-token': chosen }), 403, 'CSRF_TOKEN_INVALID');
  assert.equal(expectOk(await nobody.get('/api/auth/me', { cookie })).user.settings.theme, 'system');
});

test('CSRF: a foreign page cannot log its visitor in, nor anything else before a login', async () => {
  const attacker = await freshUser();
  for (const { method, path } of unsafe.filter(({ right }) => right === 'none')) {
    const answer = await nobody.request(method, path, { body: credentials(attacker.user.username), headers: { origin: kForeign } });
    expectProblem(answer, 403, 'ORIGIN_NOT_ALLOWED');
    assert.deepEqual(answer.headers.getSetCookie(), []);
    assert.equal(answer.headers.get('access-control-allow-origin'), null);
  }
  // A form of another page cannot set a header or a method; reading changes nothing whoever asks.
  const { sessionId } = cookiesOf(attacker.answer);
  const form = { cookie: `sessionId=${sessionId}`, 'content-type': 'application/x-www-form-urlencoded' };
  expectProblem(await nobody.request('POST', '/api/auth/settings?_method=PUT', { raw: 'theme=dark', headers: form }), 405, 'METHOD_NOT_ALLOWED');
  expectProblem(await nobody.request('POST', '/api/auth/logout', { raw: '', headers: { ...form, 'x-http-method-override': 'GET' } }), 403, 'CSRF_TOKEN_INVALID');
  expectOk(await nobody.get('/api/auth/me', { cookie: `sessionId=${sessionId}`, origin: kForeign }));
});
