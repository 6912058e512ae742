// Logging in with X, connections to it, own apps, and `doctor x` (contract 3.2, 4.2).
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { Client, expectOk, expectProblem, faultsOf, kTime, startTestServer, stopClean, until } from '../support/client.mjs';
import { Instances } from '../support/instances.mjs';
import { adminSql, runCommand, withDatabase } from '../support/server.mjs';
import { XLogin } from '../support/x_login.mjs';

const kHtml = { accept: 'text/html,application/xhtml+xml' };
const kFrontend = 'https://front.example';
const kOauth = '/api/auth/x/oauth';
const kCallback = '/api/auth/x/callback';

const cookiesOf = (answer) => Object.fromEntries(answer.headers.getSetCookie().map((line) => {
  const [pair] = line.split(';');
  return [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)];
}));
const query = (pairs) => `?${new URLSearchParams(pairs)}`;

/** A server with an X of its own, and a database that goes with it. */
async function startWithX({ env = {}, ...options } = {}) {
  const x = await XLogin.start();
  const server = await startTestServer({ ...options, env: { FRONTEND_URL: kFrontend, ...x.env, ...env } });
  return { x, server, nobody: new Client(server.url) };
}
async function stopWithX({ x, server }) {
  x?.stop();
  await stopClean(server);
}

/** Logs in with X by a program: the answer to the callback. */
async function logInByX(client, x, userId, parameters = {}) {
  const begun = expectOk(await client.get(kOauth + query(parameters)));
  return client.post(kCallback, x.authorize(begun.authUrl, userId));
}
const clientOf = (client, answer) => new Client(client.url, { token: expectOk(answer).data.token, user: answer.body.user });

