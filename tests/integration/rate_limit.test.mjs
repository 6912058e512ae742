// The limits of contract 1.11: who is counted, what the headers say, and that several processes share their counts.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, bookmark, expectHeaders, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { withDatabase } from '../support/server.mjs';

const servers = [];
after(() => Promise.all(servers.map(stopClean)));

// A window that is far from its end, so that it does not end during a test.
function calmWindow() {
  const now = Date.now() / 1000;
  for (let seconds = 3000; ; ++seconds) if (now % seconds < seconds / 2) return seconds;
}

async function start(limits, options = {}) {
  const window = calmWindow();
  const env = { RATE_LIMIT_WINDOW: `${window}s`, ...options.env };
  for (const [name, max] of Object.entries(limits)) env[`RATE_LIMIT_${name}`] = String(max);
  const server = await startTestServer({ ...options, env });
  servers.push(server);
  return { server, window, nobody: new Client(server.url) };
}

/** Ends a server before the others do. */
const end = (server) => stopClean(servers.splice(servers.indexOf(server), 1)[0]);

const number = (answer, name) => Number(answer.headers.get(name));
const remaining = (answer) => number(answer, 'x-ratelimit-remaining');

function expectLimited(answer, limit, windowSeconds) {
  const problem = expectProblem(answer, 429, 'RATE_LIMIT_EXCEEDED');
  assert.equal(problem.limit, limit);
  assert.equal(problem.windowMs, windowSeconds * 1000);
  assert.ok(Number.isInteger(problem.retryAfter) && problem.retryAfter >= 1 && problem.retryAfter <= windowSeconds);
  assert.equal(number(answer, 'retry-after'), problem.retryAfter);
  assert.equal(number(answer, 'x-ratelimit-limit'), limit);
  assert.equal(remaining(answer), 0);
  return problem;
}

test('every answer of the API says what is left, cached ones too', async () => {
  const { server, window, nobody } = await start({ API_IP: 500, API_USER: 40 });
  const user = await nobody.register('ann');
  await user.addBookmark();
  let ofUser = 39;
  let ofAddress = number(await nobody.get('/api/status'), 'x-ratelimit-remaining');
  const ask = [
    () => user.get('/api/bookmarks'), () => user.get('/api/bookmarks'), () => user.get('/api/bookmarks'),
    () => user.request('HEAD', '/api/bookmarks'), () => user.get('/api/bookmarks?limit=0'),
    () => user.get('/api/bookmarks/none'), () => user.post('/api/bookmarks', bookmark()),
  ];
  for (const request of ask) {
    const now = Math.floor(Date.now() / 1000);
    const answer = await request();
    ofUser -= 1;
    ofAddress -= 1;
    expectHeaders(answer.headers);
    assert.equal(number(answer, 'x-ratelimit-limit'), 40);
    assert.equal(remaining(answer), ofUser);
    assert.equal(number(answer, 'x-ratelimit-window'), window);
    const reset = number(answer, 'x-ratelimit-reset');
    assert.equal(reset, (Math.floor(now / window) + 1) * window, 'windows are aligned to the epoch');
    assert.equal(answer.headers.get('ratelimit-policy'), `"api-ip";q=500;w=${window}, "api-user";q=40;w=${window}`);
    const said = answer.headers.get('ratelimit').match(/^"api-ip";r=(\d+);t=(\d+), "api-user";r=(\d+);t=(\d+)$/);
    assert.ok(said, answer.headers.get('ratelimit'));
    assert.deepEqual([Number(said[1]), Number(said[3])], [ofAddress, ofUser]);
    for (const t of [said[2], said[4]]) assert.ok(Number(t) <= reset - now && Number(t) > reset - now - 60, t);
  }
  const tag = (await user.get('/api/bookmarks')).headers.get('etag');
  const unchanged = await user.get('/api/bookmarks', { 'if-none-match': tag });
  assert.equal(unchanged.status, 304);
  assert.equal(remaining(unchanged), ofUser - 2);
  const status = await nobody.get('/api/status');
  assert.equal(status.headers.get('ratelimit-policy'), `"api-ip";q=500;w=${window}`);
  for (const free of ['/health', '/healthz', '/readyz', '/problems/not-ready', '/']) {
    assert.equal((await nobody.get(free)).headers.get('x-ratelimit-limit'), null, free);
  }
  await end(server);
});

test('a limit of 0 is off and is not told', async () => {
  const { server, nobody } = await start({});
  const answer = expectOk(await nobody.get('/api/status')) && (await nobody.get('/api/status'));
  for (const name of ['x-ratelimit-limit', 'ratelimit', 'ratelimit-policy']) assert.equal(answer.headers.get(name), null);
  await end(server);
});

