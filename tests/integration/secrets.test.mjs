// Secrets stay where they are (contract 1.3, 1.10, 7; ARCHITECTURE.md "Absences"): not in a log, even at debug, in an answer, in
// the printed configuration, in the command line of a process or in the environment of a child.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { bookmark, Client, expectOk, expectProblem, sendRaw, startTestServer, stopClean, until } from '../support/client.mjs';
import { startRedis } from '../support/redis.mjs';
import { adminSql, runCommand, withDatabase } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

const kFinishedMs = 60_000;
const secretOf = (name) => `${name}${randomBytes(16).toString('hex')}`;

// Values of the configuration that nobody may see, by name. Each is long and random: it is found wherever it stands.
const configured = Object.fromEntries(['JWT_SECRET', 'ENCRYPTION_KEY', 'ENCRYPTION_KEY_PREVIOUS', 'X_CLIENT_SECRET', 'METRICS_TOKEN',
  'AI_API_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'].map((name) => [name, secretOf(name.toLowerCase())]));
const inUrls = { database: secretOf('database'), redis: secretOf('redis'), alert: secretOf('alert'), backup: secretOf('backup') };
// What users type, hold and write.
const typed = {};
const type = (name) => (typed[name] ??= secretOf(name));

let database;
let redis;
let x;
let server;
let env;
let nobody;
let processes;
const answers = [];

/** A client whose answers are kept. */
class Watched extends Client {
  async request(...args) {
    const answer = await super.request(...args);
    answers.push({ path: answer.path, said: `${answer.text}\n${[...answer.headers].map((header) => header.join(': ')).join('\n')}` });
    return answer;
  }
}

before(async () => {
  database = await withDatabase();
  redis = await startRedis();
  await redis.command('ACL', 'SETUSER', 'xbm', 'on', `>${inUrls.redis}`, '~*', '&*', '+@all');
  x = await XSimulator.start();
  x.apps.set('app', configured.X_CLIENT_SECRET);
  env = {
    ...x.env, ...configured, DATABASE_URL: database.url.replace('@', `:${inUrls.database}@`), REDIS_PREFIX: 'secrets:',
    REDIS_URL: redis.url.replace('unix://', `unix://xbm:${inUrls.redis}@`), BACKUP_DATABASE: 'true', LOG_LEVEL: 'debug', SLOW_QUERY_MS: '1',
    ALERT_WEBHOOK_URL: `http://127.0.0.1:9/${inUrls.alert}`, BACKUP_WEBHOOK_URL: `http://127.0.0.1:9/${inUrls.backup}`,
    ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
  };
  server = await startTestServer({ database: { ...database, env: {} }, env });
  nobody = new Watched(server.url);
  processes = watchProcesses(server.pid);
});
after(async () => {
  processes?.stop();
  await stopClean(server);
  x?.stop();
  await redis?.stop();
  await database?.drop();
});

const sql = (text) => adminSql(text, database.name);

/** Command lines and environments of a process and everything below it, as often as possible. */
function watchProcesses(root) {
  const seen = { commands: new Set(), environments: new Set() };
  const read = (pid, name) => {
    try {
      return readFileSync(`/proc/${pid}/${name}`, 'utf8');
    } catch {
      return ''; // it has ended
    }
  };
  const own = readlinkSync(`/proc/${root}/exe`);
  const programOf = (pid) => {
    try {
      return readlinkSync(`/proc/${pid}/exe`);
    } catch {
      return own; // it has ended
    }
  };
  const look = () => {
    const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name))
      .map((pid) => [Number(pid), Number(/\) \S (\d+) /.exec(read(pid, 'stat'))?.[1])]));
    const isBelow = (pid) => { while (pid && pid !== root) pid = parents.get(pid); return pid === root; };
    for (const pid of [...parents.keys()].filter(isBelow)) {
      seen.commands.add(read(pid, 'cmdline').replaceAll('\0', ' '));
      // Between fork and exec a child is a copy of the server, with the server's own environment. Asked for first: what has
      // another program by then has its own environment, too.
      if (programOf(pid) !== own) seen.environments.add(read(pid, 'environ').replaceAll('\0', '\n'));
    }
  };
  const timer = setInterval(look, 10);
  look();
  return { ...seen, stop: () => clearInterval(timer) };
}