describe('a login with X', () => {
  let all;
  let x;
  let nobody;
  before(async () => {
    all = await startWithX();
    ({ x, nobody } = all);
    x.addUser('1', 'First_One', 'First <One>');
    x.addUser('2', 'second');
  });
  after(() => stopWithX(all));

  test('by a browser: there and back, and the first account is an administrator', async () => {
    assert.equal(expectOk(await nobody.get('/api/auth/providers')).data.x, true);
    const begun = await nobody.get(kOauth + query({ redirect: '/settings?tab=x#top' }), kHtml);
    assert.equal(begun.status, 302);
    const url = new URL(begun.headers.get('location'));
    assert.equal(url.origin + url.pathname, `${x.url}/i/oauth2/authorize`);
    const asked = Object.fromEntries(url.searchParams);
    assert.equal(asked.response_type, 'code');
    assert.equal(asked.client_id, 'app');
    assert.equal(asked.redirect_uri, `${nobody.url}/api/auth/x/callback`);
    assert.equal(asked.scope, 'bookmark.read tweet.read users.read offline.access');
    assert.equal(asked.code_challenge_method, 'S256');
    const cookies = begun.headers.getSetCookie();
    assert.equal(cookies.length, 1);
    assert.match(cookies[0], /^oauthState=[\w-]{43}; Path=\/; SameSite=Lax; Max-Age=600; HttpOnly$/);
    assert.equal(cookiesOf(begun).oauthState, asked.state);

    const back = await nobody.get(kCallback + query(x.authorize(url.href, '1')), { ...kHtml, cookie: `oauthState=${asked.state}` });
    assert.equal(back.status, 302);
    assert.equal(back.headers.get('location'), `${kFrontend}/settings?tab=x&auth=success#top`);
    const given = cookiesOf(back);
    assert.equal(given.oauthState, '');
    const me = expectOk(await nobody.get('/api/auth/me', { cookie: `sessionId=${given.sessionId}` }));
    assert.equal(me.user.username, 'First_One');
    assert.equal(me.user.displayName, 'First <One>');
    assert.equal(me.user.avatarUrl, 'https://pbs.twimg.com/1.jpg');
    assert.equal(me.user.xUserId, '1');
    assert.equal(me.user.role, 'admin');
    assert.equal(me.user.hasPassword, false);
    assert.equal((await adminSql("SELECT kind FROM sessions", all.server.database.name))[0][0], 'x');
  });

  test('by a program, and what the connection looks like', async () => {
    const answer = await logInByX(nobody, x, '2');
    const login = expectOk(answer);
    assert.equal(login.user.role, 'user');
    assert.equal(login.data.token, login.tokens.accessToken);
    const claims = JSON.parse(Buffer.from(login.data.token.split('.')[1], 'base64url').toString());
    assert.equal(claims.xUserId, '2');
    const { data } = expectOk(await clientOf(nobody, answer).get('/api/auth/x/account'));
    assert.match(data.connectedAt, kTime);
    assert.deepEqual({ ...data, connectedAt: '' }, {
      connected: true, status: 'active', xUserId: '2', username: 'second', app: 'shared', dialect: 'tweet', lastSyncAt: null, connectedAt: '',
      scopes: ['bookmark.read', 'tweet.read', 'users.read', 'offline.access'],
    });
    assert.equal(expectOk(await clientOf(nobody, answer).get('/api/categories')).data.total, 5);
  });

  test('takes over name and picture again', async () => {
    x.addUser('2', 'Renamed', 'New Name', 'https://pbs.twimg.com/new.jpg');
    const { user } = expectOk(await logInByX(nobody, x, '2'));
    assert.deepEqual([user.username, user.displayName, user.avatarUrl], ['Renamed', 'New Name', 'https://pbs.twimg.com/new.jpg']);
    // A name that somebody else has stays with him.
    x.addUser('2', 'first_one', 'New Name');
    assert.equal(expectOk(await logInByX(nobody, x, '2')).user.username, 'Renamed');
    x.addUser('3', 'RENAMED');
    assert.equal(expectOk(await logInByX(nobody, x, '3')).user.username, 'RENAMED_3');
  });

  test('is spent by its first use, and only in the browser that began it', async () => {
    const begun = await nobody.get(kOauth, kHtml);
    const { state } = Object.fromEntries(new URL(begun.headers.get('location')).searchParams);
    const given = x.authorize(begun.headers.get('location'), '2');
    const exchanges = x.countOf('/2/oauth2/token');
    const refused = async (headers, more = {}) => {
      const answer = await nobody.get(kCallback + query({ ...given, ...more }), { ...kHtml, ...headers });
      assert.equal(answer.status, 302);
      assert.equal(answer.headers.get('location'), `${kFrontend}/login?error=oauth_failed`);
    };
    await refused({});
    await refused({ cookie: `oauthState=${'x'.repeat(43)}` });
    expectProblem(await nobody.get(kCallback + query(given), { cookie: 'oauthState=other' }), 400, 'INVALID_OAUTH_STATE');
    assert.equal(x.countOf('/2/oauth2/token'), exchanges, 'nothing was spent');
    const cookie = `oauthState=${state}`;
    assert.equal((await nobody.get(kCallback + query(given), { ...kHtml, cookie })).headers.get('location'), `${kFrontend}/?auth=success`);
    await refused({ cookie });
    expectProblem(await nobody.get(kCallback + query(given)), 400, 'INVALID_OAUTH_STATE');
    expectProblem(await nobody.post(kCallback, given), 400, 'INVALID_OAUTH_STATE');
    assert.equal(x.countOf('/2/oauth2/token'), exchanges + 1);
  });

  test('refuses what is no answer of X', async () => {
    expectProblem(await nobody.get(kCallback), 400, 'INVALID_CALLBACK_PARAMS');
    expectProblem(await nobody.get(`${kCallback}?code=x`), 400, 'INVALID_CALLBACK_PARAMS');
    const faulty = expectProblem(await nobody.post(kCallback, { state: 5 }), 400, 'INVALID_CALLBACK_PARAMS');
    assert.deepEqual(faultsOf(faulty), ['code:invalid_type', 'state:invalid_type']);
    expectProblem(await nobody.post(kCallback, { code: 'x', state: 'y' }), 400, 'INVALID_OAUTH_STATE');
    expectProblem(await nobody.post(kCallback, { code: 'x', state: 'y'.repeat(43) }), 400, 'INVALID_OAUTH_STATE');
    const { state, authUrl } = expectOk(await nobody.get(kOauth));
    expectProblem(await nobody.get(kCallback + query({ error: 'access_denied', state })), 400, 'OAUTH_CALLBACK_ERROR');
    expectProblem(await nobody.post(kCallback, x.authorize(authUrl, '1')), 400, 'INVALID_OAUTH_STATE');
    const html = await nobody.get(`${kCallback}?error=access_denied`, kHtml);
    assert.equal(html.headers.get('location'), `${kFrontend}/login?error=oauth_failed`);
  });

  test('goes nowhere else afterwards', async () => {
    for (const redirect of ['https://evil.example', '//evil.example', '/\\evil.example', 'settings', '', '/a\nb', '/\tb'])
      expectProblem(await nobody.get(kOauth + query({ redirect })), 400, 'INVALID_REDIRECT_URL');
  });

  test('the same pair within a minute gets the same answer, by one exchange', async () => {
    const begun = expectOk(await nobody.get(kOauth));
    const pair = x.authorize(begun.authUrl, '2');
    const exchanges = x.countOf('/2/oauth2/token');
    let release;
    const before = new Promise((resolve) => (release = resolve));
    x.fault = ({ path: asked }) => (asked === '/2/oauth2/token' ? { before } : undefined);
    const asking = Array.from({ length: 5 }, () => nobody.post(kCallback, pair));
    await until(() => x.countOf('/2/oauth2/token') > exchanges);
    release();
    const answers = await Promise.all(asking);
    x.fault = undefined;
    answers.push(await nobody.post(kCallback, pair));
    for (const answer of answers) assert.deepEqual(expectOk(answer), answers[0].body);
    assert.equal(new Set(answers.map((answer) => cookiesOf(answer).sessionId)).size, 1);
    assert.equal(x.countOf('/2/oauth2/token'), exchanges + 1);
    expectProblem(await nobody.post(kCallback, { ...pair, code: 'another' }), 400, 'INVALID_OAUTH_STATE');
    expectProblem(await nobody.get(kCallback + query(pair)), 400, 'INVALID_OAUTH_STATE');
  });

  test('says when X fails, and repeats that too', async () => {
    const faults = [
      { status: 503 }, { cut: true }, { status: 400, body: { error: 'invalid_request' } }, { body: '<html>' },
      (request) => (request.path === '/2/users/me' ? { status: 500 } : undefined),
    ];
    for (const fault of faults) {
      const begun = expectOk(await nobody.get(kOauth));
      const pair = x.authorize(begun.authUrl, '2');
      x.fault = typeof fault === 'function' ? fault : () => fault;
      expectProblem(await nobody.post(kCallback, pair), 500, 'OAUTH_SERVICE_ERROR');
      x.fault = undefined;
      const exchanges = x.countOf('/2/oauth2/token');
      expectProblem(await nobody.post(kCallback, pair), 500, 'OAUTH_SERVICE_ERROR');
      assert.equal(x.countOf('/2/oauth2/token'), exchanges);
      expectOk(await logInByX(nobody, x, '2')); // the breaker counts failures in a row
    }
  });

  test('leaves no token in the database or the log', async () => {
    const [tokens] = await adminSql("SELECT encode(access_token, 'escape') || encode(refresh_token, 'escape') FROM x_accounts LIMIT 1",
      all.server.database.name);
    const secrets = [...x.access.keys(), ...x.refresh.keys()];
    assert.ok(secrets.length > 4);
    const written = [...tokens, ...all.server.stdout, ...all.server.stderr].join('\n');
    for (const secret of [...secrets, ...x.requests.map((r) => r.form.get('code')).filter(Boolean)]) assert.ok(!written.includes(secret));
  });
});

