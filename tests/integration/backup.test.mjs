// Backups (contract 3.13): made through the API and the command, shown, scheduled, kept, tried.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Client, expectOk, expectProblem, faultsOf, kNobodysId, kTime, kUuid, startTestServer, stopClean, until } from '../support/client.mjs';
import { Receiver } from '../support/receiver.mjs';
import { adminSql, runCommand } from '../support/server.mjs';
import { unzip } from '../support/unzip.mjs';

const kToken = 'metrics-token-of-forty-characters-000000';
const kSecret = 'a-secret-of-the-configuration-1234567';
const kReads = ['history', 'stats', 'schedule/status', 'health'].map((name) => `/api/backup/${name}`);
const kWrites = ['manual', 'schedule/start', 'schedule/stop', 'test'].map((name) => `/api/backup/${name}`);
const kEndMs = 60_000;

let receiver;
let server;
let nobody;
let admin;
let user;
let scraper;
before(async () => {
  receiver = await Receiver.start();
  server = await startTestServer({
    env: { ALLOW_PRIVATE_ADDRESSES: '127.0.0.1', METRICS_TOKEN: kToken, BACKUP_WEBHOOK_URL: `${receiver.url}/hook?key=${kSecret}`, BACKUP_TIMEZONE: 'Europe/Berlin', ENCRYPTION_KEY: kSecret },
  });
  nobody = new Client(server.url);
  admin = await nobody.register('admin');
  user = await nobody.register('user');
  scraper = new Client(server.url, { token: kToken });
  for (let i = 0; i < 5; ++i) await user.addBookmark({ content: `料理 ${i}` });
});
after(async () => {
  receiver?.stop();
  await stopClean(server);
});

const sql = (text) => adminSql(text, server.database.name);
const storage = (...names) => path.join(server.dataDir, 'storage', ...names);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const jobOf = (client, id) => until(async () => {
  const { job } = expectOk(await client.get(`/api/jobs/${id}`)).data;
  return job.finishedAt && job;
}, kEndMs);
/** Makes a backup through the API and returns its job. */
async function backUp(client, body = {}) {
  const begun = expectOk(await client.post('/api/backup/manual', body));
  return jobOf(client, begun.jobId);
}
/** The command, beside the server. */
const command = (args, env = {}) => runCommand(args, {
  env: { DATA_DIR: server.dataDir, ...server.database.env, ENCRYPTION_KEY: kSecret, ...env },
});

test('nobody but administrators, and METRICS_TOKEN for reading', async () => {
  for (const path_ of [...kReads, '/api/backup/details/daily-x']) {
    expectProblem(await nobody.get(path_), 401, 'MISSING_AUTH_HEADER');
    expectProblem(await user.get(path_), 403, 'ADMIN_REQUIRED');
    assert.notEqual((await scraper.get(path_)).status, 401, path_);
  }
  for (const path_ of kWrites) {
    expectProblem(await nobody.post(path_, {}), 401, 'MISSING_AUTH_HEADER');
    expectProblem(await user.post(path_, {}), 403, 'ADMIN_REQUIRED');
    expectProblem(await scraper.post(path_, {}), 401, 'INVALID_TOKEN');
  }
});

test('before the first backup: empty, unhealthy', async () => {
  assert.deepEqual(expectOk(await admin.get('/api/backup/history')).history, []);
  const stats = expectOk(await admin.get('/api/backup/stats'));
  assert.deepEqual([stats.totalBackups, stats.successRate, stats.lastBackup, stats.lastBackupAgo], [0, 0, undefined, null]);
  const health = await admin.get('/api/backup/health');
  assert.equal(health.status, 503);
  assert.deepEqual([health.body.status, health.body.code], ['unhealthy', 'UNHEALTHY']);
  expectProblem(await admin.get('/api/backup/details/daily-2026-01-01T00-00-00-000Z'), 404, 'BACKUP_NOT_FOUND');
  expectProblem(await admin.get('/api/backup/history?cursor=%25%25'), 400, 'INVALID_CURSOR');
  expectProblem(await admin.get('/api/backup/history?cursor=bm8'), 400, 'INVALID_CURSOR');
  expectProblem(await admin.get('/api/backup/history?limit=x'), 400, 'INVALID_QUERY_PARAMS');
});

