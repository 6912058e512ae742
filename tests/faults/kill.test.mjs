// kill -9 of the server, of PostgreSQL and of Redis while users read and write. XBM_FAULTS=full kills more often.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readlink, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { bookmark, expectOk, startTestServer, until } from '../support/client.mjs';
import { isFull, printReport, report } from '../support/fault_report.mjs';
import { MixedLoad, registerUsers } from '../support/mixed_load.mjs';
import { OwnPostgres } from '../support/postgres.mjs';
import { startRedis } from '../support/redis.mjs';

const run = promisify(execFile);

const kTimes = isFull ? 10 : 2;
const kUsers = 4;
const kWritesBetween = 100;
const kRecoveryMs = 60_000; // a bound on waiting, not a promise

after(printReport);

/** Waits for many more writes; gives the ms from `begin` to the first of them. */
async function recovers(load, begin) {
  const before = load.acknowledged;
  const goesOn = (count) => until(() => {
    load.throwFailure();
    return load.acknowledged >= before + count;
  }, kRecoveryMs);
  await goesOn(1);
  const ms = performance.now() - begin;
  await goesOn(kWritesBetween);
  return ms;
}

/** The pid of a private service as the server logged it last, while the log still holds that line. */
function pidOf(server, service) {
  const started = server.logs().filter((line) => line.service === service && /^private service (re)?started$/.test(line.msg));
  return started.at(-1)?.pid;
}

/** Asks the private PostgreSQL of a server that has just started, wherever it has put its socket. */
async function sqlOf(server) {
  const cluster = await readlink(`/proc/${pidOf(server, 'postgres')}/cwd`);
  const sockets = (await readFile(path.join(cluster, 'postmaster.pid'), 'utf8')).split('\n')[4];
  return async (text) => {
    const { stdout } = await run(process.env.XBM_TEST_PSQL,
      ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', text, `postgresql://xbookmarker@/xbookmarker?host=${sockets}`]);
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
  };
}

async function withDirectory(use) {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-faults-'));
  try {
    await use(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** A server on a PostgreSQL and a Redis of the test's own: `use({server, restart, sql})`. */
async function withStores(use) {
  const postgres = await OwnPostgres.create();
  const redis = await startRedis();
  const start = () => startTestServer({ database: { env: { DATABASE_URL: postgres.url, REDIS_URL: redis.url } }, env: { WORKERS: '2' } });
  const stores = {
    server: await start(),
    sql: (text) => postgres.sql(text, 'xbookmarker'),
    restart: async () => {
      await stores.server.kill9();
      await stores.server.stop(); // its data directory
      stores.server = await start();
    },
  };
  try {
    await use(stores);
  } finally {
    await stores.server.stop();
    await redis.stop();
    await postgres.remove();
  }
  assert.equal(stores.server.child.exitCode, 0);
}

/** Runs a load from before `disturb` until after it, checks what is there, and gives the load. */
async function under(load, check, disturb) {
  try {
    await recovers(load, performance.now());
    await disturb();
  } finally {
    await load.stop();
  }
  await check();
}

test('the checker notices a changed and a lost write, a foreign bookmark, a wrong counter and a wrong version', () => withStores(async (stores) => {
  const load = new MixedLoad(await registerUsers(stores.server.url, 2, 'noticed'), { urlOf: () => stores.server.url });
  const check = () => load.check(stores.sql);
  await under(load, check, () => {});
  const one = '(user_id, id) = (SELECT user_id, id FROM bookmarks ORDER BY id LIMIT 1)';
  for (const [change, complaint] of [
    [`UPDATE bookmarks SET note = 'never written' WHERE ${one}`, /never written instead of/],
    [`DELETE FROM bookmarks WHERE ${one}`, /absent instead of/],
    ['UPDATE library SET active_count = active_count + 1', /counter of a library/],
    ['UPDATE library SET version = 1', /version above its library/],
    [`UPDATE bookmarks SET content = 'of another' WHERE ${one}`, /sees what is not his/],
  ]) {
    // Behind the back of triggers, caches and the libraries in memory.
    await stores.sql(`SET session_replication_role = replica; UPDATE library SET version = version + 1; ${change}`);
    await stores.restart();
    await assert.rejects(check, complaint, change);
  }
}));

test('a server that is killed loses nothing that it acknowledged', () => withStores(async (stores) => {
  const load = new MixedLoad(await registerUsers(stores.server.url, kUsers, 'killed'), { urlOf: () => stores.server.url });
  const times = [];
  await under(load, () => load.check(stores.sql), async () => {
    for (let i = 0; i < kTimes; ++i) {
      const begin = performance.now();
      await stores.restart();
      times.push(await recovers(load, begin));
    }
  });
  report('server killed', load.figures, times);
}));

for (const service of ['postgres', 'redis']) {
  test(`a private ${service} that is killed is started again, and nothing acknowledged is lost`, () => withDirectory(async (dataDir) => {
    const server = await startTestServer({ database: false, dataDir, env: { WORKERS: '2' } });
    try {
      const sql = await sqlOf(server);
      let pid = pidOf(server, service);
      const users = await registerUsers(server.url, kUsers, service);
      const load = new MixedLoad(users);
      const times = [];
      await under(load, () => load.check(sql), async () => {
        for (let i = 0; i < kTimes; ++i) {
          const begin = performance.now();
          const killed = pid;
          process.kill(killed, 'SIGKILL');
          pid = await until(() => [pidOf(server, service)].find((now) => now && now !== killed), kRecoveryMs);
          times.push(await recovers(load, begin));
        }
      });
      report(`private ${service} killed`, load.figures, times);
      for (let i = 0; i < 20; ++i) expectOk(await users[0].client.post('/api/bookmarks', bookmark({ content: users[0].mark })), 201);
      assert.equal(server.countOf('private service restarted'), kTimes);
    } finally {
      await server.stop();
    }
    assert.equal(server.child.exitCode, 0);
    assert.deepEqual(server.stderr.filter((line) => /Sanitizer|runtime error:|Assertion/.test(line)), []);
  }));
}