describe('who may sign up with X', () => {
  let all;
  afterEach(() => stopWithX(all));

  test('nobody but the first when it is closed', async () => {
    all = await startWithX({ env: { X_SIGNUP_ENABLED: 'false' } });
    const { x, nobody } = all;
    x.addUser('1', 'one');
    x.addUser('2', 'two');
    assert.equal(expectOk(await logInByX(nobody, x, '1')).user.role, 'admin');
    expectProblem(await logInByX(nobody, x, '2'), 403, 'REGISTRATION_DISABLED');
    assert.equal(x.revoked.length, 1, 'what X gave is given back');
    expectOk(await logInByX(nobody, x, '1'));
  });

  test('the listed ones by id or handle', async () => {
    all = await startWithX({ env: { X_ALLOWED_USERS: '22, @Handle' } });
    const { x, nobody } = all;
    for (const [id, name] of [['1', 'first'], ['22', 'byid'], ['3', 'hANDLE'], ['4', 'other']]) x.addUser(id, name);
    for (const id of ['1', '22', '3']) expectOk(await logInByX(nobody, x, id));
    expectProblem(await logInByX(nobody, x, '4'), 403, 'REGISTRATION_DISABLED');
  });

  test('nobody without an app', async () => {
    all = await startWithX({ env: { X_CLIENT_ID: '', X_CLIENT_SECRET: '' } });
    assert.equal(expectOk(await all.nobody.get('/api/auth/providers')).data.x, false);
    expectProblem(await all.nobody.get(kOauth), 503, 'OAUTH_SERVICE_UNAVAILABLE');
  });
});

