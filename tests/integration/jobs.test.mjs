// The job engine through imports: states, cancelling, events, and that no job is lost or done twice whatever dies.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, until } from '../support/client.mjs';
import { openEvents } from '../support/events.mjs';
import { startRedis } from '../support/redis.mjs';
import { adminSql, hasServices, startServer, withDatabase } from '../support/server.mjs';

const needsServices = { skip: !hasServices && 'needs scripts/services' };
const kNobody = '01a00000-0000-7000-8000-000000000000';
const kFinished = ['completed', 'failed', 'cancelled'];
const kManyRecords = 20_000;

/** A file of `count` posts whose ids begin at `first`. */
const posts = (count, first = 1) => JSON.stringify(Array.from({ length: count }, (_, i) => ({
  id: `${7_000_000_000 + first + i}`, content: `記録 number ${first + i} ${'text and 日本語 '.repeat(4)}`, author_username: `a${i % 7}`, tags: ['made'],
})));
const kMany = posts(kManyRecords);

const jobOf = async (client, id) => expectOk(await client.get(`/api/jobs/${id}`)).data.job;
const finished = (client, id, timeoutMs = 120_000) => until(async () => {
  const job = await jobOf(client, id);
  return kFinished.includes(job.state) && job;
}, timeoutMs);
const upload = async (client, content, fields = {}) => {
  const { status, body, text } = await client.upload('posts.json', content, fields);
  assert.equal(status, 202, text);
  return body.jobId;
};
const totalOf = async (client) => expectOk(await client.get('/api/bookmarks?limit=1')).data.pagination.total;
const eventsUrl = (at, client, path_) => [`${at.url}${path_}`, { headers: { authorization: `Bearer ${client.token}` } }];

let server;
let nobody;
before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
});
after(async () => assert.equal(await server.stop(), 0));

test('a job is listed, shown and finished', async () => {
  const user = await nobody.register('lister');
  const ids = [];
  for (let i = 0; i < 3; ++i) {
    ids.unshift(await upload(user, posts(3, 10 * i)));
    await finished(user, ids[0]);
  }
  const { jobs, pagination } = expectOk(await user.get('/api/jobs')).data;
  assert.deepEqual(jobs.map(({ id }) => id), ids);
  assert.equal(pagination.total, 3);
  const [job] = jobs;
  assert.deepEqual([job.type, job.state, job.attempt, job.maxAttempts, job.error, job.pausedReason], ['import', 'completed', 1, 2, null, null]);
  assert.equal(job.result.imported, 3);
  assert.equal(job.progress.percentage, 100);
  assert.ok(job.startedAt >= job.createdAt && job.finishedAt >= job.startedAt);
  const first = expectOk(await user.get('/api/jobs?limit=2')).data;
  const second = expectOk(await user.get(`/api/jobs?limit=2&cursor=${first.pagination.nextCursor}`)).data;
  assert.deepEqual([...first.jobs, ...second.jobs].map(({ id }) => id), ids);
  assert.deepEqual([second.pagination.hasMore, second.pagination.offset], [false, 2]);
  assert.equal(expectOk(await user.get('/api/jobs?type=import&state=completed')).data.pagination.total, 3);
  assert.equal(expectOk(await user.get('/api/jobs?type=sync')).data.pagination.total, 0);
  assert.equal(expectOk(await user.get('/api/jobs?state=failed')).data.pagination.total, 0);
  for (const query of ['type=nonsense', 'state=running,queued', 'limit=0', 'limit=101', 'offset=10001'])
    expectProblem(await user.get(`/api/jobs?${query}`), 400, 'INVALID_QUERY_PARAMS');
  expectProblem(await user.get('/api/jobs?cursor=nonsense'), 400, 'INVALID_CURSOR');
});

test('jobs of others do not exist', async () => {
  const owner = await nobody.register('owner');
  const stranger = await nobody.register('stranger');
  const id = await upload(owner, posts(2));
  await finished(owner, id);
  for (const path_ of [`/api/jobs/${id}`, `/api/jobs/${kNobody}`, '/api/jobs/nonsense'])
    expectProblem(await stranger.get(path_), 404, 'JOB_NOT_FOUND');
  expectProblem(await stranger.delete(`/api/jobs/${id}`), 404, 'JOB_NOT_FOUND');
  const stream = await openEvents(...eventsUrl(server, stranger, `/api/jobs/${id}/events`));
  assert.deepEqual([stream.status, stream.body.code], [404, 'JOB_NOT_FOUND']);
  assert.equal(expectOk(await stranger.get('/api/jobs')).data.pagination.total, 0);
});