test('api-user: one user is stopped, on cached and other ways, others are not', async () => {
  const { server, window, nobody } = await start({ API_USER: 4 });
  const user = await nobody.register('ann');
  const other = await nobody.register('bob');
  for (let i = 0; i < 4; ++i) expectOk(await user.get('/api/bookmarks'));
  expectLimited(await user.get('/api/bookmarks'), 4, window);
  expectLimited(await user.post('/api/bookmarks', bookmark()), 4, window);
  expectLimited(await user.get('/api/categories'), 4, window);
  expectOk(await user.get('/api/auth/me'));
  expectOk(await other.get('/api/bookmarks'));
  assert.equal(expectOk(await other.get('/api/bookmarks')).data.pagination.total, 0);
  await end(server);
});

test('api-ip: counts every path of the API before the login is looked at; health checks go on', async () => {
  const { server, window, nobody } = await start({ API_IP: 3, API_USER: 100 });
  expectProblem(await nobody.get('/api/none'), 404, 'ENDPOINT_NOT_FOUND');
  expectProblem(await nobody.get('/api/bookmarks'), 401, 'MISSING_AUTH_HEADER');
  expectProblem(await nobody.get('/api/auth/login'), 405, 'METHOD_NOT_ALLOWED');
  for (const path of ['/api/bookmarks', '/api/none', '/API/status', '/api/auth/login']) {
    expectLimited(await nobody.get(path), 3, window);
  }
  expectOk(await nobody.get('/healthz'));
  expectOk(await nobody.get('/readyz'));
  await end(server);
});

test('the client address is read through trusted proxies only', async () => {
  const { server, window, nobody } = await start({ API_IP: 2 }, { env: { TRUSTED_PROXIES: '127.0.0.1' } });
  const from = (address) => nobody.get('/api/status', { 'x-forwarded-for': address });
  for (let i = 0; i < 2; ++i) expectOk(await from('203.0.113.1'));
  expectLimited(await from('203.0.113.1'), 2, window);
  expectLimited(await from('198.51.100.9, 203.0.113.1'), 2, window);
  expectOk(await from('203.0.113.2'));
  await end(server);
  const direct = await start({ API_IP: 2 });
  for (const address of ['203.0.113.1', '203.0.113.2']) {
    expectOk(await direct.nobody.get('/api/status', { 'x-forwarded-for': address }));
  }
  expectLimited(await direct.nobody.get('/api/status', { 'x-forwarded-for': '203.0.113.3' }), 2, direct.window);
  await end(direct.server);
});

test('auth: register, login and refresh share one counter', async () => {
  const { server, window, nobody } = await start({ API_IP: 100, AUTH: 3 });
  const user = await nobody.register('ann');
  await nobody.logIn('ann');
  const third = await nobody.post('/api/auth/refresh', { refreshToken: user.login.data.refreshToken });
  expectOk(third);
  assert.equal(third.headers.get('ratelimit-policy'), `"api-ip";q=100;w=${window}, "auth";q=3;w=${window}`);
  assert.equal(remaining(third), 0);
  expectLimited(await nobody.post('/api/auth/login', { username: 'ann', password: 'x' }), 3, window);
  expectLimited(await nobody.post('/api/auth/refresh', {}), 3, window);
  expectOk(await user.get('/api/auth/me'));
  await end(server);
});

test('login-account: failures of one name, however it is written; who fails elsewhere is not stopped', async () => {
  const { server, window, nobody } = await start({ LOGIN_ACCOUNT: 2 });
  await nobody.register('alice');
  await nobody.register('bob');
  const attempt = (username, password) => nobody.post('/api/auth/login', { username, password });
  for (let i = 0; i < 4; ++i) await nobody.logIn('alice');
  expectProblem(await attempt('alice', 'wrong'), 401, 'INVALID_CREDENTIALS');
  await nobody.logIn('alice');
  expectProblem(await attempt('ALICE', 'wrong'), 401, 'INVALID_CREDENTIALS');
  expectLimited(await attempt('alice', 'wrong'), 2, window);
  expectLimited(await attempt('Alice', 'correct horse battery staple'), 2, window);
  await nobody.logIn('bob');
  for (let i = 0; i < 2; ++i) expectProblem(await attempt('nobody-at-all', 'x'), 401, 'INVALID_CREDENTIALS');
  expectLimited(await attempt('nobody-at-all', 'x'), 2, window);
  expectProblem(await nobody.post('/api/auth/login', { password: 'x' }), 400, 'INVALID_REQUEST_BODY');
  await end(server);
});