describe('an account with a password', () => {
  let all;
  let x;
  let user;
  beforeEach(async () => {
    all = await startWithX();
    ({ x } = all);
    x.addUser('1', 'ann_on_x', 'Ann');
    user = await all.nobody.register('ann');
  });
  afterEach(() => stopWithX(all));

  const link = (client, userId = '1') => logInByX(client, x, userId, { link: 'true' });

  test('is linked to X, keeps its name, and can be left again', async () => {
    expectProblem(await all.nobody.get(`${kOauth}?link=true`), 401, 'MISSING_AUTH_HEADER');
    expectProblem(await user.delete('/api/auth/x/account'), 404, 'X_ACCOUNT_NOT_FOUND');
    const none = expectOk(await user.get('/api/auth/x/account')).data;
    assert.deepEqual([none.connected, none.status, none.xUserId, none.app], [false, 'none', null, 'shared']);
    const linked = expectOk(await link(user)).user;
    assert.deepEqual([linked.id, linked.username, linked.xUserId], [user.user.id, 'ann', '1']);
    const byX = expectOk(await logInByX(all.nobody, x, '1')).user;
    assert.deepEqual([byX.id, byX.username, byX.displayName], [user.user.id, 'ann', 'Ann']);
    assert.equal(expectOk(await user.get('/api/auth/me')).user.xUserId, '1');

    const [refresh] = [...x.refresh.keys()].slice(-1);
    expectOk(await user.delete('/api/auth/x/account'));
    assert.deepEqual(x.revoked, [refresh]);
    assert.equal(expectOk(await user.get('/api/auth/x/account')).data.status, 'none');
    assert.equal(expectOk(await user.get('/api/auth/me')).user.xUserId, null);
    assert.deepEqual(await adminSql('SELECT user_id FROM x_accounts', all.server.database.name), []);
    assert.notEqual(expectOk(await logInByX(all.nobody, x, '1')).user.id, user.user.id);
  });

  test('cannot take the X account of another one, nor be given one by a trick', async () => {
    expectOk(await link(user));
    const other = await all.nobody.register('bob');
    expectProblem(await link(other), 409, 'X_ACCOUNT_ALREADY_LINKED');
    x.addUser('2', 'bob_on_x');
    const begun = expectOk(await other.get(`${kOauth}?link=true`));
    expectProblem(await all.nobody.post(kCallback, x.authorize(begun.authUrl, '2')), 400, 'INVALID_OAUTH_STATE');
    const again = expectOk(await other.get(`${kOauth}?link=true`));
    expectProblem(await user.post(kCallback, x.authorize(again.authUrl, '2')), 400, 'INVALID_OAUTH_STATE');
    const page = expectOk(await other.get(`${kOauth}?link=true`));
    expectOk(await all.nobody.post(kCallback, x.authorize(page.authUrl, '2'), { cookie: `oauthState=${page.state}` }));
    assert.equal(expectOk(await other.get('/api/auth/x/account')).data.xUserId, '2');
  });

  test('and one without cannot lose its only way to log in', async () => {
    x.addUser('3', 'only_x');
    const only = clientOf(all.nobody, await logInByX(all.nobody, x, '3'));
    expectProblem(await only.delete('/api/auth/x/account'), 409, 'LAST_LOGIN_METHOD');
    assert.equal(expectOk(await only.get('/api/auth/x/account')).data.status, 'active');
    expectOk(await only.put('/api/auth/password', { newPassword: 'a long enough password' }));
    expectOk(await only.delete('/api/auth/x/account'));
  });

  test('uses an app of its own', async () => {
    const faults = expectProblem(await user.put('/api/auth/x/app', { clientSecret: 'a b', redirectUri: 'ftp://x' }), 400, 'INVALID_X_APP');
    assert.deepEqual(faultsOf(faults), ['clientId:invalid_type', 'clientSecret:invalid_string', 'redirectUri:invalid_string']);
    expectOk(await link(user));
    const shared = [...x.refresh.keys()].at(-1);
    x.apps.set('mine', '');
    const redirectUri = 'http://127.0.0.1:9/back';
    assert.deepEqual(expectOk(await user.put('/api/auth/x/app', { clientId: 'mine', clientSecret: null, redirectUri })).data, { app: 'own' });
    assert.deepEqual(x.revoked, [shared]);
    const state = () => user.get('/api/auth/x/account').then((a) => expectOk(a).data);
    assert.deepEqual([(await state()).app, (await state()).status], ['own', 'needs_reauth']);

    const begun = expectOk(await user.get(`${kOauth}?link=true`));
    const asked = new URL(begun.authUrl).searchParams;
    assert.deepEqual([asked.get('client_id'), asked.get('redirect_uri')], ['mine', redirectUri]);
    expectOk(await user.post(kCallback, x.authorize(begun.authUrl, '1')));
    assert.equal((await state()).status, 'active');
    // A login through the app of the server does not replace the cheaper connection.
    expectOk(await logInByX(all.nobody, x, '1'));
    assert.deepEqual(await adminSql('SELECT app, status FROM x_accounts', all.server.database.name), [['own', 'active']]);
    const stored = await adminSql("SELECT encode(secrets, 'escape') FROM x_apps", all.server.database.name);
    assert.ok(!stored[0][0].includes('mine'));

    const own = [...x.refresh.entries()].findLast(([, { app }]) => app === 'mine')[0];
    assert.deepEqual(expectOk(await user.delete('/api/auth/x/app')).data, { app: 'shared' });
    assert.equal(x.revoked.at(-1), own);
    assert.equal((await state()).status, 'needs_reauth');
    assert.equal((await state()).app, 'shared');
    assert.deepEqual(expectOk(await user.delete('/api/auth/x/app')).data, { app: 'shared' });
  });
});