/** Fails with the place, never with the secret. */
function expectNone(where, text, secrets) {
  for (const [name, secret] of Object.entries(secrets)) {
    assert.ok(secret.length >= 12, `${name} is too short to be looked for`);
    const found = text.indexOf(secret);
    assert.ok(found < 0, `${where} has ${name}: …${text.slice(Math.max(0, found - 200), found)}`);
  }
}

const watched = (client) => Object.assign(new Watched(server.url, client), { login: client.login, answer: client.answer });
const cookiesOf = ({ headers }) => Object.fromEntries(headers.getSetCookie().map((line) => line.split('; ')[0].split(/=(.*)/s)));
const finished = (user, id) => until(async () => {
  const { job } = expectOk(await user.get(`/api/jobs/${id}`)).data;
  return job.finishedAt !== null && job;
}, kFinishedMs);

/** Keeps what a login hands out. */
function keep(name, { body, headers }) {
  const { sessionId, csrfToken } = cookiesOf({ headers });
  Object.assign(typed, { [`${name}Access`]: body.tokens.accessToken.split('.')[2], [`${name}Refresh`]: body.tokens.refreshToken });
  if (sessionId) Object.assign(typed, { [`${name}Session`]: sessionId, [`${name}Csrf`]: csrfToken });
  return body.tokens;
}

let user;
test('logins that succeed, fail, and are nonsense', async () => {
  const username = 'somebody';
  const made = await new Client(server.url).post('/api/auth/register', { username, password: type('password') });
  user = watched({ token: keep('first', made).accessToken, user: made.body.user });
  const tryLogin = (body) => nobody.post('/api/auth/login', body);
  expectProblem(await tryLogin({ username, password: type('wrongPassword') }), 401, 'INVALID_CREDENTIALS');
  expectProblem(await tryLogin({ username: type('passwordAsName'), password: 'x' }), 401, 'INVALID_CREDENTIALS');
  expectProblem(await tryLogin({ username: { a: type('passwordInObject') } }), 400, 'INVALID_REQUEST_BODY');
  expectProblem(await nobody.request('POST', '/api/auth/login', { raw: `{"password":"${type('brokenJson')}"`, headers: { 'content-type': 'application/json' } }), 400, 'INVALID_JSON');
  expectProblem(await nobody.request('POST', '/api/auth/login', { raw: `password=${type('formPassword')}&username=${username}`, headers: { 'content-type': 'application/x-www-form-urlencoded' } }), 401, 'INVALID_CREDENTIALS');
  expectProblem(await nobody.post('/api/auth/register', { username: 'a!', password: type('registerPassword').slice(0, 40), confirmPassword: type('confirmPassword') }), 400, 'INVALID_REGISTRATION_DATA');
  for (const authorization of [`Bearer ${type('badBearer')}`, `Bearer xbm_${type('badApi')}`, `Basic ${type('basic')}`, `${type('noScheme')}`, `Bearer two ${type('twoParts')}`]) {
    assert.equal((await nobody.get('/api/auth/me', { authorization })).status, 401);
  }
  assert.equal((await nobody.get('/api/auth/me', { cookie: `sessionId=${type('badCookie')}` })).status, 401);
  assert.equal((await nobody.put('/api/auth/settings', {}, { cookie: `sessionId=${typed.firstSession}`, 'x-csrf-token': type('badCsrf') })).status, 403);
  expectProblem(await user.put('/api/auth/password', { currentPassword: type('wrongCurrent'), newPassword: type('newPassword') }), 401, 'INVALID_CREDENTIALS');
  expectOk(await user.put('/api/auth/password', { currentPassword: typed.password, newPassword: typed.newPassword }));
});

