// Accounts, sessions and credentials (contract 1.10, 2, 3.2, 5.3), over HTTP and on the command line.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import {
  Client, expectOk, expectProblem, faultsOf, kTime, kUuid, startTestServer, stopClean, until,
} from '../support/client.mjs';
import { hasServices, runCommand, startServer, withDatabase } from '../support/server.mjs';

const kSecret = 'integration-tests-need-32-characters-or-more';
const kPassword = 'correct horse battery staple';

let server;
let nobody;
let admin;

before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
  admin = await nobody.register('Admin.1');
});
after(() => stopClean(server));

const encode = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const claimsOf = (token) => JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));

function forge(claims, { header = { alg: 'HS256', typ: 'JWT' }, key = kSecret, hash = 'sha256' } = {}) {
  const signed = `${encode(header)}.${encode(claims)}`;
  return `${signed}.${key === '' ? '' : createHmac(hash, key).update(signed).digest('base64url')}`;
}

const cookiesOf = (answer) => Object.fromEntries(answer.headers.getSetCookie().map((line) => {
  const [pair, ...attributes] = line.split('; ');
  const [name, value] = pair.split(/=(.*)/s);
  return [name, { value, attributes: attributes.map((attribute) => attribute.toLowerCase()) }];
}));

test('the first account is admin, and its answer is complete', () => {
  const { user, tokens, data } = admin.login;
  assert.equal(user.role, 'admin');
  assert.match(user.id, kUuid);
  assert.match(user.createdAt, kTime);
  assert.deepEqual(user, data.user);
  assert.equal(tokens.accessToken, data.token);
  assert.match(tokens.refreshToken, /^xbr_[A-Za-z0-9_-]{43}$/);
  assert.equal(data.refreshToken, tokens.refreshToken);
  assert.match(data.expiresAt, kTime);
  assert.deepEqual(user.settings, {
    theme: 'system', viewMode: 'grid', defaultCategory: null, autoSync: true, aiSuggestions: true, backupEnabled: true,
  });
  assert.equal(user.username, 'Admin.1');
  assert.equal(user.hasPassword, true);
  assert.equal(user.xUserId, null);
  const claims = claimsOf(data.token);
  assert.equal(claims.userId, user.id);
  assert.equal(claims.typ, 'access');
  assert.equal(claims.iss, 'x-bookmarker');
  assert.equal(claims.aud, 'x-bookmarker-app');
  assert.equal(claims.exp - claims.iat, 900);
  assert.match(claims.jti, /^access_\d+_[0-9a-z]{9}$/);
  assert.equal(admin.answer.headers.get('cache-control'), 'no-store');
});

test('later accounts are users; names and addresses are unique in any case', async () => {
  const second = await nobody.register('second', { email: 'Second@Example.org', displayName: 'Zweite' });
  assert.equal(second.user.role, 'user');
  assert.equal(second.user.displayName, 'Zweite');
  const again = (fields) => nobody.post('/api/auth/register', { username: 'third', password: kPassword, ...fields });
  expectProblem(await again({ username: 'SECOND' }), 409, 'USERNAME_TAKEN');
  expectProblem(await again({ email: 'second@example.ORG' }), 409, 'EMAIL_TAKEN');
  expectOk(await nobody.post('/api/auth/login', { email: 'SECOND@example.org', password: kPassword }));
});

test('registration is closed after the first account', async () => {
  const closed = await startTestServer({ env: { REGISTRATION_ENABLED: 'false' } });
  try {
    const stranger = new Client(closed.url);
    const providers = async () => expectOk(await stranger.get('/api/auth/providers')).data;
    assert.deepEqual(await providers(), { local: true, x: false, registration: true, firstRun: true });
    // Of many at once exactly one becomes the first.
    const race = await Promise.all(Array.from({ length: 5 }, (_, i) =>
      stranger.post('/api/auth/register', { username: `racer${i}`, password: kPassword })));
    assert.deepEqual(race.map((answer) => answer.status).sort(), [201, 403, 403, 403, 403]);
    expectProblem(race.find((answer) => answer.status === 403), 403, 'REGISTRATION_DISABLED');
    assert.equal(race.find((answer) => answer.status === 201).body.user.role, 'admin');
    assert.deepEqual(await providers(), { local: true, x: false, registration: false, firstRun: false });
  } finally {
    await stopClean(closed);
  }
});

