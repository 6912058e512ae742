// Restoring backups (contract 3.13): all is back, and what goes wrong in the middle leaves what was there.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { S3Simulator } from '../support/s3_simulator/simulator.mjs';
import { adminSql, runCommand, withDatabase } from '../support/server.mjs';

let parent;
before(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'xbm-restore-'));
  // Started by root, the private services run as another user, who has to pass through.
  await chmod(parent, 0o711);
});
after(() => rm(parent, { recursive: true, force: true }));

const kEndMs = 60_000;
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const start = (dataDir, env = {}) => startTestServer({ database: false, dataDir, env });
const command = (dataDir, args, env = {}) => runCommand(args, { env: { DATA_DIR: dataDir, ...env }, timeoutMs: kEndMs });

async function expectDone(dataDir, args, env) {
  const done = await command(dataDir, args, env);
  assert.equal(done.status, 0, `${args}: ${done.stdout}${done.stderr}`);
  return done;
}
async function expectRefused(dataDir, args, why, env) {
  const done = await command(dataDir, args, env);
  assert.equal(done.status, 1, `${args}: ${done.stdout}${done.stderr}`);
  assert.match(done.stderr, why);
}
/** Everything of an account, as an export has it. */
async function contentOf(client) {
  const { items } = await client.all('/api/bookmarks?includeArchived=true');
  const { categories } = expectOk(await client.get('/api/categories')).data;
  return { items: items.sort((a, b) => (a.id < b.id ? -1 : 1)), categories };
}
const fileOf = async (dataDir, folder) => {
  const directory = path.join(dataDir, 'storage', 'backups', folder);
  return path.join(directory, (await readdir(directory)).sort().at(-1));
};
/** The databases of a private server besides PostgreSQL's own three, by the directories that it keeps them in. */
async function databasesOf(dataDir) {
  const names = await readdir(path.join(dataDir, 'postgres', 'base'));
  return names.filter((name) => Number(name) > 5).length;
}

/** A server with a library, a stored file and a backup; stopped. */
async function makeLibrary(name) {
  const dataDir = path.join(parent, name);
  const server = await start(dataDir);
  const user = await new Client(server.url).register('hana');
  const category = expectOk(await user.post('/api/categories', { name: '料理', color: '#00ff00', icon: 'x' }), 201).data.category;
  for (let i = 0; i < 40; ++i)
    await user.addBookmark({ content: `レシピ ${i} 🍙`, categoryId: i % 2 ? category.id : undefined, tags: [`t${i % 5}`], note: i % 3 ? 'n' : undefined });
  const exports = path.join(dataDir, 'storage', 'exports', user.user.id);
  await mkdir(exports, { recursive: true });
  await writeFile(path.join(exports, 'kept.json'), '{"kept":1}');
  const begun = expectOk(await user.post('/api/backup/manual', {}));
  const { job } = await until(async () => {
    const { data } = expectOk(await user.get(`/api/jobs/${begun.jobId}`));
    return data.job.finishedAt && data;
  }, kEndMs);
  assert.equal(job.state, 'completed', JSON.stringify(job.error));
  const content = await contentOf(user);
  const { libraryVersion } = expectOk(await user.get('/api/changes?since=0')).data;
  return { dataDir, server, user, content, backup: job.result, exports, libraryVersion };
}

test('what was deleted is back; clients and history go on', async () => {
  const { dataDir, server, user, content, backup, exports, libraryVersion } = await makeLibrary('back');
  await expectRefused(dataDir, ['restore', '--yes', backup.id], /a server runs/);
  await expectDone(dataDir, ['backup', '--verify', backup.id]); // beside it
  for (const { id } of content.items.slice(0, 30)) expectOk(await user.delete(`/api/bookmarks/${id}`));
  await user.addBookmark({ content: 'made after the backup' });
  const later = expectOk(await user.get('/api/changes?since=0')).data.libraryVersion;
  assert.ok(later > libraryVersion);
  const second = await expectDone(dataDir, ['backup', '--type', 'monthly']);
  const [secondId] = second.stdout.split('\t');
  await rm(path.join(exports, 'kept.json'));
  await stopClean(server);

  await expectRefused(dataDir, ['restore', backup.id], /--yes/);
  await expectRefused(dataDir, ['restore', '--yes', 'daily-2020-01-01T00-00-00-000Z'], /no backup daily-2020/);
  const { stderr } = await expectDone(dataDir, ['restore', '--yes', backup.id]);
  assert.match(stderr, /rows in \d+ tables are those that were backed up/);
  assert.equal(await databasesOf(dataDir), 1, 'nothing is left beside it');
  const again = await start(dataDir);
  const hana = await new Client(again.url).logIn('hana');
  assert.deepEqual(await contentOf(hana), content);
  assert.equal(await readFile(path.join(exports, 'kept.json'), 'utf8'), '{"kept":1}');
  const found = expectOk(await hana.get(`/api/search?text=${encodeURIComponent('レシピ 7')}`)).data;
  assert.ok(found.pagination.total >= 1);
  // No version is used twice: what a client or a cache knows of the time in between cannot be taken for this.
  assert.ok(expectOk(await hana.get('/api/changes?since=0')).data.libraryVersion > later);
  expectProblem(await hana.get(`/api/changes?since=${later}`), 410, 'CHANGES_EXPIRED');
  const ids = expectOk(await hana.get('/api/backup/history')).history.map(({ id }) => id);
  assert.deepEqual(ids, [secondId, backup.id], 'the history is that of the storage');
  await hana.addBookmark({ content: 'life goes on' });
  await stopClean(again);
  await expectDone(dataDir, ['backup', '--verify']); // the newest
  await expectDone(dataDir, ['restore', '--yes', secondId]);
  const last = await start(dataDir);
  assert.equal((await contentOf(await new Client(last.url).logIn('hana'))).items.length, 11);
  await stopClean(last);
});