test('tokens that rotate, are revoked, or stand in an address', async () => {
  const quiet = new Client(server.url, user); // its answers hold tokens on purpose
  const renewed = await quiet.post('/api/auth/refresh', { refreshToken: typed.firstRefresh });
  user.token = keep('second', renewed).accessToken;
  const made = expectOk(await quiet.post('/api/auth/tokens', { name: 'reader', scopes: ['read'] }), 201).data;
  typed.apiToken = made.token;
  const reader = new Watched(server.url, { token: made.token });
  expectOk(await reader.get('/api/bookmarks'));
  expectProblem(await reader.post('/api/bookmarks', {}), 403, 'INSUFFICIENT_SCOPE');
  assert.equal((await nobody.get(`/api/bookmarks?access_token=${made.token}`)).status, 401);
  for (const token of [made.token, type('unknownStreamToken')]) {
    const abort = new AbortController();
    await fetch(`${server.url}/api/changes/stream?access_token=${token}`, { signal: abort.signal });
    abort.abort();
  }
  expectOk(await user.get('/api/auth/tokens'));
  expectOk(await user.get('/api/auth/sessions'));
  assert.equal((await nobody.post('/api/auth/refresh', { refreshToken: typed.firstRefresh })).body.code, 'REFRESH_TOKEN_REUSED');
  const again = await new Client(server.url).post('/api/auth/login', { username: 'somebody', password: typed.newPassword });
  user.token = keep('third', again).accessToken;
});

test('X: it answers with what it was sent, refuses and fails', async () => {
  x.addUser('77', 'leaver');
  x.setBookmarks('77', [1, 2, 3]);
  const quiet = new Client(server.url, user);
  const begin = async () => x.authorize(expectOk(await quiet.get('/api/auth/x/oauth?link=true')).authUrl, '77');
  // An error that repeats the whole request, as a proxy in between may.
  x.fault = ({ path: asked, form, headers }) => (asked === '/2/oauth2/token'
    ? { status: 400, body: { error: 'invalid_request', error_description: `${form} ${headers.authorization} ${configured.X_CLIENT_SECRET}` } } : undefined);
  const failed = await begin();
  assert.equal((await user.post('/api/auth/x/callback', failed)).body.code, 'OAUTH_SERVICE_ERROR');
  x.fault = undefined;
  const good = await begin();
  keep('x', await quiet.post('/api/auth/x/callback', good));
  Object.assign(typed, { code: good.code, failedCode: failed.code });
  expectOk(await user.put('/api/auth/x/app', { clientId: 'own', clientSecret: type('ownAppSecret') }));
  expectProblem(await user.put('/api/auth/x/app', { clientId: '', clientSecret: type('badAppSecret') }), 400, 'INVALID_X_APP');
  expectOk(await user.delete('/api/auth/x/app'));
  keep('xAgain', await quiet.post('/api/auth/x/callback', await begin()));
  for (const status of [200, 500, 401]) {
    if (status !== 200) x.script = ({ headers }) => ({ status, body: { title: headers.authorization, detail: headers.authorization } });
    const asked = x.pages;
    const { jobId } = expectOk(await user.post('/api/sync', {}), 202);
    const stateOf = async () => expectOk(await user.get(`/api/jobs/${jobId}`)).data.job.state;
    await until(() => x.pages > asked, kFinishedMs);
    if (status === 200) await finished(user, jobId);
    await user.delete(`/api/jobs/${jobId}`);
    await until(async () => !['queued', 'running'].includes(await stateOf()), kFinishedMs);
  }
  x.fault = ({ path: asked, form }) => (asked.endsWith('/revoke') ? { status: 500, body: { error: String(form) } } : undefined);
  await user.delete('/api/auth/x/account');
  x.fault = undefined;
  let tokens = 0;
  for (const token of [...x.access.keys(), ...x.refresh.keys(), ...x.spent]) typed[`ofX${tokens++}`] = token;
  assert.ok(tokens >= 4, String(tokens));
});