test('all faults of a registration, in schema order', async () => {
  const send = (body) => nobody.post('/api/auth/register', body);
  const problem = expectProblem(await send({
    username: 'a!', password: 'short', confirmPassword: 'other', displayName: '', email: 'nowhere',
  }), 400, 'INVALID_REGISTRATION_DATA');
  const faults = faultsOf(problem);
  const order = ['username', 'password', 'displayName', 'email'].map((name) => faults.findIndex((f) => f.startsWith(`${name}:`)));
  assert.ok(order.every((place, i) => place >= 0 && (i === 0 || place > order[i - 1])), `${faults}`);
  const details = Object.fromEntries(problem.details.map((fault) => [fault.path[0], fault]));
  assert.deepEqual(
    { code: details.password.code, minimum: details.password.minimum, type: details.password.type, inclusive: details.password.inclusive, exact: details.password.exact },
    { code: 'too_small', minimum: 8, type: 'string', inclusive: true, exact: false });
  assert.equal(details.email.validation, 'email');
  const missing = expectProblem(await send({}), 400, 'INVALID_REGISTRATION_DATA');
  assert.deepEqual(faultsOf(missing), ['username:invalid_type', 'password:invalid_type']);
  assert.equal(missing.details[0].received, 'undefined');
  assert.equal(missing.details[0].expected, 'string');
  const types = expectProblem(await send({ username: 3, password: ['a'], displayName: null, email: {} }), 400, 'INVALID_REGISTRATION_DATA');
  assert.deepEqual(types.details.map((fault) => fault.received), ['number', 'array', 'null', 'object']);
  const differing = expectProblem(
    await send({ username: 'differs', password: kPassword, confirmPassword: 'other' }), 400, 'INVALID_REGISTRATION_DATA');
  assert.deepEqual(faultsOf(differing), ['confirmPassword:custom']);
  const long = expectProblem(await send({ username: 'u'.repeat(51), password: '😀'.repeat(257) }), 400, 'INVALID_REGISTRATION_DATA');
  assert.deepEqual(faultsOf(long), ['username:too_big', 'password:too_big'], 'lengths count code points');
});

test('a wrong password and an unknown name look the same', async () => {
  const wrong = expectProblem(await nobody.post('/api/auth/login', { username: 'Admin.1', password: 'wrong' }), 401, 'INVALID_CREDENTIALS');
  const unknown = expectProblem(await nobody.post('/api/auth/login', { username: 'nobody', password: 'wrong' }), 401, 'INVALID_CREDENTIALS');
  assert.equal(wrong.detail, unknown.detail);
  expectOk(await nobody.post('/api/auth/login', { username: 'aDMIN.1', password: kPassword }));
  const faults = expectProblem(await nobody.post('/api/auth/login', { username: 3 }), 400, 'INVALID_REQUEST_BODY');
  assert.ok(faultsOf(faults).includes('password:invalid_type'));
});

test('refresh tokens rotate, and using a spent one ends the session', async () => {
  const user = await nobody.register('rotating');
  const refresh = (refreshToken) => nobody.post('/api/auth/refresh', { refreshToken });
  const first = user.login.tokens.refreshToken;
  const renewed = expectOk(await refresh(first));
  assert.notEqual(renewed.tokens.refreshToken, first);
  assert.equal(renewed.data.token, renewed.tokens.accessToken);
  const later = new Client(server.url, { token: renewed.data.token });
  expectOk(await later.get('/api/auth/me'));
  const again = expectOk(await refresh(renewed.data.refreshToken));
  expectProblem(await refresh(first), 401, 'REFRESH_TOKEN_REUSED');
  expectProblem(await refresh(again.data.refreshToken), 401, (await refresh(again.data.refreshToken)).body.code);
  await until(async () => (await later.get('/api/auth/me')).status === 401, 1500);
  expectProblem(await later.get('/api/auth/me'), 401, 'TOKEN_REVOKED');
  expectProblem(await refresh(`xbr_${'A'.repeat(43)}`), 401, 'TOKEN_REFRESH_ERROR');
  expectProblem(await refresh(user.token), 401, 'TOKEN_REFRESH_ERROR');
  expectProblem(await refresh(), 400, 'INVALID_REQUEST_BODY');
});

test('of concurrent refreshes with one token at most one succeeds', async () => {
  const user = await nobody.register('parallel');
  const { refreshToken } = user.login.tokens;
  const answers = await Promise.all(Array.from({ length: 6 }, () => nobody.post('/api/auth/refresh', { refreshToken })));
  const statuses = answers.map((answer) => answer.status).sort();
  assert.equal(statuses.filter((status) => status === 200).length, 1, `${statuses}`);
});

