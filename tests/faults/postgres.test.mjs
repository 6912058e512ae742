// What happens to PostgreSQL while requests are served: restarts, clients that leave, TLS, a pooler in between.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bookmark, Client, expectOk, startTestServer, stopClean, until } from '../support/client.mjs';
import { freePort, OwnPostgres, PgBouncer } from '../support/postgres.mjs';
import { runCommand } from '../support/server.mjs';

const run = promisify(execFile);

let postgres;
before(async () => {
  postgres = await OwnPostgres.create();
});
after(() => postgres?.remove());

let servers = 0;
/** A server on `url` that answers nothing from its cache. */
function start(url, env = {}) {
  servers += 1;
  return startTestServer({
    database: { env: { DATABASE_URL: url, REDIS_URL: process.env.REDIS_URL, REDIS_PREFIX: `faults_${process.pid}_${servers}:` } },
    env: { CACHE_ENABLED: 'false', WORKERS: '2', ...env },
  });
}

/** Reads and writes with `count` clients until `stop()`, which returns the statuses and what was created. */
function load(user, count) {
  const statuses = new Map();
  const created = [];
  let going = true;
  const clients = Array.from({ length: count }, async (_, i) => {
    while (going) {
      const answer = i % 2 ? await user.get('/api/bookmarks?limit=20') : await user.post('/api/bookmarks', bookmark());
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
      if (answer.status === 201) created.push(answer.body.data.bookmark.id);
      if (answer.status === 503) assert.ok(answer.headers.get('retry-after'), 'says when to come again');
      if (answer.status === 503) await sleep(5);
    }
  });
  return {
    statuses,
    created,
    stop: async () => {
      going = false;
      await Promise.all(clients);
    },
  };
}

test('a restart of PostgreSQL under load costs errors only while it is down, and no data', async () => {
  const server = await start(postgres.url);
  const user = await new Client(server.url).register('restart');
  for (const signal of ['SIGINT', 'SIGQUIT']) {
    const running = load(user, 16);
    await until(() => (running.statuses.get(201) ?? 0) > 20);
    await postgres.stop(signal);
    await until(() => (running.statuses.get(503) ?? 0) > 5);
    await postgres.start();
    // Whole again: many in a row without an error, on all connections of both workers.
    await until(async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => user.get('/api/bookmarks?limit=1')));
      return answers.every((answer) => answer.status === 200);
    });
    const before503 = running.statuses.get(503);
    const before201 = running.statuses.get(201);
    await until(() => running.statuses.get(201) > before201 + 50);
    await running.stop();
    assert.equal(running.statuses.get(503), before503, 'no error after it was whole');
    assert.deepEqual([...running.statuses.keys()].filter((status) => ![200, 201, 503].includes(status)), []);
    const { items } = await user.all('/api/bookmarks');
    const ids = new Set(items.map(({ id }) => id));
    assert.deepEqual(running.created.filter((id) => !ids.has(id)), [], 'what was confirmed is there');
  }
  await stopClean(server);
});

test('a client that leaves takes his query with him', async () => {
  const server = await start(postgres.url);
  const user = await new Client(server.url).register('leaver');
  await user.addBookmark();
  const unlock = await postgres.lock('bookmarks');
  const waiting = async () => Number((await postgres.sql(
    "SELECT count(*) FROM pg_stat_activity WHERE usename = 'xbookmarker' AND wait_event_type = 'Lock'"))[0][0]);
  const leaving = new AbortController();
  const answer = fetch(`${server.url}/api/bookmarks?limit=7`, {
    headers: { authorization: `Bearer ${user.token}` }, signal: leaving.signal,
  });
  await until(async () => (await waiting()) === 1);
  leaving.abort();
  await assert.rejects(answer);
  await until(async () => (await waiting()) === 0);
  await unlock();
  assert.equal(expectOk(await user.get('/api/bookmarks')).data.pagination.total, 1);
  await stopClean(server);
});