test('a backup: asked for, made, shown, on disk', async () => {
  await mkdir(storage('exports', user.user.id), { recursive: true });
  await writeFile(storage('exports', user.user.id, 'a.json'), '{"kept":true}');
  const faults = expectProblem(await admin.post('/api/backup/manual', { type: 'hourly', targets: { database: 'x' } }), 400, 'INVALID_BACKUP_TYPE');
  assert.deepEqual(faultsOf(faults), ['type:invalid_enum_value', 'targets.database:invalid_type']);
  const none = { database: false, userFiles: false, systemFiles: false, logs: false };
  expectProblem(await admin.post('/api/backup/manual', { targets: none }), 400, 'INVALID_BACKUP_TYPE');

  const begun = expectOk(await admin.post('/api/backup/manual', { type: 'weekly', targets: { systemFiles: true, logs: true } }));
  assert.equal(begun.type, 'weekly');
  assert.equal(begun.status, 'started');
  assert.match(begun.timestamp, kTime);
  assert.match(begun.jobId, kUuid);
  const job = await jobOf(admin, begun.jobId);
  assert.equal(job.state, 'completed', JSON.stringify(job.error));
  assert.equal(job.type, 'backup');
  assert.deepEqual([job.progress.percentage, job.progress.currentStep], [100, 'completed']);

  const { history, totalItems, pagination } = expectOk(await admin.get('/api/backup/history'));
  assert.deepEqual([totalItems, pagination.total, pagination.hasMore, history.length], [1, 1, false, 1]);
  const [made] = history;
  assert.deepEqual(job.result, made);
  assert.match(made.id, /^weekly-/);
  assert.deepEqual([made.status, made.errors], ['success', []]);
  assert.deepEqual([made.metadata.userCount, made.metadata.bookmarkCount, made.metadata.fileCount], [2, 5, 1]);
  assert.ok(made.metadata.databaseSize > 1e6 && made.duration > 0);
  const { success, ...details } = expectOk(await admin.get(`/api/backup/details/${made.id}`));
  assert.ok(success);
  assert.deepEqual(details, made);

  const folders = ['backups/database/database', 'backups/user-files/user-files', 'backups/system/system-files', 'backups/logs/logs', 'backups/manifest/manifest'];
  assert.deepEqual(made.files.map((key) => key.split(`-${made.id}-`)[0]), folders);
  const bytes = await Promise.all(made.files.map((key) => readFile(storage(key))));
  assert.equal(made.size, bytes.reduce((sum, one) => sum + one.length, 0));
  const manifest = JSON.parse(bytes[4]);
  assert.deepEqual(manifest.files.map(({ key, size, sha256: digest }) => [key, size, digest]),
    made.files.slice(0, 4).map((key, i) => [key, bytes[i].length, sha256(bytes[i])]));
  assert.equal(manifest.tables.find(({ name }) => name === 'public.bookmarks').rows, 5);
  assert.equal(bytes[0].subarray(0, 5).toString(), 'PGDMP');
  assert.deepEqual(Object.entries(unzip(bytes[1])).map(([name, content]) => [name, content.toString()]),
    [[`exports/${user.user.id}/a.json`, '{"kept":true}']]);

  const stats = expectOk(await admin.get('/api/backup/stats'));
  assert.deepEqual([stats.totalBackups, stats.successRate, stats.totalSize, stats.lastBackup, stats.lastBackupAgo], [1, 100, made.size, made.timestamp, 0]);
  const health = expectOk(await admin.get('/api/backup/health'));
  assert.deepEqual([health.status, health.checks], ['healthy', { recentBackup: true, goodSuccessRate: true }]);
});

test('no secret is in a backup of the configuration', async () => {
  const job = await backUp(admin, { targets: { database: false, userFiles: false, systemFiles: true, logs: true } });
  assert.equal(job.state, 'completed', JSON.stringify(job.error));
  const [system, logs] = await Promise.all(job.result.files.slice(0, 2).map(async (key) => gunzipSync(await readFile(storage(key))).toString('latin1')));
  assert.match(system, /configuration\.txt[\s\S]*BACKUP_TIMEZONE=Europe\/Berlin[\s\S]*manifest\.json/);
  for (const secret of [kSecret, kToken, 'integration-tests-need']) assert.ok(!system.includes(secret), 'no secret');
  assert.match(system, /BACKUP_WEBHOOK_URL=<hidden>/);
  assert.match(logs, /none\.txt[\s\S]*keeps no log files/);
  assert.deepEqual(job.result.metadata.bookmarkCount, 5);
});