test('logout ends the session within a second', async () => {
  const user = await nobody.register('leaving');
  const other = await nobody.logIn('leaving');
  expectOk(await user.get('/api/auth/me'));
  expectOk(await user.post('/api/auth/logout'));
  await until(async () => (await user.get('/api/auth/me')).status === 401, 1500);
  expectProblem(await user.get('/api/auth/me'), 401, 'TOKEN_REVOKED');
  const { refreshToken } = user.login.tokens;
  assert.equal((await nobody.post('/api/auth/refresh', { refreshToken })).status, 401);
  expectOk(await other.get('/api/auth/me'));
  const third = await nobody.logIn('leaving');
  assert.equal(expectOk(await third.post('/api/auth/logout-all')).data.endedSessions, 2);
  await until(async () => (await other.get('/api/auth/me')).status === 401, 1500);
});

test('a cookie session needs its CSRF token and its own origin', async () => {
  await nobody.register('cookies');
  const cookies = cookiesOf((await nobody.logIn('cookies')).answer);
  assert.deepEqual(['httponly', 'samesite=lax', 'path=/'].filter((a) => !cookies.sessionId.attributes.includes(a)), []);
  assert.ok(!cookies.csrfToken.attributes.includes('httponly'));
  assert.match(cookies.csrfToken.value, /^[0-9a-f]{64}$/);
  const cookie = `sessionId=${cookies.sessionId.value}; csrfToken=${cookies.csrfToken.value}`;
  const me = await nobody.get('/api/auth/me', { cookie });
  assert.equal(expectOk(me).user.username, 'cookies');
  assert.equal(cookiesOf(me).csrfToken.value, cookies.csrfToken.value);
  assert.match(me.headers.get('x-session-expires-at'), kTime);
  const change = (headers) => nobody.put('/api/auth/settings', { theme: 'dark' }, { cookie, ...headers });
  expectProblem(await change({}), 403, 'CSRF_TOKEN_INVALID');
  expectProblem(await change({ 'x-csrf-token': '0'.repeat(64) }), 403, 'CSRF_TOKEN_INVALID');
  const token = { 'x-csrf-token': cookies.csrfToken.value };
  expectProblem(await change({ ...token, origin: 'https://evil.example' }), 403, 'ORIGIN_NOT_ALLOWED');
  expectProblem(await change({ ...token, origin: 'null' }), 403, 'ORIGIN_NOT_ALLOWED');
  assert.equal(expectOk(await change(token)).user.settings.theme, 'dark');
  expectProblem(await nobody.get('/api/auth/me', { cookie: 'sessionId=forged' }), 401, 'INVALID_SESSION');
  // A present Authorization header counts alone.
  expectProblem(await nobody.get('/api/auth/me', { cookie, authorization: 'Bearer x.y.z' }), 401, 'INVALID_TOKEN');
  expectOk(await nobody.post('/api/auth/logout', undefined, { cookie, ...token }));
  await until(async () => (await nobody.get('/api/auth/me', { cookie })).status === 401, 1500);
});

test('malformed Authorization headers', async () => {
  // A lone word is a header of one part as well as one with an empty token.
  const either = ['MISSING_TOKEN', 'INVALID_AUTH_FORMAT'];
  const cases = [
    ['Bearer', either], [`Basic ${encode('a:b')}`, ['INVALID_AUTH_FORMAT']], ['abc', ['INVALID_AUTH_FORMAT']],
    ['Bearer a b', ['INVALID_AUTH_FORMAT']], ['Bearer abc', ['INVALID_TOKEN']], ['Bearer a.b.c', ['INVALID_TOKEN']],
    [`Bearer xbm_${'A'.repeat(43)}`, ['INVALID_TOKEN']], [`Bearer ${'a'.repeat(20_000)}`, ['INVALID_TOKEN']],
  ];
  expectProblem(await nobody.get('/api/auth/me'), 401, 'MISSING_AUTH_HEADER');
  for (const [authorization, codes] of cases) {
    const answer = await nobody.get('/api/auth/me', { authorization });
    assert.ok(codes.includes(answer.body?.code), `${authorization.slice(0, 40)}: ${answer.text}`);
    expectProblem(answer, 401, answer.body.code);
  }
});