test('a running import is cancelled within 5 s, and what was written stands', async () => {
  const user = await nobody.register('canceller');
  const id = await upload(user, kMany);
  await until(async () => (await totalOf(user)) >= 500, 60_000);
  const asked = expectOk(await user.delete(`/api/jobs/${id}`)).data.job;
  assert.deepEqual([asked.state, asked.cancelRequested], ['running', true]);
  const job = await finished(user, id, 5_000);
  assert.deepEqual([job.state, job.error, job.result, job.cancelRequested], ['cancelled', null, null, false]);
  const total = await totalOf(user);
  assert.ok(total >= 500 && total < kManyRecords && total % 500 === 0, `${total} bookmarks`);
  const status = expectOk(await user.get(`/api/import/status/${id}`));
  assert.deepEqual([status.status, status.error], ['failed', 'Cancelled']);
  expectProblem(await user.delete(`/api/jobs/${id}`), 409, 'JOB_NOT_CANCELLABLE');
  await until(() => !existsSync(path.join(server.dataDir, 'storage/imports', status.userId, id)));
});

test('a job that waits is cancelled at once', needsServices, async () => {
  const user = await nobody.register('waiter');
  const id = await upload(user, posts(2));
  await finished(user, id);
  await adminSql(`INSERT INTO jobs (user_id, id, type, state, place, created_at) SELECT user_id, '${kNobody}', 'import', 'queued', 'nowhere', now() FROM jobs WHERE id = '${id}'`, server.database.name);
  const stream = await openEvents(...eventsUrl(server, user, `/api/jobs/${kNobody}/events`));
  await stream.wait((events) => events.length === 1);
  assert.deepEqual([stream.events[0].event, stream.events[0].data.state], ['state', 'queued']);
  const { job } = expectOk(await user.delete(`/api/jobs/${kNobody}`)).data;
  assert.deepEqual([job.state, job.attempt, job.startedAt], ['cancelled', 0, null]);
  await stream.end();
  assert.deepEqual([stream.ended, stream.events.at(-1).event, stream.events.at(-1).data.state], ['clean', 'end', 'cancelled']);
});

test('events tell every step, go on behind the last one, and end', async () => {
  const user = await nobody.register('listener');
  const id = await upload(user, kMany);
  const stream = await openEvents(...eventsUrl(server, user, `/api/jobs/${id}/events`));
  const imports = await openEvents(...eventsUrl(server, user, `/api/import/progress/${id}`));
  await stream.end();
  await imports.end();
  assert.deepEqual([stream.ended, imports.ended], ['clean', 'clean']);
  assert.equal(stream.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const ids = stream.events.map((event) => Number(event.id));
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b), 'ids grow');
  assert.ok(stream.events.some(({ event }) => event === 'progress'), 'progress was told');
  const last = stream.events.at(-1);
  assert.deepEqual([last.event, last.data.state, last.data.result.imported], ['end', 'completed', kManyRecords]);
  assert.equal(stream.events.filter(({ event }) => event === 'end').length, 1);
  assert.ok(imports.events.every(({ event, data }) => event === undefined && data.jobId === id));
  assert.deepEqual([imports.events.at(-1).data.status, imports.events.at(-1).data.progress.percentage], ['completed', 100]);

  const middle = ids[Math.floor(ids.length / 2)];
  const [url, { headers }] = eventsUrl(server, user, `/api/jobs/${id}/events`);
  const resumed = await openEvents(url, { headers: { ...headers, 'last-event-id': `${middle}` } });
  await resumed.end();
  assert.ok(resumed.events.every((event) => Number(event.id) > middle));
  assert.equal(resumed.events.at(-1).event, 'end');
  const again = await openEvents(`${url}?lastEventId=${ids.at(-1)}`, { headers });
  await again.end();
  assert.deepEqual(again.events.map(({ event }) => event), ['end'], 'a finished job says so and ends');
});

test('without Redis jobs run and their streams show the state', needsServices, async () => {
  const redis = await startRedis();
  const alone = await startServer({ env: { REDIS_URL: redis.url } });
  try {
    const user = await new Client(alone.url).register('alone');
    await redis.stop();
    const id = await upload(user, posts(2_000));
    const stream = await openEvents(...eventsUrl(alone, user, `/api/jobs/${id}/events`));
    await stream.end();
    assert.deepEqual([stream.events.at(-1).event, stream.events.at(-1).data.result.imported], ['end', 2_000]);
  } finally {
    await alone.stop();
  }
});

/** What an import came to, as far as nobody can tell how often its process died. */
const outcomeOf = async (client, id) => {
  const { state, result } = await jobOf(client, id);
  const { bookmarks, pagination } = expectOk(await client.get('/api/bookmarks?limit=100')).data;
  return { state, result, total: pagination.total, newest: bookmarks.map(({ xTweetId, content, tags }) => ({ xTweetId, content, tags })) };
};

