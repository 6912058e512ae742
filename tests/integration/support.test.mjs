// The support code itself, on a stand-in for the server: a wrong harness would make every other test worthless.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { adminSql, hasServices, runCommand, startServer, withDatabase } from '../support/server.mjs';

let dir;
const program = async (name, body) => {
  const file = path.join(dir, name);
  await writeFile(file, `#!/usr/bin/env node\n${body}`);
  await chmod(file, 0o755);
  return file;
};
const serving = `
const server = require('node:http').createServer((request, response) => {
  response.statusCode = request.url === '/readyz' ? 200 : 404;
  response.end(process.env.CORS_ORIGIN ?? '');
}).listen(Number(process.env.PORT), process.env.HOST, () =>
  console.log(JSON.stringify({ msg: 'listening', url: 'http://127.0.0.1:' + server.address().port })));
`;

before(async () => (dir = await mkdtemp(path.join(tmpdir(), 'xbm-support-'))));
after(() => rm(dir, { recursive: true }));

test('startServer waits for readiness, passes the environment, and stop gives the exit status', async () => {
  const bin = await program('good', `${serving}process.on('SIGTERM', () => process.exit(7));`);
  const server = await startServer({ bin, env: { CORS_ORIGIN: 'here' } });
  const answer = await fetch(`${server.url}/`);
  assert.equal(await answer.text(), 'here');
  assert.equal(server.logs()[0].msg, 'listening');
  assert.equal(await server.stop(), 7);
});

test('a server that ends at its start is an error with what it said', async () => {
  const bin = await program('bad', `console.error('DATA_DIR is in use'); process.exit(3);`);
  await assert.rejects(startServer({ bin }), /ended at its start \(3\)[\s\S]*DATA_DIR is in use/);
});

test('a program that does not exist is an error', async () => {
  await assert.rejects(startServer({ bin: path.join(dir, 'missing') }), /ended at its start/);
});

test('kill9 ends a server that ignores SIGTERM', async () => {
  const bin = await program('stubborn', `${serving}process.on('SIGTERM', () => {});`);
  const server = await startServer({ bin });
  await server.kill9();
  assert.equal(server.child.signalCode, 'SIGKILL');
  assert.equal(await server.stop(), null);
});

test('runCommand gives status, output and passes input', async () => {
  const bin = await program('echo', `process.stdin.on('data', (d) => process.stdout.write(d)).on('end', () => process.exit(4));`);
  assert.deepEqual(await runCommand([], { bin, input: 'text' }), { status: 4, stdout: 'text', stderr: '' });
});

test('every database is its own', { skip: !hasServices && 'needs scripts/services' }, async () => {
  const [one, two] = await Promise.all([withDatabase(), withDatabase()]);
  try {
    await adminSql('CREATE TABLE only_here (id int)', one.name);
    await adminSql('INSERT INTO only_here VALUES (5)', one.name);
    assert.deepEqual(await adminSql('SELECT id FROM only_here', one.name), [['5']]);
    await assert.rejects(adminSql('SELECT id FROM only_here', two.name));
    assert.notEqual(one.env.REDIS_PREFIX, two.env.REDIS_PREFIX);
  } finally {
    await Promise.all([one.drop(), two.drop()]);
  }
});