test('forged tokens', async () => {
  const claims = claimsOf(admin.token);
  const now = Math.floor(Date.now() / 1000);
  const tryToken = (token) => new Client(server.url, { token }).get('/api/auth/me');
  expectOk(await tryToken(forge(claims)), 200);
  const invalid = {
    'other key': forge(claims, { key: 'x'.repeat(40) }),
    none: forge(claims, { header: { alg: 'none', typ: 'JWT' }, key: '' }),
    'none, signed': forge(claims, { header: { alg: 'none' } }),
    HS512: forge(claims, { header: { alg: 'HS512' }, hash: 'sha512' }),
    issuer: forge({ ...claims, iss: 'other' }),
    audience: forge({ ...claims, aud: 'other' }),
    'kind of token': forge({ ...claims, typ: 'refresh' }),
    'no user': forge({ ...claims, userId: undefined }),
    'user of another type': forge({ ...claims, userId: 7 }),
    'expiry of another type': forge({ ...claims, exp: 'soon' }),
    'no expiry': forge({ ...claims, exp: undefined }),
    'changed claims': admin.token.replace(/\.[^.]+\./, `.${encode({ ...claims, role: 'owner' })}.`),
    'not JSON': `${encode('{"alg":"HS256"}')}.${encode('nothing')}.AAAA`,
    'array claims': forge([1, 2]),
  };
  for (const [name, token] of Object.entries(invalid)) {
    const answer = await tryToken(token);
    assert.equal(answer.body?.code, 'INVALID_TOKEN', `${name}: ${answer.text}`);
    expectProblem(answer, 401, 'INVALID_TOKEN');
  }
  expectProblem(await tryToken(forge({ ...claims, iat: now - 1000, exp: now - 100 })), 401, 'TOKEN_EXPIRED');
  expectProblem(await tryToken(forge({ ...claims, nbf: now + 300 })), 401, 'TOKEN_NOT_ACTIVE');
  const soon = await tryToken(forge({ ...claims, exp: now + 60 }));
  assert.equal(soon.headers.get('x-token-refresh-needed'), 'true');
  // The role of the account counts, not the claim.
  const second = await nobody.register('claimed');
  const asAdmin = await tryToken(forge({ ...claimsOf(second.token), role: 'admin' }));
  assert.equal(expectOk(asAdmin).user.role, 'user');
});

test('settings', async () => {
  const user = await nobody.register('settings');
  const put = (body) => user.put('/api/auth/settings', body);
  const changed = expectOk(await put({ theme: 'dark', autoSync: false, defaultCategory: 'abc', unknown: 1 }));
  assert.deepEqual(changed.user.settings, {
    theme: 'dark', viewMode: 'grid', defaultCategory: 'abc', autoSync: false, aiSuggestions: true, backupEnabled: true,
  });
  assert.deepEqual(changed.user, changed.data);
  assert.deepEqual(expectOk(await put({ defaultCategory: null })).user.settings.defaultCategory, null);
  assert.deepEqual(expectOk(await user.get('/api/auth/me')).user.settings.theme, 'dark');
  const problem = expectProblem(await put({ theme: 'pink', viewMode: 1, autoSync: 'maybe' }), 400, 'INVALID_SETTINGS');
  assert.equal(faultsOf(problem)[0], 'theme:invalid_enum_value');
  assert.deepEqual(problem.details[0].options, ['light', 'dark', 'system']);
  assert.equal(problem.details[0].received, 'pink');
  assert.equal(problem.details.length, 3);
});

test('a changed password ends the other sessions', async () => {
  const user = await nobody.register('changing');
  const other = await nobody.logIn('changing');
  const put = (body) => user.put('/api/auth/password', body);
  expectProblem(await put({ currentPassword: 'wrong', newPassword: 'another good one' }), 401, 'INVALID_CREDENTIALS');
  expectProblem(await put({ newPassword: 'another good one' }), 401, 'INVALID_CREDENTIALS');
  const short = expectProblem(await put({ currentPassword: kPassword, newPassword: 'short' }), 400, 'INVALID_REQUEST_BODY');
  assert.deepEqual(faultsOf(short), ['newPassword:too_small']);
  expectOk(await put({ currentPassword: kPassword, newPassword: 'another good one' }));
  expectOk(await user.get('/api/auth/me'));
  await until(async () => (await other.get('/api/auth/me')).status === 401, 1500);
  expectProblem(await nobody.post('/api/auth/login', { username: 'changing', password: kPassword }), 401, 'INVALID_CREDENTIALS');
  await nobody.logIn('changing', 'another good one');
});

test('no answer and no log line contains a secret', () => {
  const written = [...server.stdout, ...server.stderr].join('\n');
  for (const secret of [kPassword, kSecret, admin.token, admin.login.tokens.refreshToken]) {
    assert.ok(!written.includes(secret));
  }
});