test('login-account: guesses at the same time are no more than one after the other', async () => {
  const { server, nobody } = await start({ LOGIN_ACCOUNT: 3 });
  await nobody.register('alice');
  const guesses = Array.from({ length: 12 }, (_, i) => nobody.post('/api/auth/login', { username: 'alice', password: `guess ${i}` }));
  const statuses = (await Promise.all(guesses)).map((answer) => answer.status);
  assert.equal(statuses.filter((status) => status === 401).length, 3);
  assert.equal(statuses.filter((status) => status === 429).length, 9);
  await end(server);
});

test('sensitive: by address, per hour', async () => {
  const { server, nobody } = await start({ SENSITIVE: 2 });
  const user = await nobody.register('ann');
  const change = { currentPassword: 'wrong', newPassword: 'another long password' };
  // A whole hour may end between two requests: then the next one is counted in the new one.
  await until(async () => {
    expectProblem(await user.put('/api/auth/password', change), 401, 'INVALID_CREDENTIALS');
    expectProblem(await user.put('/api/auth/password', change), 401, 'INVALID_CREDENTIALS');
    const refused = await user.post('/api/auth/logout-all');
    return refused.status === 429 && expectLimited(refused, 2, 3600);
  });
  expectOk(await user.get('/api/auth/me'));
  await end(server);
});

test('a new window begins with a new count', async () => {
  const { server, nobody } = await start({ API_USER: 2 }, { env: { RATE_LIMIT_WINDOW: '1s' } });
  const user = await nobody.register('ann');
  const limited = await until(async () => {
    const answer = await user.get('/api/tags');
    return answer.status === 429 && answer;
  });
  const again = await until(async () => {
    const answer = await user.get('/api/tags');
    return answer.status === 200 && answer;
  });
  assert.ok(number(again, 'x-ratelimit-reset') > number(limited, 'x-ratelimit-reset'));
  await end(server);
});

/** A Redis of its own. */
async function startRedis() {
  const dir = await mkdtemp(path.join(tmpdir(), 'xbm-redis-'));
  const socket = path.join(dir, 's');
  const args = ['--pdeathsig=KILL', 'redis-server', '--port', '0', '--unixsocket', socket, '--dir', dir, '--save', '',
    '--appendonly', 'no'];
  const child = spawn('setpriv', args, { stdio: 'ignore' });
  const ask = async (...words) =>
    (await promisify(execFile)('redis-cli', ['-s', socket, ...words])).stdout.split('\n').filter(Boolean);
  await until(async () => (await ask('PING').catch(() => []))[0] === 'PONG');
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  return { url: `unix://${socket}`, ask, kill, remove: async () => {
    await kill();
    await rm(dir, { recursive: true, force: true });
  } };
}

test('two instances share their counts; without Redis each one goes on by itself', async () => {
  const redis = await startRedis();
  const database = await withDatabase();
  const env = { REDIS_URL: redis.url };
  const a = await start({ API_USER: 1000 }, { database, env });
  const b = await start({ API_USER: 1000 }, { database, env });
  try {
    const user = await a.nobody.register('ann');
    const there = new Client(b.server.url, user);
    for (let i = 0; i < 600; ++i) expectOk(await user.get('/api/tags'));
    let own = 0;
    await until(async () => {
      const answer = await there.get('/api/tags');
      own += 1;
      return remaining(answer) === 1000 - 600 - own;
    });
    const window = Math.floor(Date.now() / 1000 / a.window);
    const key = `${database.env.REDIS_PREFIX}rl:api-user:{${user.user.id}}:${window}`;
    assert.deepEqual(await redis.ask('KEYS', '*rl:*'), [key]);
    const ttl = Number((await redis.ask('PTTL', key))[0]);
    assert.ok(ttl > 0 && ttl <= a.window * 1000, `TTL ${ttl}`);

    await redis.kill();
    const before = remaining(await there.get('/api/tags'));
    for (let i = 1; i <= 20; ++i) assert.equal(remaining(await there.get('/api/tags')), before - i);
    let refused;
    for (let i = 0; i <= before - 20 && !refused; ++i) {
      const answer = await there.get('/api/tags');
      if (answer.status === 429) refused = answer;
    }
    expectLimited(refused, 1000, b.window);
    expectOk(await user.get('/api/tags'));
  } finally {
    await end(a.server);
    await end(b.server);
    await database.drop();
    await redis.remove();
  }
});
