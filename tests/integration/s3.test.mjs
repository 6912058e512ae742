// Files in an S3 bucket (contract 3.12): a simulator checks the signature of every request.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { S3Simulator } from '../support/s3_simulator/simulator.mjs';

let s3;
let server;
let user;
before(async () => {
  s3 = await S3Simulator.start();
  server = await startTestServer({ env: s3.env });
  user = await new Client(server.url).register('someone');
  const posts = Array.from({ length: 3000 }, (_, i) => ({ id: String(1_000_000 + i), text: `post ${i} ${'日本語 '.repeat(600)}`, author: 'ada' }));
  assert.equal((await user.importFile('posts.json', JSON.stringify(posts))).result.imported, 3000);
});
after(async () => {
  await stopClean(server);
  await s3.stop();
});

const statusOf = (jobId) => until(async () => {
  const status = expectOk(await user.get(`/api/export/status/${jobId}`));
  return ['completed', 'failed'].includes(status.status) && status;
}, 60_000);
const exported = async (options) => statusOf((await user.post('/api/export', options)).body.jobId);

test('a file that does not fit into one part is put together of several', async () => {
  const status = await exported({ format: 'ndjson' });
  assert.equal(status.status, 'completed', JSON.stringify(status));
  const key = `exports/${user.user.id}/${status.result.fileName}`;
  const object = s3.objects.get(key);
  assert.ok(object.body.length > 16 * 1024 * 1024, String(object.body.length));
  assert.equal(object.body.length, status.result.fileSize);
  assert.match(object.etag, /-[23]"$/, 'parts of 8 MiB');
  assert.equal(s3.uploads.size, 0);
  const lines = object.body.toString().trimEnd().split('\n').map((line) => JSON.parse(line));
  assert.equal(lines.filter(({ type }) => type === 'bookmark').length, 3000);
  const link = await fetch(new URL(status.result.fileUrl, server.url), { redirect: 'manual' });
  assert.equal(link.status, 302, 'the storage serves it');
  const direct = await fetch(link.headers.get('location'));
  assert.deepEqual([direct.status, Buffer.from(await direct.arrayBuffer()).equals(object.body)], [200, true]);
  assert.match(direct.headers.get('content-disposition'), new RegExp(`attachment; filename\\*=UTF-8''${status.result.fileName}`));
  const tampered = await fetch(link.headers.get('location').replace(/.$/, (c) => (c === '0' ? '1' : '0')));
  assert.equal(tampered.status, 403);
});

test('the list of files, by pages of the bucket', async () => {
  for (let i = 0; i < 4; ++i) await exported({ format: 'csv', includeTags: true });
  const list = expectOk(await user.get(`/api/files/list/${user.user.id}`));
  assert.equal(list.totalFiles, s3.objects.size);
  assert.ok(s3.requests.some(({ query }) => query.has('continuation-token')));
  const stats = expectOk(await user.get('/api/files/stats'));
  assert.deepEqual([stats.provider, stats.totalFiles], ['s3', list.totalFiles]);
  const { filename } = list.files[0];
  const path = `${user.user.id}/${filename}`;
  assert.equal(expectOk(await user.get(`/api/files/info/${path}`)).size, s3.objects.get(`exports/${path}`).body.length);
  expectOk(await user.delete(`/api/files/delete/${path}`));
  assert.equal(s3.objects.has(`exports/${path}`), false);
  expectProblem(await user.get(`/api/files/exports/${path}`), 404, 'FILE_NOT_FOUND');
});

test('what fails for a moment is asked again; nothing half is left', async () => {
  const failing = { 2: { status: 503 }, 3: 'cut', 5: { status: 500 } };
  const first = s3.requests.length;
  s3.script = ({ number }) => failing[number - first];
  const status = await exported({ format: 'json' });
  s3.script = () => undefined;
  assert.equal(status.status, 'completed', JSON.stringify(status));
  assert.equal(JSON.parse(s3.objects.get(`exports/${user.user.id}/${status.result.fileName}`).body).bookmarks.length, 3000);
  assert.equal(s3.uploads.size, 0);
});

test('a wrong secret is told to the operator, not to the user', async () => {
  const other = await startTestServer({ env: { ...s3.env, AWS_SECRET_ACCESS_KEY: 'wrong' } });
  try {
    const someone = await new Client(other.url).register('someone');
    const { jobId } = (await someone.post('/api/export', { format: 'json' })).body;
    const status = await until(async () => {
      const found = expectOk(await someone.get(`/api/export/status/${jobId}`));
      return found.status === 'failed' && found;
    }, 60_000);
    assert.match(status.error, /storage of files/);
    assert.ok(!JSON.stringify(status).includes('Signature'));
    const logged = other.logs().filter(({ msg }) => msg === 'S3 refused a request');
    assert.ok(logged.length > 0 && logged.every(({ status: code }) => code === 403), JSON.stringify(logged));
    assert.ok(!other.stdout.join('\n').includes(s3.accessKeyId));
  } finally {
    await stopClean(other);
  }
});
