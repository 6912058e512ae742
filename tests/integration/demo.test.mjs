// `./run -- serve --demo`: what it prints works.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Client, expectOk, until } from '../support/client.mjs';

const kDemo = fileURLToPath(new URL('../support/x_simulator/demo.mjs', import.meta.url));

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

test('the demo account logs in, syncs, and is there again at the next start', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'xbm-demo-'));
  const port = await freePort();
  const env = { PATH: process.env.PATH, HOME: dir, TMPDIR: tmpdir(), PORT: String(port), DATA_DIR: dir, LOG_LEVEL: 'warn', SYNC_PACING: 'false' };
  try {
    for (const time of [1, 2]) {
      const child = spawn(process.execPath, [kDemo, process.env.XBM_BIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
      let said = '';
      child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
      await until(() => /log in at/.test(said), 60_000);
      const [, name, password] = /as (\S+) with the password (\S+)/.exec(said);
      const user = await new Client(`http://127.0.0.1:${port}`).logIn(name, password);
      const { body } = await user.post('/api/sync', { fullSync: true });
      await until(async () => expectOk(await user.get(`/api/jobs/${body.jobId}`)).data.job.state === 'completed', 60_000);
      assert.ok(expectOk(await user.get('/api/bookmarks?limit=1')).data.pagination.total >= 800, `start ${time}`);
      child.kill('SIGTERM');
      const [status] = child.exitCode === null ? await once(child, 'exit') : [child.exitCode];
      assert.equal(status, 0, said);
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
