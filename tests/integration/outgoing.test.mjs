// Where the server itself connects to (decisions/012): a configured service does not lead into the local network unless
// ALLOW_PRIVATE_ADDRESSES says so.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { Client, expectOk, startTestServer, stopClean, until } from '../support/client.mjs';
import { S3Simulator } from '../support/s3_simulator/simulator.mjs';
import { runCommand } from '../support/server.mjs';

/** The end of an export with these variables: its status object. */
async function exportWith(env) {
  const server = await startTestServer({ env });
  try {
    const user = await new Client(server.url).register('someone');
    await user.addBookmark();
    const accepted = await user.post('/api/export', { format: 'json' });
    const status = accepted.status !== 202 ? { status: 'refused' } : await until(async () => {
      const { status } = expectOk(await user.get(`/api/export/status/${accepted.body.jobId}`));
      const seen = server.logs().some(({ msg }) => /outgoing connection was refused/.test(msg));
      return (status === 'completed' || status === 'failed' || seen) && { status, seen };
    }, 30_000);
    return status;
  } finally {
    await stopClean(server);
  }
}

test('a storage on this machine is reached only if its address is allowed', async () => {
  const s3 = await S3Simulator.start();
  try {
    for (const allowed of ['', '10.0.0.0/8,::1', '127.0.0.2']) {
      const { status, seen } = await exportWith({ ...s3.env, ALLOW_PRIVATE_ADDRESSES: allowed });
      assert.notEqual(status, 'completed', allowed);
      assert.ok(seen, 'the log says which variable is missing');
      assert.equal(s3.requests.length, 0, allowed);
    }
    const byName = s3.env.AWS_S3_ENDPOINT.replace('127.0.0.1', 'localhost');
    assert.notEqual((await exportWith({ ...s3.env, AWS_S3_ENDPOINT: byName, ALLOW_PRIVATE_ADDRESSES: '' })).status, 'completed');
    assert.equal(s3.requests.length, 0, 'a name is what it resolves to');
    assert.equal((await exportWith({ ...s3.env, ALLOW_PRIVATE_ADDRESSES: '127.0.0.0/8' })).status, 'completed');
  } finally {
    await s3.stop();
  }
});

test('a redirect into the local network is not followed', async () => {
  let reached = 0;
  let asked = 0;
  const listen = (server, host) => new Promise((resolve) => server.listen(0, host, () => resolve(server.address().port)));
  const inside = createServer((_, response) => { reached += 1; response.end('secret'); });
  const port = await listen(inside, '127.0.0.2');
  const outside = createServer((request, response) => {
    asked += 1;
    request.resume();
    response.writeHead(307, { location: `http://127.0.0.2:${port}${request.url}` }).end();
  });
  const outsidePort = await listen(outside, '127.0.0.1');
  const s3 = await S3Simulator.start();
  try {
    const { status } = await exportWith({ ...s3.env, AWS_S3_ENDPOINT: `http://127.0.0.1:${outsidePort}` });
    assert.notEqual(status, 'completed');
    assert.ok(asked > 0);
    assert.equal(reached, 0);
  } finally {
    await s3.stop();
    for (const server of [inside, outside]) {
      server.closeAllConnections();
      server.close();
    }
  }
});

test('ALLOW_PRIVATE_ADDRESSES is checked at the start', async () => {
  const env = { JWT_SECRET: 'x'.repeat(32), ALLOW_PRIVATE_ADDRESSES: '10.0.0.0/8, minio' };
  const { status, stderr } = await runCommand(['--check-config'], { env });
  assert.equal(status, 2);
  assert.match(stderr, /ALLOW_PRIVATE_ADDRESSES: /);
});