test('kill -9 at any moment: the old data or the new, never between', async () => {
  const { dataDir, server, user, content, backup } = await makeLibrary('killed');
  for (const { id } of content.items.slice(1)) expectOk(await user.delete(`/api/bookmarks/${id}`));
  await stopClean(server);
  const countOf = async () => {
    const running = await start(dataDir);
    const { items } = await contentOf(await new Client(running.url).logIn('hana'));
    await stopClean(running);
    return items.length;
  };
  for (const point of ['restore.piece', 'restore.loaded', 'restore.exchange']) {
    const killed = await command(dataDir, ['restore', '--yes', backup.id], { XBM_FAULT_POINT: point });
    assert.equal(killed.status, null, point);
    assert.equal(await countOf(), 1, point);
  }
  const killed = await command(dataDir, ['restore', '--yes', backup.id], { XBM_FAULT_POINT: 'restore.exchanged' });
  assert.equal(killed.status, null);
  assert.ok((await databasesOf(dataDir)) > 1);
  assert.equal(await countOf(), 40);
  await expectDone(dataDir, ['backup', '--verify', backup.id]);
  assert.equal(await databasesOf(dataDir), 1, 'what was left is removed by the next one');
});

test('damage is found before anything is touched', async () => {
  const { dataDir, server, content, backup } = await makeLibrary('damaged');
  await stopClean(server);
  const dump = await fileOf(dataDir, 'database');
  const manifest = await fileOf(dataDir, 'manifest');
  const bytes = await readFile(dump);
  const text = await readFile(manifest, 'utf8');
  const expectBad = async (why) => {
    await expectRefused(dataDir, ['backup', '--verify', backup.id], why);
    await expectRefused(dataDir, ['restore', '--yes', backup.id], why);
    await writeFile(dump, bytes);
    await writeFile(manifest, text);
  };
  const flipped = Buffer.from(bytes);
  flipped[Math.floor(bytes.length * 0.7)] ^= 0x40;
  await writeFile(dump, flipped);
  await expectBad(/(is damaged: its checksum|pg_restore)/);
  await writeFile(dump, bytes.subarray(0, bytes.length - 100));
  await expectBad(/(is damaged: it has \d+ bytes|pg_restore)/);
  // Somebody who fits the manifest to it: then PostgreSQL or the comparison says so.
  const blank = Buffer.from(bytes).fill(0, Math.floor(bytes.length * 0.97), Math.floor(bytes.length * 0.99)); // in the data
  await writeFile(dump, blank);
  await writeFile(manifest, text.replace(sha256(bytes), sha256(blank)));
  await expectBad(/pg_restore|not what was backed up/);
  const parsed = JSON.parse(text);
  parsed.tables.find(({ name }) => name === 'public.bookmarks').rows = 41;
  await writeFile(manifest, JSON.stringify(parsed));
  await expectBad(/not what was backed up: public\.bookmarks has 40 rows instead of 41/);
  parsed.tables.find(({ name }) => name === 'public.bookmarks').rows = 40;
  parsed.tables.find(({ name }) => name === 'public.users').checksum = 'f'.repeat(64);
  await writeFile(manifest, JSON.stringify(parsed));
  await expectBad(/public\.users has 1 rows, but not those/);
  const zip = await fileOf(dataDir, 'user-files');
  const zipped = await readFile(zip);
  await writeFile(zip, Buffer.concat([zipped, Buffer.from('x')]));
  await expectBad(/user-files.*is damaged/);
  await rm(zip);
  await expectBad(/user-files.*does not exist/);
  await writeFile(zip, zipped);
  await expectDone(dataDir, ['backup', '--verify', backup.id]);
  const again = await start(dataDir);
  assert.deepEqual(await contentOf(await new Client(again.url).logIn('hana')), content);
  await stopClean(again);
});