test('an import whose process dies at any of its steps ends as if nothing had happened', needsServices, async () => {
  const content = posts(3_000);
  const undisturbed = await nobody.register('undisturbed');
  const calm = await upload(undisturbed, content);
  await finished(undisturbed, calm);
  const expected = await outcomeOf(undisturbed, calm);
  assert.deepEqual([expected.state, expected.total], ['completed', 3_000]);
  for (const point of ['job.claimed', 'import.piece:1', 'import.piece:3', 'import.written', 'job.done']) {
    const database = await withDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-jobs-'));
    let running = await startServer({ database, dataDir, env: { XBM_FAULT_POINT: point } });
    try {
      const user = await new Client(running.url).register('killed');
      const id = await upload(user, content);
      await until(() => running.child.signalCode === 'SIGKILL', 60_000);
      await running.stop();
      running = await startServer({ database, dataDir });
      const again = await new Client(running.url).logIn('killed');
      const job = await finished(again, id);
      assert.equal(job.attempt, 1, `${point}: one death is no attempt`);
      assert.deepEqual(await outcomeOf(again, id), expected, point);
    } finally {
      await running.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
});

test('a stop hands the job over, which is no attempt', needsServices, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-jobs-'));
  let running = await startServer({ database, dataDir });
  try {
    const user = await new Client(running.url).register('stopped');
    const id = await upload(user, kMany);
    await until(async () => (await totalOf(user)) >= 500, 60_000);
    assert.equal(await running.stop(), 0);
    const [[state, attempt]] = await adminSql(`SELECT state, attempt FROM jobs WHERE id = '${id}'`, database.name);
    assert.deepEqual([state, attempt], ['queued', '1']);
    running = await startServer({ database, dataDir });
    const again = await new Client(running.url).logIn('stopped');
    const job = await finished(again, id);
    assert.deepEqual([job.state, job.attempt, job.result.imported], ['completed', 1, kManyRecords]);
  } finally {
    await running.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('serve --no-jobs leaves jobs to xbookmarker worker', needsServices, async () => {
  const database = await withDatabase();
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-jobs-'));
  const front = await startServer({ database, dataDir, args: ['serve', '--no-jobs'] });
  let worker;
  try {
    const user = await new Client(front.url).register('divided');
    const id = await upload(user, posts(700));
    const stream = await openEvents(...eventsUrl(front, user, `/api/jobs/${id}/events`));
    await stream.wait((events) => events.length > 0);
    assert.equal((await jobOf(user, id)).state, 'queued');
    worker = await startServer({ database, dataDir, args: ['worker'] });
    await stream.end();
    assert.deepEqual([stream.events.at(-1).event, stream.events.at(-1).data.result.imported], ['end', 700]);
    assert.equal(await totalOf(user), 700, 'the front hears of what the worker wrote');
  } finally {
    await worker?.stop();
    await front.stop();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a thousand jobs, two instances, deaths in between: each is done once', needsServices, async () => {
  const kJobs = 1000;
  const kEach = 2;
  const kAtATime = 5;
  const kDeathEvery = 125;
  const database = await withDatabase();
  const dirs = [await mkdtemp(path.join(tmpdir(), 'xbm-jobs-')), await mkdtemp(path.join(tmpdir(), 'xbm-jobs-'))];
  const instances = await Promise.all(dirs.map((dataDir) => startServer({ database, dataDir })));
  try {
    const { token } = await new Client(instances[0].url).register('crowd');
    const clientOf = (which) => new Client(instances[which].url, { token });
    const ids = [];
    for (let i = 0; i < kJobs; i += kAtATime) {
      ids.push(...await Promise.all(Array.from({ length: kAtATime }, (_, k) => upload(clientOf((i + k) % 2), posts(kEach, 1 + (i + k) * kEach)))));
      if (i % kDeathEvery === kDeathEvery - kAtATime) {
        const dying = Math.floor(i / kDeathEvery) % 2;
        await instances[dying].kill9();
        await instances[dying].stop();
        instances[dying] = await startServer({ database, dataDir: dirs[dying] });
      }
    }
    const reader = clientOf(0);
    let imported = 0;
    for (const id of ids) {
      const job = await finished(reader, id, 120_000);
      assert.equal(job.state, 'completed', JSON.stringify(job));
      imported += job.result.imported;
    }
    assert.equal(imported, kJobs * kEach);
    assert.equal(await totalOf(reader), kJobs * kEach);
  } finally {
    for (const instance of instances) await instance.stop();
    await database.drop();
    for (const dir of dirs) await rm(dir, { recursive: true, force: true });
  }
});
