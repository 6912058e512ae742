// More than the server can do at a time: some are refused at once, none hangs, and it recovers. And its end under load.
// Requests are made slow by holding the lock of the user's library; nothing here depends on how fast the machine is.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { test } from 'node:test';
import { Client, bookmark, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { adminSql, withDatabase } from '../support/server.mjs';

/** Keeps the library of every user locked until `release()`. */
async function holdLibraries(database) {
  const url = new URL(process.env.XBM_TEST_ADMIN_URL.replace('@/', '@localhost/'));
  url.pathname = `/${database.name}`;
  const psql = process.env.XBM_TEST_PSQL ?? 'psql';
  const child = spawn(psql, ['-X', '-q', '-A', '-t', url.href.replace('@localhost/', '@/')], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.write("BEGIN; SELECT 'held' FROM (SELECT FROM library FOR UPDATE) AS l LIMIT 1;\n");
  const [said] = await once(child.stdout, 'data');
  assert.match(String(said), /held/);
  return { release: async () => {
    child.stdin.end('COMMIT;\n');
    await once(child, 'exit');
  } };
}

test('too many slow requests: some are refused at once, the rest is answered, the server recovers', async () => {
  const server = await startTestServer({ env: { WORKERS: '1', POOL_ACQUIRE_TIMEOUT: '60s', STATEMENT_TIMEOUT: '60s' } });
  try {
    const nobody = new Client(server.url);
    const user = await nobody.register('ann');
    await user.addBookmark();
    const held = await holdLibraries(server.database);
    const count = 400;
    let refused = 0;
    const answers = Array.from({ length: count }, async () => {
      const answer = await user.post('/api/bookmarks', bookmark());
      if (answer.status === 503) refused += 1;
      return answer;
    });
    await until(() => refused >= 100, 60_000);
    expectOk(await nobody.get('/healthz'));
    expectOk(await nobody.get('/api/status'));
    await held.release();
    let made = 0;
    for (const answer of await Promise.all(answers)) {
      if (answer.status === 201) {
        made += 1;
        continue;
      }
      const problem = expectProblem(answer, 503, 'SERVICE_UNAVAILABLE');
      assert.ok(problem.retryAfter >= 1);
      assert.equal(Number(answer.headers.get('retry-after')), problem.retryAfter);
    }
    assert.ok(made > 0 && made < count, `${made} of ${count}`);
    await until(async () => (await user.post('/api/bookmarks', bookmark())).status === 201);
    const { total } = expectOk(await user.get('/api/bookmarks')).data.pagination;
    assert.equal(total, made + 2, 'what was refused was not done');
  } finally {
    await stopClean(server);
  }
});

test('OVERLOAD_LIMIT=off lets everybody wait', async () => {
  const server = await startTestServer({
    env: { WORKERS: '1', OVERLOAD_LIMIT: 'off', POOL_ACQUIRE_TIMEOUT: '60s', STATEMENT_TIMEOUT: '60s' },
  });
  try {
    const user = await new Client(server.url).register('ann');
    await user.addBookmark();
    const held = await holdLibraries(server.database);
    const answers = Array.from({ length: 150 }, () => user.post('/api/bookmarks', bookmark()));
    // All have arrived when this one has: the server reads them in the order of their connections.
    await until(async () => (await adminSql(
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", server.database.name))[0][0] !== '0');
    await held.release();
    for (const answer of await Promise.all(answers)) expectOk(answer, 201);
  } finally {
    await stopClean(server);
  }
});

/** One request over `agent`; says whether the server closes the connection after it. */
function ask(agent, url, method, path, token, body) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) };
    const sent = request(url + path, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => resolve({ status: answer.statusCode, closes: answer.headers.connection === 'close' }));
      answer.once('error', reject);
    });
    sent.once('error', reject);
    sent.end(body && JSON.stringify(body));
  });
}

test('SIGTERM under load drops no request, and what was acknowledged is there', async () => {
  const database = await withDatabase();
  const server = await startTestServer({ database });
  const user = await new Client(server.url).register('ann');
  await user.addBookmark();
  let answered = 0;
  let made = 1;
  let closed = 0;
  const faults = [];
  const work = async (number) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; ; ++i) {
      const isWrite = (number + i) % 2 === 0;
      try {
        const { status, closes } = isWrite
          ? await ask(agent, server.url, 'POST', '/api/bookmarks', user.token, bookmark())
          : await ask(agent, server.url, 'GET', '/api/bookmarks?limit=5', user.token);
        if (status !== (isWrite ? 201 : 200)) faults.push(`status ${status}`);
        answered += 1;
        if (status === 201) made += 1;
        if (closes) closed += 1;
        if (closes) break;
      } catch (error) {
        faults.push(String(error));
        break;
      }
    }
    agent.destroy();
  };
  const workers = Array.from({ length: 24 }, (_, i) => work(i));
  await until(() => answered >= 300, 60_000);
  await stopClean(server);
  await Promise.all(workers);
  assert.deepEqual(faults, []);
  assert.equal(closed, 24, 'every connection was told that it ends');
  const [[rows]] = await adminSql('SELECT count(*) FROM bookmarks', database.name);
  assert.equal(Number(rows), made);
  await database.drop();
});