test('posts, notes and searches, good ones and refused ones', async () => {
  const made = await user.addBookmark({ content: `post ${type('postText')}`, note: `note ${type('noteText')}` });
  expectProblem(await user.post('/api/bookmarks', bookmark({ xTweetId: made.xTweetId, content: type('twiceText') })), 409, 'BOOKMARK_ALREADY_EXISTS');
  await user.post('/api/bookmarks', { content: 7, note: type('refusedNote'), xTweetId: [type('refusedId')] });
  for (const text of [type('searchText'), `author:"${type('searchQuoted')}`, `${type('searchLong')} ${'a'.repeat(1_100)}`]) {
    await user.get(`/api/search?text=${encodeURIComponent(text)}`);
    await user.post('/api/search', { text });
    await user.get(`/api/bookmarks?text=${encodeURIComponent(text)}`);
    await user.get(`/api/suggestions/search?q=${encodeURIComponent(text)}`);
  }
  await user.get(`/api/bookmarks?cursor=${type('badCursor')}`);
  await user.get(`/api/no-such-route?secret=${type('unknownRouteQuery')}`);
  await user.importFile('posts.json', JSON.stringify([{ id: '9', text: type('importedText'), author: 'ada' }, { id: type('importedBadId'), text: 7 }]));
  await user.importFile('broken.json', `[{"id":"1","text":"${type('brokenImport')}`);
  const { jobId } = expectOk(await user.post('/api/export', { format: 'json' }), 202);
  await finished(user, jobId);
  await sendRaw(server.url, `GET /api/search?text=${type('rawQuery')} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${type('rawBearer')}\r\nBad Header: ${type('rawHeader')}\r\n\r\n`);
});

test('errors of the database, whose messages quote what they are about', async () => {
  for (const [table, act] of [
    ['api_tokens', () => user.post('/api/auth/tokens', { name: type('nameInError'), scopes: ['read'] })],
    ['bookmarks', () => user.post('/api/bookmarks', bookmark({ content: type('contentInError') }))],
    ['search_history', () => user.get(`/api/search?text=${type('searchInError')}`)],
    ['sessions', () => nobody.post('/api/auth/login', { username: 'somebody', password: typed.newPassword })],
  ]) {
    await sql(`ALTER TABLE ${table} ADD CONSTRAINT never CHECK (false) NOT VALID`);
    const answer = await act();
    await sql(`ALTER TABLE ${table} DROP CONSTRAINT never`);
    // A search is answered whether it is remembered or not.
    assert.equal(answer.status, table === 'search_history' ? 200 : 500, `${table}: ${answer.text}`);
  }
  await sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${database.name}' AND pid <> pg_backend_pid()`);
  await until(async () => (await user.get('/api/auth/me')).status === 200);
});

test('a backup, whose program needs the password of the database', async () => {
  const { jobId } = expectOk(await user.post('/api/backup/manual', {}));
  assert.equal((await finished(user, jobId)).state, 'completed');
  assert.ok([...processes.commands].some((command) => /pg_dump/.test(command)), [...processes.commands].join('\n'));
});

test('numbers for operators', async () => {
  const scraper = new Watched(server.url, { token: configured.METRICS_TOKEN });
  const pages = ['dashboard', 'database', 'cache', 'queues', 'api', 'health', 'recommendations'].map((name) => `/api/performance/${name}`);
  for (const page of ['/metrics', '/health', ...pages, '/api/backup/history', '/api/backup/schedule/status']) await scraper.get(page);
});