test('elsewhere: from copied files, into a new directory', async () => {
  const { dataDir, server, content, backup } = await makeLibrary('origin');
  await stopClean(server);
  const copy = path.join(parent, 'copy');
  await mkdir(copy);
  for (const key of backup.files) await cp(path.join(dataDir, 'storage', key), path.join(copy, path.basename(key)));
  const dump = path.join(copy, path.basename(backup.files[0]));
  const fresh = path.join(parent, 'fresh');
  const { stderr } = await expectDone(fresh, ['restore', '--yes', dump]);
  assert.match(stderr, /are those that were backed up[\s\S]*1 stored files are back/);
  const there = await start(fresh);
  assert.deepEqual(await contentOf(await new Client(there.url).logIn('hana')), content);
  await stopClean(there);

  // A dump alone can be read, though nothing says what it should hold.
  const alone = path.join(parent, 'alone.dump');
  await cp(dump, alone);
  const lonely = await expectDone(path.join(parent, 'lonely'), ['restore', '--yes', alone]);
  assert.match(lonely.stderr, /no manifest/);
  const notes = path.join(parent, 'notes.dump');
  await writeFile(notes, 'no dump at all');
  await expectRefused(path.join(parent, 'lonely'), ['restore', '--yes', notes], /valid archive|pg_restore/);
  await expectRefused(path.join(parent, 'lonely'), ['restore', '--yes', `${notes}.missing`], /is no file/);
});

test('a process that dies while it makes a backup makes it again', async () => {
  const dataDir = path.join(parent, 'dies');
  const server = await start(dataDir, { XBM_FAULT_POINT: 'backup.made' });
  const user = await new Client(server.url).register('hana');
  expectOk(await user.post('/api/backup/manual', {}));
  await until(() => server.child.signalCode === 'SIGKILL', kEndMs);
  await server.stop();
  const again = await start(dataDir);
  const hana = await new Client(again.url).logIn('hana');
  const [made] = await until(async () => {
    const { history } = expectOk(await hana.get('/api/backup/history'));
    return history.length > 0 && history;
  }, kEndMs);
  assert.equal(made.status, 'success');
  assert.equal((await readdir(path.join(dataDir, 'storage', 'backups', 'database'))).length, 1, 'over its own files');
  await stopClean(again);
});

test('your own PostgreSQL: a role that may make databases, and nobody else in it', async () => {
  const role = `restorer_${process.pid}`;
  const database = await withDatabase();
  const url = database.url.replace('//xbookmarker@', `//${role}:a-password-of-mine@`);
  await database.drop();
  await adminSql(`CREATE ROLE ${role} LOGIN CREATEDB`);
  await adminSql(`CREATE DATABASE ${database.name} OWNER ${role}`);
  const own = { ...database, env: { ...database.env, DATABASE_URL: url } };
  const dataDir = path.join(parent, 'own');
  try {
    const server = await startTestServer({ database: own, dataDir });
    const user = await new Client(server.url).register('hana');
    for (let i = 0; i < 3; ++i) await user.addBookmark();
    const { stdout } = await expectDone(dataDir, ['backup'], own.env);
    const [id] = stdout.split('\t');
    await expectDone(dataDir, ['backup', '--verify'], own.env);
    const content = await contentOf(user);
    expectOk(await user.delete(`/api/bookmarks/${content.items[0].id}`));
    await expectRefused(dataDir, ['restore', '--yes', id], /a server runs/, own.env);
    // A server on another directory is seen by its sessions.
    await expectRefused(path.join(parent, 'own2'), ['restore', '--yes', path.join(dataDir, 'storage', 'backups', 'database',
      (await readdir(path.join(dataDir, 'storage', 'backups', 'database')))[0])], /is used by others \(xbookmarker/, own.env);
    await stopClean(server);
    await expectDone(dataDir, ['restore', '--yes', id], own.env);
    const again = await startTestServer({ database: own, dataDir });
    assert.deepEqual(await contentOf(await new Client(again.url).logIn('hana')), content);
    await stopClean(again);
    const left = await adminSql(`SELECT datname FROM pg_database WHERE datname LIKE '${database.name}%'`);
    assert.deepEqual(left, [[database.name]]);
  } finally {
    await database.drop();
    await adminSql(`DROP ROLE ${role}`);
  }
});

test('in a bucket', async () => {
  const s3 = await S3Simulator.start();
  const dataDir = path.join(parent, 's3');
  const server = await start(dataDir, s3.env);
  const user = await new Client(server.url).register('hana');
  await user.addBookmark({ content: 'x'.repeat(1000) });
  const { stdout } = await expectDone(dataDir, ['backup'], s3.env);
  const [id] = stdout.split('\t');
  await expectDone(dataDir, ['backup', '--verify', id], s3.env);
  const content = await contentOf(user);
  expectOk(await user.delete(`/api/bookmarks/${content.items[0].id}`));
  await stopClean(server);
  await expectDone(dataDir, ['restore', '--yes', id], s3.env);
  const again = await start(dataDir, s3.env);
  assert.deepEqual(await contentOf(await new Client(again.url).logIn('hana')), content);
  await stopClean(again);
  await s3.stop();
});