test('accounts on the command line', { skip: !hasServices && 'needs scripts/services' }, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-cli-'));
  const env = { ...database.env, DATA_DIR: dataDir, JWT_SECRET: kSecret };
  const run = (args, input) => runCommand(['user', ...args], { env, input });
  let cli;
  try {
    const added = await run(['add', 'console'], `${kPassword}\n`);
    assert.equal(added.status, 0, added.stderr);
    const twice = await run(['add', 'CONSOLE'], `${kPassword}\n`);
    assert.notEqual(twice.status, 0);
    assert.match(twice.stderr, /name|taken|exist/i);
    const weak = await run(['add', 'weak'], 'short\n');
    assert.notEqual(weak.status, 0, 'too short');
    assert.notEqual((await run(['add', 'bad name'], `${kPassword}\n`)).status, 0);
    const list = await run(['list']);
    assert.equal(list.status, 0, list.stderr);
    assert.match(list.stdout, /console.*admin|admin.*console/);
    assert.doesNotMatch(list.stdout, /argon2/i);
    const changed = await run(['password', 'console'], 'a quite different one\n');
    assert.equal(changed.status, 0, changed.stderr);
    assert.notEqual((await run(['password', 'nobody'], 'a quite different one\n')).status, 0);
    cli = await startServer({ database, dataDir });
    const client = await new Client(cli.url).logIn('console', 'a quite different one');
    assert.equal(client.user.role, 'admin');
  } finally {
    await stopClean(cli);
    await database.drop();
    await rm(dataDir, { recursive: true });
  }
});

test('the configuration: all faults at once, secrets hidden', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-config-'));
  try {
    const faulty = await runCommand(['--check-config'], {
      env: { DATA_DIR: dataDir, PORT: 'many', POOL_MAX: '-3', JWT_SECRET: 'short', STATEMENT_TIMEOUT: '5 parsecs', LOG_LEVEL: 'loud', MAX_BODY_SIZE: 'x' },
    });
    assert.notEqual(faulty.status, 0);
    const said = faulty.stdout + faulty.stderr;
    for (const name of ['PORT', 'POOL_MAX', 'JWT_SECRET', 'STATEMENT_TIMEOUT', 'LOG_LEVEL', 'MAX_BODY_SIZE']) assert.match(said, new RegExp(name));
    assert.doesNotMatch(said, /\bshort\b(?!er)/, 'a secret is not repeated');
    const good = await runCommand(['--check-config'], { env: { DATA_DIR: dataDir, PORT: '0' } });
    assert.equal(good.status, 0, good.stderr);
    const secretFile = path.join(dataDir, 'secret');
    await writeFile(secretFile, `${kSecret}-in-a-file\n`);
    const configFile = path.join(dataDir, 'config');
    await writeFile(configFile, 'PORT=4567\nLOG_LEVEL=warn\n');
    const env = {
      DATA_DIR: dataDir, JWT_SECRET_FILE: secretFile, CONFIG_FILE: configFile, LOG_LEVEL: 'error',
      DATABASE_URL: 'postgresql://user:pass-word-1@db.example/xbm', REDIS_URL: 'redis://:pass-word-2@cache.example',
      METRICS_TOKEN: 'm'.repeat(40),
    };
    const printed = await runCommand(['--print-config'], { env });
    assert.equal(printed.status, 0, printed.stderr);
    assert.match(printed.stdout, /PORT\W+4567/);
    assert.match(printed.stdout, /LOG_LEVEL\W+error/, 'the environment wins');
    assert.match(printed.stdout, /db\.example/);
    for (const secret of [kSecret, 'pass-word-1', 'pass-word-2', env.METRICS_TOKEN]) assert.ok(!printed.stdout.includes(secret), secret);
    const version = await runCommand(['--version']);
    assert.equal(version.status, 0);
    assert.match(version.stdout, /\d+\.\d+/);
    const help = await runCommand(['--help']);
    assert.equal(help.status, 0);
    for (const command of ['serve', 'migrate', 'user', 'import']) assert.match(help.stdout, new RegExp(command));
    assert.notEqual((await runCommand(['no-such-command'], { env: { DATA_DIR: dataDir } })).status, 0);
    const start = await runCommand(['serve'], { env: { DATA_DIR: dataDir, PORT: 'many', POOL_MAX: '-3' } });
    assert.notEqual(start.status, 0, 'wrong values stop the start');
    assert.match(start.stderr, /PORT[\s\S]*POOL_MAX|POOL_MAX[\s\S]*PORT/);
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