describe('Redis and logins with X', () => {
  test('on two instances a pair is exchanged once; without Redis there is no login, and nothing else is lost', async () => {
    const x = await XLogin.start();
    const all = await Instances.start(2, { ...x.env, ENCRYPTION_KEY: 'of both' });
    try {
      x.addUser('1', 'one');
      const [first, second] = all.servers.map(({ url }) => new Client(url));
      const begun = expectOk(await first.get(kOauth));
      const pair = x.authorize(begun.authUrl, '1');
      const answers = await Promise.all([first, second, first, second].map((client) => client.post(kCallback, pair)));
      for (const answer of answers) assert.deepEqual(expectOk(answer), answers[0].body);
      assert.equal(x.countOf('/2/oauth2/token'), 1);

      const client = clientOf(first, answers[0]);
      const waiting = x.authorize(expectOk(await first.get(kOauth)).authUrl, '1');
      all.gates.forEach((gate) => gate.cut());
      await until(async () => (await first.get(kOauth)).status === 503);
      expectProblem(await first.get(kOauth), 503, 'SERVICE_UNAVAILABLE');
      expectProblem(await first.post(kCallback, waiting), 503, 'SERVICE_UNAVAILABLE');
      assert.equal(expectOk(await client.get('/api/auth/x/account')).data.status, 'active');
      all.gates.forEach((gate) => gate.open());
      await until(async () => (await first.get(kOauth)).status === 200);
      expectOk(await first.post(kCallback, waiting));
    } finally {
      x.stop();
      await all.stop();
    }
  });
});