test('certificates are checked unless the operator says otherwise', async () => {
  const openssl = (...args) => run('openssl', args, { cwd: scratch });
  const scratch = await mkdtemp(path.join(tmpdir(), 'xbm-tls-'));
  await openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2',
    '-subj', '/CN=xbm test', '-addext', 'subjectAltName=IP:0.0.0.0', '-keyout', 'key.pem', '-out', 'cert.pem');
  const port = await freePort();
  const secured = await OwnPostgres.create();
  const key = await secured.write('key.pem', await readFile(path.join(scratch, 'key.pem')));
  const cert = await secured.write('cert.pem', await readFile(path.join(scratch, 'cert.pem')));
  await secured.stop();
  secured.port = port;
  secured.settings = ['listen_addresses=127.0.0.1', 'ssl=on', `ssl_key_file=${key}`, `ssl_cert_file=${cert}`];
  await secured.start();
  // Linux reaches the loopback interface by this address, which does not look local.
  const migrate = (env) => runCommand(['migrate'], { env: { DATA_DIR: path.join(scratch, 'data'), ...env } });
  const url = `postgresql://xbookmarker@0.0.0.0:${port}/xbookmarker`;
  const parts = { DATABASE_HOST: '0.0.0.0', DATABASE_PORT: String(port), DATABASE_NAME: 'xbookmarker', DATABASE_USER: 'xbookmarker' };

  const unknown = await migrate({ DATABASE_URL: url });
  assert.notEqual(unknown.status, 0);
  assert.match(unknown.stdout + unknown.stderr, /certificate verify failed/);
  const forged = await migrate({ ...parts });
  assert.match(forged.stdout + forged.stderr, /certificate verify failed/);
  const otherUrl = url.replace('0.0.0.0', 'other.example');
  const otherName = await migrate({ DATABASE_URL: `${otherUrl}?hostaddr=0.0.0.0&sslrootcert=${scratch}/cert.pem` });
  assert.match(otherName.stdout + otherName.stderr, /does not match host name/);
  for (const env of [
    { DATABASE_URL: `${url}?sslrootcert=${scratch}/cert.pem` },
    { DATABASE_URL: `${url}?sslmode=require` },
    { ...parts, DATABASE_SSL: 'no-verify' },
    { ...parts, DATABASE_SSL: 'false' },
  ]) {
    const fine = await migrate(env);
    assert.equal(fine.status, 0, fine.stdout + fine.stderr);
  }
  await secured.remove();
  await rm(scratch, { recursive: true, force: true });
});

test('everything works through a pooler in transaction mode without named statements', async () => {
  const bouncer = await PgBouncer.create(postgres);
  const server = await start(bouncer.url, { DATABASE_PREPARED_STATEMENTS: 'false' });
  try {
    await useIt(server);
  } finally {
    await stopClean(server);
    await bouncer.stop();
  }
});

async function useIt(server) {
  const users = await Promise.all(Array.from({ length: 4 }, (_, i) => new Client(server.url).register(`pooled${i}`)));
  await Promise.all(users.map(async (user, i) => {
    const made = await Promise.all(Array.from({ length: 30 }, (_, n) => user.addBookmark({ content: `mark ${i} of ${n}` })));
    const lists = await Promise.all(Array.from({ length: 30 }, () => user.get('/api/bookmarks?limit=50')));
    for (const list of lists) {
      const found = expectOk(list).data.bookmarks;
      assert.deepEqual(found.map(({ id }) => id).sort(), made.map(({ id }) => id).sort(), 'his own and no others');
    }
    assert.equal(expectOk(await user.get(`/api/search?q=${encodeURIComponent('mark')}`)).data.pagination.total, 30);
    expectOk(await user.put(`/api/bookmarks/${made[0].id}`, { title: 'changed' }));
    expectOk(await user.delete(`/api/bookmarks/${made[1].id}`));
    assert.equal(expectOk(await user.get('/api/bookmarks')).data.pagination.total, 29);
  }));
}