test('one at a time', async () => {
  // Somebody else holds the lock of backups: the command of another process, say.
  const lock = 'SELECT pg_advisory_lock(5018273645546372), pg_sleep(3)';
  const held = sql(lock);
  await until(async () => (await sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 5018273645546372 % 4294967296")).length > 0);
  expectProblem(await admin.post('/api/backup/test', {}), 409, 'BACKUP_RUNNING');
  const beside = await command(['backup']);
  assert.equal(beside.status, 1);
  assert.match(beside.stderr, /another backup/);
  await held;

  // A job that waits is one that has not ended.
  await sql(`INSERT INTO jobs (user_id, id, type, state, created_at, place) VALUES ('${admin.user.id}', '${kNobodysId}', 'backup', 'queued', now(), 'elsewhere')`);
  const problem = expectProblem(await admin.post('/api/backup/manual', {}), 409, 'BACKUP_RUNNING');
  assert.equal(problem.jobId, kNobodysId);
  await assert.rejects(sql(`INSERT INTO jobs (user_id, id, type, state, created_at) VALUES ('${user.user.id}', '${admin.user.id}', 'backup', 'queued', now())`), /jobs_one_backup_idx/);
  expectOk(await admin.delete(`/api/jobs/${kNobodysId}`));
  const both = await Promise.all([1, 2, 3].map(() => admin.post('/api/backup/manual', {})));
  assert.deepEqual(both.map(({ status }) => status).sort(), [200, 409, 409]);
  await jobOf(admin, both.find(({ status }) => status === 200).body.jobId);
});

test('a repeated key makes no second backup', async () => {
  const key = { 'idempotency-key': 'backup-once' };
  const first = expectOk(await admin.post('/api/backup/manual', {}, key));
  await jobOf(admin, first.jobId);
  const again = expectOk(await admin.post('/api/backup/manual', {}, key));
  assert.equal(again.jobId, first.jobId);
});

test('the test reads back what it made and leaves nothing', async () => {
  const before_ = await readdir(storage('backups', 'database'));
  const { result } = expectOk(await admin.post('/api/backup/test', {}));
  assert.deepEqual([result.type, result.status, result.errors], ['test', 'success', []]);
  assert.match(result.id, /^test-/);
  assert.deepEqual(await readdir(storage('backups', 'database')), before_);
  assert.ok(!expectOk(await admin.get('/api/backup/history')).history.some(({ id }) => id === result.id));
});

test('the command makes backups too, and tries them', async () => {
  const made = await command(['backup', '--type', 'monthly']);
  assert.equal(made.status, 0, made.stderr);
  const id = made.stdout.split('\t')[0];
  assert.match(id, /^monthly-/);
  assert.equal(expectOk(await admin.get(`/api/backup/details/${id}`)).status, 'success');
  assert.equal((await command(['backup', '--type', 'hourly'])).status, 2);

  // It needs a database of its own for that, which this role may not make.
  const refused = await command(['backup', '--verify', id]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /may not make databases.*CREATEDB/);
});

test('a history of pages', async () => {
  const { history } = expectOk(await admin.get('/api/backup/history'));
  assert.ok(history.length >= 5);
  const seen = [];
  let cursor = '';
  for (let pages = 0; pages < 10; ++pages) {
    const page = expectOk(await admin.get(`/api/backup/history?limit=2${cursor}`));
    seen.push(...page.history);
    assert.equal(page.pagination.total, history.length);
    if (!page.pagination.hasMore) break;
    cursor = `&cursor=${encodeURIComponent(page.pagination.nextCursor)}`;
  }
  assert.deepEqual(seen, history);
  assert.equal(expectOk(await admin.get('/api/backup/history?limit=1000')).pagination.limit, 100);
});

test('what cannot be stored is a failure: in the job, the history, the health, and at the webhook', async () => {
  const folder = storage('backups', 'database');
  const aside = storage('backups', 'aside');
  const { rename } = await import('node:fs/promises');
  await rename(folder, aside);
  await writeFile(folder, 'no directory');
  try {
    const told = receiver.taken.length;
    const job = await backUp(admin);
    assert.deepEqual([job.state, job.error.code], ['failed', 'BACKUP_ERROR']);
    const [failed] = expectOk(await admin.get('/api/backup/history?limit=1')).history;
    assert.equal(failed.status, 'failure');
    assert.match(failed.errors[0], /^database: /);
    const notice = await until(() => receiver.taken.length > told && receiver.taken.at(-1));
    assert.equal(notice.path, `/hook?key=${kSecret}`);
    assert.match(notice.json.text, new RegExp(failed.id));
    assert.deepEqual(notice.json.backup, failed);
    assert.match(notice.headers.traceparent, /^00-/);
    const answer = expectProblem(await admin.post('/api/backup/test', {}), 500, 'BACKUP_TEST_FAILED');
    assert.deepEqual([answer.result.status, answer.result.type], ['failure', 'test']);
  } finally {
    await rm(folder);
    await rename(aside, folder);
  }
  const health = await admin.get('/api/backup/health');
  assert.equal(health.body.checks.recentBackup, true);
  await rm(storage('backups', 'user-files'), { recursive: true });
  await writeFile(storage('backups', 'user-files'), 'no directory');
  const job = await backUp(admin);
  assert.deepEqual([job.state, job.result.status], ['completed', 'partial']);
  assert.match(job.result.errors[0], /^user-files: /);
  await rm(storage('backups', 'user-files'));
  assert.ok(!server.stdout.join('\n').includes(kSecret), 'no secret in the log');
});

test('the webhook is at a public address unless others are allowed', async () => {
  const told = receiver.taken.length;
  const other = await startTestServer({ env: { BACKUP_WEBHOOK_URL: `${receiver.url}/hook`, BACKUP_NOTIFY_SUCCESS: 'true', BACKUP_USER_FILES: 'false' } });
  try {
    const boss = await new Client(other.url).register('boss');
    assert.equal((await backUp(boss)).state, 'completed');
    await until(() => other.countOf('the webhook was not told of a backup') === 1, 30_000);
    assert.equal(receiver.taken.length, told);
  } finally {
    await stopClean(other);
  }
});

test('schedule: switched on, kept over a restart, a missed time made up once', async () => {
  const shown = expectOk(await scraper.get('/api/backup/schedule/status'));
  assert.deepEqual(shown, {
    success: true, enabled: false, schedule: { daily: '0 2 * * *', weekly: '0 3 * * 0', monthly: '0 4 1 * *' },
    retention: { dailyBackups: 7, weeklyBackups: 4, monthlyBackups: 12 },
    targets: { database: true, userFiles: true, systemFiles: false, logs: false }, timezone: 'Europe/Berlin',
  });
  expectOk(await admin.post('/api/backup/schedule/start', {}));
  assert.equal(expectOk(await admin.get('/api/backup/schedule/status')).enabled, true);
  const count = async () => expectOk(await admin.get('/api/backup/stats')).totalBackups;
  const made = await count();
  // Nobody looked for ten days: the other two kinds have nothing that they missed.
  await sql("UPDATE backup_schedule SET heeded_at = now() - interval '10 days' WHERE type = 'daily'");
  await until(async () => (await count()) > made, kEndMs);
  const [newest] = expectOk(await admin.get('/api/backup/history?limit=1')).history;
  assert.deepEqual([newest.type, newest.status], ['daily', 'success']);
  const [[job]] = await sql("SELECT priority FROM jobs WHERE type = 'backup' ORDER BY created_at DESC LIMIT 1");
  assert.equal(job, '1', 'requested ones run first');

  const { dataDir, database } = server;
  const other = await startTestServer({ dataDir: `${dataDir}-other`, database });
  const there = new Client(other.url, { token: admin.token });
  assert.equal(expectOk(await there.get('/api/backup/schedule/status')).enabled, true, 'it lies in the database');
  expectOk(await there.post('/api/backup/schedule/stop', {}));
  assert.equal(expectOk(await admin.get('/api/backup/schedule/status')).enabled, false);
  await stopClean(other);
  await rm(`${dataDir}-other`, { recursive: true, force: true });
  assert.equal(await count(), made + 1);
});

test('retention: files go, the history says so, the newest good one stays', async () => {
  // Everything is old; what is removed is what the next backup finds.
  await sql("UPDATE backups SET started_at = started_at - interval '400 days', manifest = jsonb_set(manifest, '{startedAt}', to_jsonb(to_char(started_at - interval '400 days', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')))");
  const before_ = await readdir(storage('backups', 'database'));
  assert.ok(before_.length > 3);
  const job = await backUp(admin);
  assert.equal(job.state, 'completed');
  await until(async () => (await readdir(storage('backups', 'database'))).length === 1);
  const { history } = expectOk(await admin.get('/api/backup/history?limit=100'));
  assert.deepEqual(history.filter(({ files }) => files.length > 0).map(({ id }) => id), [job.result.id]);
  const stats = expectOk(await admin.get('/api/backup/stats'));
  assert.equal(stats.totalSize, job.result.size);
  assert.equal(stats.totalBackups, history.length);
});

test('--to writes elsewhere and says nothing in the history', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'xbm-backup-'));
  const made = await command(['backup', '--to', directory]);
  assert.equal(made.status, 0, made.stderr);
  const id = made.stdout.split('\t')[0];
  assert.equal((await readdir(path.join(directory, 'backups', 'database'))).length, 1);
  expectProblem(await admin.get(`/api/backup/details/${id}`), 404, 'BACKUP_NOT_FOUND');
  await rm(directory, { recursive: true });
});