test('nothing of all that was written or said', async () => {
  await until(() => server.countOf('slow query') > 0);
  const written = [...server.stdout, ...server.stderr].join('\n');
  // The log is that of these requests.
  for (const sign of ['"level":"debug"', '/api/auth/login', 'slow query', user.user.id]) assert.ok(written.includes(sign), sign);
  const secrets = { ...configured, ...inUrls, ...typed };
  assert.ok(Object.keys(secrets).length > 60, String(Object.keys(secrets).length));
  expectNone('the log', written, secrets);
  assert.ok(answers.length > 60, String(answers.length));
  // What a user wrote he may read; what he logs in with is handed out once, and not by these requests.
  const { postText, noteText, importedText, twiceText, ...others } = typed;
  assert.ok(postText && noteText && importedText && twiceText);
  const shown = /Text$|^search|^unknownRouteQuery|^nameIn|^contentIn|^imported|^brokenImport/;
  const held = Object.fromEntries(Object.entries(others).filter(([name]) => !shown.test(name)));
  for (const { path: asked, said } of answers) expectNone(asked.split('?')[0], said, { ...configured, ...inUrls, ...held });
  for (const command of processes.commands) expectNone('a command line', command, secrets);
  const passwordless = { ...configured, ...typed, redis: inUrls.redis, alert: inUrls.alert, backup: inUrls.backup };
  assert.ok([...processes.environments].some((environment) => environment.includes('PATH=')), 'children were seen');
  for (const environment of processes.environments) expectNone('the environment of a child', environment, passwordless);
});

test('the printed configuration and complaints about it', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'xbm-secrets-'));
  try {
    const file = path.join(directory, 'secret');
    await writeFile(file, secretOf('in_a_file'));
    const more = { ...env, DATA_DIR: directory };
    const secrets = { ...configured, ...inUrls, file: await readFile(file, 'utf8') };
    for (const args of [['--print-config'], ['--check-config'], ['doctor'], ['user', 'list']]) {
      for (const wrong of [{}, { JWT_SECRET_FILE: file, JWT_SECRET: '' }, { POOL_MAX: 'many', DATABASE_URL: `postgresql://u:${inUrls.database}@[broken` },
        { JWT_SECRET: secrets.JWT_SECRET.slice(0, 20), REDIS_URL: `wrong://:${inUrls.redis}@x`, ALERT_WEBHOOK_URL: `nonsense ${inUrls.alert}` }]) {
        const { stdout, stderr } = await runCommand(args, { env: { ...more, ...wrong } });
        expectNone(args.join(' '), stdout + stderr, { ...secrets, short: secrets.JWT_SECRET.slice(0, 20) });
      }
    }
    const printed = await runCommand(['--print-config'], { env: more });
    assert.equal(printed.status, 0, printed.stderr);
    for (const name of Object.keys(configured)) assert.match(printed.stdout, new RegExp(name), 'it is named');
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('the private services: their command lines, environments and logs', { timeout: 120_000 }, async () => {
  const own = await startTestServer({ database: false, env: { X_CLIENT_ID: 'app', ...configured, SLOW_QUERY_MS: '1', LOG_LEVEL: 'debug' } });
  const seen = watchProcesses(own.pid);
  try {
    const someone = await new Client(own.url).register('someone', { password: type('privatePassword') });
    await someone.addBookmark({ content: type('privatePost') });
    await someone.get(`/api/search?text=${type('privateSearch')}`);
    const { token } = expectOk(await someone.post('/api/auth/tokens', { name: 'x', scopes: ['read'] }), 201).data;
    expectOk(await new Client(own.url, { token }).get('/api/bookmarks'));
    const secrets = { ...configured, ...typed, token };
    await until(() => [...seen.commands].some((command) => command.includes('redis')));
    assert.ok([...seen.commands].some((command) => command.includes('postgres')));
    for (const command of seen.commands) expectNone('a command line', command, secrets);
    assert.ok(seen.environments.size > 0);
    for (const environment of seen.environments) expectNone('the environment of a child', environment, secrets);
    const files = (await readdir(own.dataDir, { recursive: true }).catch(() => readdir(own.dataDir))).filter((name) => /log/.test(name));
    const logs = await Promise.all(files.map((name) => readFile(path.join(own.dataDir, name), 'utf8').catch(() => '')));
    assert.ok(logs.filter(Boolean).length >= 2, `PostgreSQL and Redis have logs: ${files}`);
    logs.forEach((text, i) => expectNone(files[i], text, secrets));
    expectNone('the log', [...own.stdout, ...own.stderr].join('\n'), secrets);
  } finally {
    seen.stop();
    await stopClean(own);
  }
});