describe('doctor x', () => {
  let x;
  let server;
  let database;
  let dataDir;
  let user;
  const kKey = 'first key';
  const env = (more = {}) => ({ ...database.env, ...x.env, DATA_DIR: dataDir, ENCRYPTION_KEY: kKey, LOG_LEVEL: 'warn', ...more });
  const doctor = (more, args = []) => runCommand(['doctor', 'x', ...args], { env: env(more) });
  const expectWell = ({ status, stdout, stderr }) => {
    assert.equal(status, 0, stderr);
    return stdout;
  };
  const expectIll = ({ status, stdout, stderr }, words) => {
    assert.equal(status, 1, stdout);
    assert.match(stderr, words);
  };
  const expire = () => adminSql("UPDATE x_accounts SET expires_at = now() + interval '1 minute'", database.name);
  const refreshes = () => x.countOf('/2/oauth2/token', 'refresh_token');
  const statusOf = async () => expectOk(await user.get('/api/auth/x/account')).data.status;

  before(async () => {
    database = await withDatabase();
    dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-doctor-'));
  });
  beforeEach(async () => {
    x = await XLogin.start();
    x.addUser('1', 'ann_on_x');
    server = await startTestServer({ database, env: { ...x.env, ENCRYPTION_KEY: kKey } });
    await adminSql('DELETE FROM users', database.name);
    user = await new Client(server.url).register('ann');
    expectOk(await logInByX(user, x, '1', { link: 'true' }));
  });
  afterEach(() => stopWithX({ x, server }));
  after(async () => {
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  test('says that all is well, by one request', async () => {
    const asked = x.countOf('/2/users/me');
    assert.match(expectWell(await doctor()), /^X answers: ann is connected as @ann_on_x \(1\) through the server's app/);
    assert.equal(x.countOf('/2/users/me'), asked + 1);
    assert.equal(refreshes(), 0);
    assert.match(expectWell(await doctor({ X_APP_OWNER_ID: '1' }, ['--user', 'ann'])), /owned reads/);
  });

  test('says what is not there', async () => {
    expectIll(await doctor({ X_CLIENT_ID: '', X_CLIENT_SECRET: '' }), /no X app: set X_CLIENT_ID/);
    expectIll(await doctor({}, ['--user', 'nobody']), /no account of this name/);
    expectOk(await user.delete('/api/auth/x/account'));
    expectIll(await doctor(), /ann is not connected to X/);
  });

  test('says what X complains of', async () => {
    const reset = Math.floor(Date.now() / 1000) + 600;
    const cases = [
      [{ status: 429, headers: { 'x-rate-limit-reset': String(reset) }, body: { errors: [{ code: 88, message: 'Rate limit exceeded' }] } },
        new RegExp(`until ${new Date(reset * 1000).toISOString()}`)],
      [{ status: 402, body: { title: 'CreditsDepleted' } }, /out of credits/],
      [{ status: 403, body: { reason: 'client-not-enrolled', type: 'https://api.x.com/2/problems/client-forbidden' } }, /may not use the API/],
      [{ status: 503 }, /X answers 503/],
      [{ body: '<html>' }, /cannot be read/],
      [{ cut: true }, /could not be asked: broken/],
    ];
    for (const [answer, words] of cases) {
      x.fault = () => answer;
      expectIll(await doctor(), words);
    }
    expectIll(await doctor({ X_API_BASE_URL: 'http://127.0.0.1:1' }), /unreachable.*check the network/s);
    let release;
    x.fault = () => ({ wait: new Promise((resolve) => (release = resolve)) });
    expectIll(await doctor({ X_API_TIMEOUT: '200ms' }), /timed out/);
    release();
    assert.equal(await statusOf(), 'active');
  });

  test('misses scopes', async () => {
    x.scopes = 'tweet.read users.read';
    expectOk(await logInByX(new Client(server.url), x, '1'));
    expectIll(await doctor(), /lacks the scopes bookmark\.read offline\.access/);
  });

  test('a token that X does not accept any more is refreshed once', async () => {
    x.access.clear();
    expectWell(await doctor());
    assert.equal(refreshes(), 1);
    x.fault = (request) => (request.path === '/2/users/me' ? { status: 401 } : undefined);
    expectIll(await doctor(), /does not accept the token/);
    assert.equal(refreshes(), 2);
  });

  test('of many that find a token about to expire at once, one refreshes it', async () => {
    await expire();
    let release;
    const before = new Promise((resolve) => (release = resolve));
    x.fault = ({ path: asked }) => (asked === '/2/oauth2/token' ? { before } : undefined);
    const asking = Array.from({ length: 4 }, () => doctor());
    await until(async () => {
      const [[waiting]] = await adminSql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()", database.name);
      return waiting === '3';
    }, 60_000);
    release();
    for (const outcome of await Promise.all(asking)) expectWell(outcome);
    x.fault = undefined;
    assert.equal(refreshes(), 1);
    assert.equal(x.spent.size, 1);
    expectWell(await doctor());
    assert.equal(refreshes(), 1);
  });

  test('a refresh that X refuses needs a new login; after it all is well', async () => {
    await expire();
    x.refresh.clear(); // as after a reuse: X ends the whole grant
    expectIll(await doctor(), /X has ended the connection of ann \(invalid_request: .*log in with X again/s);
    assert.equal(await statusOf(), 'needs_reauth');
    const asked = x.requests.length;
    expectIll(await doctor(), /log in with X again/);
    assert.equal(x.requests.length, asked, 'X is not asked again');
    expectOk(await logInByX(new Client(server.url), x, '1'));
    assert.equal(await statusOf(), 'active');
    expectWell(await doctor());
  });

  test('a refresh that fails otherwise is no end: the old token serves while it lives', async () => {
    for (const answer of [{ status: 503 }, { cut: true }, { status: 429 }, { body: '' }]) {
      await expire();
      x.fault = (request) => (request.path === '/2/oauth2/token' ? answer : undefined);
      expectWell(await doctor());
      await adminSql("UPDATE x_accounts SET expires_at = now() - interval '1 second'", database.name);
      expectIll(await doctor(), /could not be refreshed/);
      assert.equal(await statusOf(), 'active');
      x.fault = undefined;
      expectWell(await doctor());
    }
  });

  test('keys change: what older ones sealed is read with them, and is lost without', async () => {
    expectWell(await doctor({ ENCRYPTION_KEY: 'second key', ENCRYPTION_KEY_PREVIOUS: `other,${kKey}` }));
    await expire();
    expectWell(await doctor({ ENCRYPTION_KEY: 'second key', ENCRYPTION_KEY_PREVIOUS: kKey }));
    expectWell(await doctor({ ENCRYPTION_KEY: 'second key' })); // the new pair was sealed with it
    expectIll(await doctor({ ENCRYPTION_KEY: 'third key' }), /log in with X again/);
  });
});
