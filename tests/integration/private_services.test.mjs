// The private PostgreSQL and Redis of a server without DATABASE_URL and REDIS_URL (contract 10, DATA_DIR).
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, expectOk, startTestServer, stopClean, until } from '../support/client.mjs';
import { runCommand } from '../support/server.mjs';

let parent;
before(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'xbm-private-'));
  // Started by root, the private services run as another user, who has to pass through.
  await chmod(parent, 0o711);
});
after(() => rm(parent, { recursive: true, force: true }));

const start = (dataDir) => startTestServer({ database: false, dataDir });

/** Processes whose command line or working directory lies in `dir`: `[{pid, command}]`. */
async function processesOf(dir) {
  const found = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    try {
      const command = (await readFile(`/proc/${pid}/cmdline`, 'latin1')).replaceAll('\0', ' ');
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      const state = (await readFile(`/proc/${pid}/stat`, 'latin1')).replace(/^.*\) /s, '')[0];
      if (state !== 'Z' && (command.includes(dir) || cwd.startsWith(dir))) found.push({ pid, command });
    } catch {
      // It ended while we looked.
    }
  }
  return found;
}

test('data outlive kill -9, one server a directory, and a clean end leaves nothing running', async () => {
  const dataDir = path.join(parent, 'data');
  const first = await start(dataDir);
  const user = await new Client(first.url).register('survivor');
  const made = await user.addBookmark({ content: '消えない' });
  assert.ok((await processesOf(dataDir)).length >= 2, 'PostgreSQL and Redis');
  assert.equal((await stat(dataDir)).mode & 0o007, 0, 'not for others');
  await first.kill9();
  await first.stop();

  const second = await start(dataDir);
  const again = await new Client(second.url).logIn('survivor');
  assert.deepEqual(expectOk(await again.get(`/api/bookmarks/${made.id}`)).data.bookmark, made);
  expectOk(await new Client(second.url, { token: user.token }).get('/api/auth/me'));
  const third = await runCommand(['serve'], { env: { DATA_DIR: dataDir, PORT: '0' }, timeoutMs: 30_000 });
  assert.notEqual(third.status, 0);
  assert.notEqual(third.status, null, 'it ends by itself');
  assert.match(third.stdout + third.stderr, /in use|already|another|running/i);
  expectOk(await new Client(second.url).get('/health'));
  await stopClean(second);
  await until(async () => (await processesOf(dataDir)).length === 0, 10_000);
});

test('a DATA_DIR that cannot be made is named', async () => {
  const file = path.join(parent, 'file');
  await writeFile(file, 'not a directory');
  const dataDir = path.join(file, 'data');
  const failed = await runCommand(['serve'], { env: { DATA_DIR: dataDir, PORT: '0' }, timeoutMs: 30_000 });
  assert.notEqual(failed.status, 0);
  assert.notEqual(failed.status, null, 'it ends by itself');
  assert.ok((failed.stdout + failed.stderr).includes(dataDir), failed.stderr);
});

test('a port in use is named', async () => {
  const listening = createServer().listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address();
  const dataDir = path.join(parent, 'port');
  try {
    const failed = await runCommand(['serve'], { env: { DATA_DIR: dataDir, PORT: String(port) }, timeoutMs: 60_000 });
    assert.notEqual(failed.status, 0);
    assert.notEqual(failed.status, null, 'it ends by itself');
    assert.match(failed.stdout + failed.stderr, new RegExp(String(port)));
    await until(async () => (await processesOf(dataDir)).length === 0, 10_000);
  } finally {
    listening.close();
  }
});
