// Sync with X against the simulator: the rules of contract 4.4, every fault of 4.5, the ledger of 4.6, and that a run whose
// process dies ends as if nothing had happened.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { connected, kNoLimits as kUnlimited, kXUser as kUser, settled } from '../support/connected.mjs';
import { openEvents } from '../support/events.mjs';
import { adminSql, hasServices, startServer, withDatabase } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

const kNobody = '01a00000-0000-7000-8000-000000000000';
const kPostPrice = 0.005;
const needsServices = { skip: !hasServices && 'needs scripts/services' };
const range = (from, to) => Array.from({ length: from - to + 1 }, (_, i) => from - i); // newest first

const jobOf = async (user, id) => expectOk(await user.get(`/api/jobs/${id}`)).data.job;
async function sync(user, options = {}) {
  const started = await user.post('/api/sync', options);
  assert.equal(started.status, 202, started.text);
  return settled(user, started.body.jobId);
}
const completed = async (user, options) => {
  const job = await sync(user, options);
  assert.equal(job.state, 'completed', JSON.stringify(job));
  return job.result;
};
const library = async (user) => (await user.all('/api/bookmarks')).items;
const idsOf = (numbers, x) => numbers.map((number) => x.post(number).id);
const spendOf = async (user) => expectOk(await user.get('/api/sync/spend')).spend;
const close = (a, b) => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`);

describe('a sync', () => {
  test('brings everything in the order of X, pays for each post once a day, and brings nothing twice', async () => {
    const all = await connected(range(250, 1));
    const { x, user } = all;
    const first = await completed(user, { fullSync: true });
    assert.deepEqual([first.totalFetched, first.newBookmarks, first.unbookmarked, first.requests], [250, 250, 0, 3]);
    const rows = await library(user);
    assert.deepEqual(rows.map(({ xTweetId }) => xTweetId), idsOf(range(250, 1), x));
    const [row] = rows;
    assert.deepEqual([row.source, row.bookmarkedAtSource, row.authorUsername, row.postStatus], ['x-api', 'first_seen', 'author_3', 'available']);
    assert.equal(new Set(rows.map(({ bookmarkedAt }) => bookmarkedAt)).size, 1, 'the start of the run, not the date of the post');
    const long = rows.find(({ content }) => content.length > 280);
    assert.match(long.content, /とても長い文章/);
    assert.match(rows.find(({ content }) => content.includes('論文')).content, /読んだ & まとめた/);
    assert.ok(rows.some(({ media }) => media.length === 1 && media[0].type === 'photo'));
    close(first.amount, 250 * kPostPrice);

    const again = await completed(user, { fullSync: true });
    assert.deepEqual([again.newBookmarks, again.updatedBookmarks, again.unchangedBookmarks, again.amount], [0, 0, 250, 250 * 0 ]);
    const spend = await spendOf(user);
    close(spend.today, x.delivered.size * kPostPrice);
    assert.equal(spend.entries[0].requests, 6);
    await all.stop();
  });

  test('of what is new stops at the first page that is known and whole', async () => {
    const all = await connected(range(300, 1));
    const { x, user } = all;
    await completed(user, { fullSync: true });
    const begin = x.pages;
    for (const number of [301, 302, 303]) x.add(kUser, number);
    const result = await completed(user);
    assert.deepEqual([result.newBookmarks, result.requests], [3, 2], 'one page with what is new, one that is known');
    assert.equal(x.pages - begin, 2);
    assert.deepEqual((await library(user)).slice(0, 5).map(({ xTweetId }) => xTweetId), idsOf([303, 302, 301, 300, 299], x));
    assert.equal((await completed(user)).requests, 1);
    // Something is gone from the first page: what is below may have moved.
    x.remove(kUser, 300);
    assert.equal((await completed(user)).requests, 2);
    await all.stop();
  });

  test('takes absence for nothing, but for a full run, and keeps what is no longer bookmarked', async () => {
    const all = await connected(range(120, 1));
    const { x, user } = all;
    await completed(user, { fullSync: true });
    x.remove(kUser, 100);
    x.remove(kUser, 1);
    assert.equal((await completed(user)).unbookmarked, 0);
    const full = await completed(user, { fullSync: true });
    assert.equal(full.unbookmarked, 1, 'the oldest one may only be out of reach');
    assert.equal((await library(user)).length, 120);
    await all.stop();
  });

  test('leaves alone what is the user\'s own', async () => {
    const all = await connected(range(30, 1));
    const { x, user } = all;
    await completed(user, { fullSync: true });
    const rows = await library(user);
    const [filed, deleted] = rows;
    const { categories } = expectOk(await user.get('/api/categories')).data;
    expectOk(await user.put(`/api/bookmarks/${filed.id}`, { tags: ['mine'], note: 'kept', categoryId: categories[0].id, isArchived: true }));
    expectOk(await user.delete(`/api/bookmarks/${deleted.id}`));
    x.bookmarks.get(kUser)[0].likes = 999;
    const result = await completed(user, { fullSync: true });
    assert.deepEqual([result.newBookmarks, result.updatedBookmarks], [0, 1]);
    const after_ = expectOk(await user.get(`/api/bookmarks/${filed.id}`)).data.bookmark;
    assert.deepEqual([after_.tags, after_.note, after_.categoryId, after_.isArchived, after_.metrics.likes], [['mine'], 'kept', categories[0].id, true, 999]);
    expectProblem(await user.get(`/api/bookmarks/${deleted.id}`), 404, 'BOOKMARK_NOT_FOUND');
    assert.equal((await user.all('/api/bookmarks?includeArchived=true')).items.length, 29, 'what was deleted here does not come back');
    await all.stop();
  });

  test('files new posts in the default category', async () => {
    const all = await connected(range(3, 1));
    const { categories } = expectOk(await all.user.get('/api/categories')).data;
    expectOk(await all.user.put('/api/auth/settings', { defaultCategory: categories[1].id }));
    await completed(all.user);
    assert.ok((await library(all.user)).every(({ categoryId }) => categoryId === categories[1].id));
    await all.stop();
  });

  test('sees more than a window of 800 stay', async () => {
    const all = await connected(range(800, 1));
    const { x, user } = all;
    assert.equal((await completed(user, { fullSync: true })).totalFetched, 800);
    for (let number = 801; number <= 820; ++number) x.add(kUser, number);
    const full = await completed(user, { fullSync: true });
    assert.deepEqual([full.newBookmarks, full.unbookmarked], [20, 0], 'what fell out of the window is not gone');
    assert.equal((await library(user)).length, 820);
    await all.stop();
  });

  test('finds what a run that was cancelled had not come to', async () => {
    const all = await connected(range(100, 1));
    const { x, user } = all;
    await completed(user, { fullSync: true });
    for (let number = 101; number <= 220; ++number) x.add(kUser, number);
    const second = x.pages + 1;
    let release;
    const wait = new Promise((resolve) => (release = resolve));
    x.script = ({ number }) => (number === second ? { status: 503, body: {}, wait } : undefined);
    const { body } = await user.post('/api/sync', {});
    await until(() => x.pages > second, 20_000);
    expectOk(await user.delete(`/api/jobs/${body.jobId}`));
    release();
    assert.equal((await settled(user, body.jobId)).state, 'cancelled');
    assert.equal((await library(user)).length, 120, 'its first page');
    x.script = () => undefined;
    assert.equal((await completed(user)).newBookmarks, 100);
    assert.equal((await library(user)).length, 220);
    assert.equal((await completed(user)).requests, 1);
    await all.stop();
  });

  test('takes a bookmark that was made again for a new one, not for the end of what is to be seen', async () => {
    const all = await connected(range(800, 1));
    const { x, user } = all;
    await completed(user, { fullSync: true });
    for (let number = 801; number <= 900; ++number) x.add(kUser, number);
    await completed(user, { fullSync: true });
    x.remove(kUser, 50);
    x.add(kUser, 50);
    assert.equal((await completed(user, { fullSync: true })).unbookmarked, 0, 'those below 102 are out of reach');
    x.remove(kUser, 700);
    assert.equal((await completed(user, { fullSync: true })).unbookmarked, 1);
    await all.stop();
  });

  test('marks bookmarks of which X says that they are gone', needsServices, async () => {
    const all = await connected(range(20, 1));
    const { x, user, server } = all;
    await completed(user, { fullSync: true });
    const quoting = x.bookmarks.get(kUser).find(({ quoted }) => quoted);
    const victim = x.bookmarks.get(kUser).at(-1);
    quoting.quoted = victim.id;
    x.bookmarks.set(kUser, x.bookmarks.get(kUser).slice(0, -1));
    x.gone.set(victim.id, { type: 'https://api.x.com/2/problems/resource-not-found', title: 'Not Found Error', detail: `Could not find tweet with referenced_tweets.id: [${victim.id}].` });
    await completed(user, { fullSync: true });
    const rows = await library(user);
    assert.equal(rows.find(({ xTweetId }) => xTweetId === victim.id).postStatus, 'deleted');
    const [[status]] = await adminSql(`SELECT status FROM post_evidence WHERE post_id = '${victim.id}'`, server.database.name);
    assert.equal(status, 'deleted');
    await all.stop();
  });
});

const limitBody = { errors: [{ code: 88, message: 'Rate limit exceeded' }] };
const problem = (type, title, status) => ({ status, headers: { 'content-type': 'application/problem+json' }, body: { type: type && `https://api.x.com/2/problems/${type}`, title, detail: title, status } });

/** A fault of the second page, once: the run must go on as if it had not been. */
const kPassing = {
  'a server error': { status: 503, body: {} },
  'a broken connection': { cut: true },
  'a connection that breaks in the body': { body: { data: [] , meta: {} }, cutBody: true },
  'malformed JSON': { body: '{"data": [' },
  'an empty object': { body: {} },
  'an expired token': problem(undefined, 'Unauthorized', 401),
  'a dialect that changes': 'dialect',
  'a cursor that dies': { status: 400, body: { title: 'Invalid Request', errors: [{ parameters: { pagination_token: ['x'] }, message: 'The `pagination_token` query parameter value is not valid' }], type: 'https://api.x.com/2/problems/invalid-request' } },
};

describe('a run goes on behind', () => {
  for (const [name, fault] of Object.entries(kPassing)) {
    test(name, async () => {
      const all = await connected(range(230, 1));
      const { x, user } = all;
      let done = false;
      x.script = ({ number }) => {
        if (number !== 1 || done) return undefined;
        done = true;
        if (fault !== 'dialect') return fault;
        x.dialect = 'post';
        return undefined;
      };
      const result = await completed(user, { fullSync: true });
      assert.ok(done, 'the fault happened');
      assert.deepEqual((await library(user)).map(({ xTweetId }) => xTweetId), idsOf(range(230, 1), x));
      assert.equal(result.newBookmarks, 230);
      close((await spendOf(user)).today, x.delivered.size * kPostPrice);
      await all.stop();
    });
  }

  test('short pages and pages without data', async () => {
    const all = await connected(range(150, 1));
    const { x, user } = all;
    x.cursors.set('gap', 100);
    x.script = ({ number, query }) => {
      if (number === 1) return { headers: x.limits(), body: { meta: { result_count: 0, next_token: 'gap' } } };
      return number === 2 && query.get('pagination_token') === 'gap' ? undefined : undefined;
    };
    await completed(user, { fullSync: true });
    assert.equal((await library(user)).length, 150);
    await all.stop();
  });

  test('posts that come and go between pages, and pages that come twice', async () => {
    const all = await connected(range(260, 1));
    const { x, user } = all;
    let repeated;
    x.script = ({ number, query }) => {
      if (number === 1) { x.add(kUser, 261); x.remove(kUser, 150); }
      if (number === 2 && !repeated) {
        repeated = true;
        const shown = x.bookmarks.get(kUser).slice(101, 201);
        for (const { id } of shown) x.delivered.add(id);
        return { headers: x.limits(), body: x.bodyOf(shown, query.get('pagination_token')) };
      }
      return undefined;
    };
    await completed(user, { fullSync: true });
    const seen = new Set((await library(user)).map(({ xTweetId }) => xTweetId));
    for (const number of range(260, 1)) if (number !== 150) assert.ok(seen.has(x.post(number).id), `${number}`);
    x.script = () => undefined;
    await completed(user);
    assert.ok((await library(user)).some(({ xTweetId }) => xTweetId === x.post(261).id));
    close((await spendOf(user)).today, x.delivered.size * kPostPrice);
    await all.stop();
  });
});

/** A fault that stops the run: the state of the job, why, and what is right afterwards. */
const kStopping = [
  ['a limit with its end', { status: 429, headers: { 'x-rate-limit-reset': String(Math.floor(Date.now() / 1000) + 600) }, body: limitBody }, 'paused', 'rate_limit'],
  ['a limit without an end', problem('rate-limit-exceeded', 'Too Many Requests', 429), 'paused', 'rate_limit'],
  ['no credits', problem('credits-depleted', 'Payment Required', 402), 'paused', 'budget'],
  ['a used-up cap', problem('usage-capped', 'UsageCapExceeded', 429), 'paused', 'budget'],
  ['a withdrawn permission', problem('not-authorized-for-resource', 'Forbidden', 403), 'failed', 'X_NEEDS_REAUTH'],
  ['an app that may not', problem('client-forbidden', 'Client Forbidden', 403), 'failed', 'X_NOT_ENROLLED'],
  ['an account that is gone', problem('resource-not-found', 'Not Found Error', 404), 'failed', 'USER_NOT_FOUND'],
];

describe('a run stops for', () => {
  for (const [name, fault, state, why] of kStopping) {
    test(`${name}, and keeps what it has`, async () => {
      const all = await connected(range(230, 1));
      const { x, user } = all;
      x.script = ({ number }) => (number === 1 ? fault : undefined);
      const job = await sync(user, { fullSync: true });
      assert.equal(job.state, state, JSON.stringify(job));
      assert.equal(state === 'paused' ? job.pausedReason : job.error.code, why);
      assert.equal((await library(user)).length, 100);
      if (state === 'paused') {
        assert.ok(Date.parse(job.resumeAt) > Date.now());
        const { job: shown } = expectOk(await user.get(`/api/sync/status/${job.id}`));
        assert.deepEqual([shown.status, shown.dbStatus, shown.pausedReason], ['paused', 'paused', why]);
        expectOk(await user.delete(`/api/jobs/${job.id}`));
        if (hasServices) assert.equal((await jobOf(user, job.id)).state, 'cancelled');
      }
      close((await spendOf(user)).today, x.delivered.size * kPostPrice);
      await all.stop();
    });
  }

  test('a budget, before anything is asked', async () => {
    const all = await connected(range(150, 1), { env: { X_BUDGET_DAILY_USD: '0.6' } });
    const { x, user } = all;
    const job = await sync(user, { fullSync: true });
    assert.deepEqual([job.state, job.pausedReason, x.pages], ['paused', 'budget', 1], 'a second page of 0.50 does not fit');
    const tomorrow = new Date();
    tomorrow.setUTCHours(24, 0, 0, 0);
    assert.equal(job.resumeAt, tomorrow.toISOString());
    const spend = await spendOf(user);
    assert.deepEqual([spend.today, spend.budget.daily, spend.pausedUntil], [0.5, 0.6, job.resumeAt]);
    expectProblem(await user.put('/api/sync/budget', { daily: 0.7 }), 400, 'INVALID_BUDGET');
    expectProblem(await user.put('/api/sync/budget', { daily: -1 }), 400, 'INVALID_BUDGET');
    assert.deepEqual(expectOk(await user.put('/api/sync/budget', { daily: 0.1 })).budget, { daily: 0.1, monthly: null });
    const { forecast } = expectOk(await user.get('/api/sync/forecast?fullSync=true'));
    assert.deepEqual([forecast.maxRequests, forecast.maxResources, forecast.maxAmount, forecast.remainingToday, forecast.wouldPause], [8, 800, 4, 0, true]);
    await all.stop();
  });

  test('a login that is needed, and goes on behind it', async () => {
    const all = await connected(range(230, 1));
    const { x, user, server } = all;
    let refused = true;
    x.script = ({ number }) => (number >= 1 && refused ? problem(undefined, 'Unauthorized', 401) : undefined);
    const job = await sync(user, { fullSync: true });
    assert.deepEqual([job.state, job.pausedReason, job.resumeAt], ['paused', 'needs_reauth', null]);
    expectProblem(await user.post('/api/sync', {}), 400, 'AUTHENTICATION_REQUIRED');
    refused = false;
    const begun = expectOk(await new Client(server.url).get('/api/auth/x/oauth'));
    expectOk(await new Client(server.url).post('/api/auth/x/callback', x.authorize(begun.authUrl, kUser)));
    await until(async () => (await jobOf(user, job.id)).state === 'completed', 30_000);
    assert.equal((await library(user)).length, 230);
    await all.stop();
  });
});

test('the routes: what is asked for, what is refused, what is seen', async () => {
  const all = await connected(range(60, 1));
  const { x, user, server } = all;
  const { body: first } = await user.post('/api/sync/start', {});
  expectProblem(await user.post('/api/sync', { fullSync: 'yes' }), 400, 'INVALID_SYNC_OPTIONS');
  await settled(user, first.jobId);
  let release;
  const wait = new Promise((resolve) => (release = resolve));
  x.script = ({ number }) => (number > 2 ? { status: 503, body: {}, wait } : undefined);
  const { body: running } = await user.post('/api/sync', { fullSync: true });
  const refused = await user.post('/api/sync', {});
  expectProblem(refused, 409, 'SYNC_JOB_ACTIVE');
  assert.equal(refused.body.jobId, running.jobId);
  x.script = () => undefined;
  release();
  const forced = await user.post('/api/sync', { forceSync: true, fullSync: true });
  assert.equal(forced.status, 202, forced.text);
  assert.ok(['cancelled', 'completed'].includes((await jobOf(user, running.jobId)).state));
  assert.equal((await settled(user, forced.body.jobId)).state, 'completed');

  const { history, pagination } = expectOk(await user.get('/api/sync/history?limit=2'));
  assert.deepEqual([history.length, pagination.total, history[0].id], [2, 3, forced.body.jobId]);
  const { stats } = expectOk(await user.get('/api/sync/stats'));
  assert.equal(stats.total, 3);
  const { analytics } = expectOk(await user.get('/api/sync/analytics?days=1000'));
  assert.deepEqual([analytics.summary.total_syncs, analytics.period.days, analytics.dailyStats.length], [3, 365, 1]);
  assert.equal(expectOk(await new Client(server.url).get('/api/sync/health')).status, 'healthy');
  expectProblem(await user.post(`/api/sync/cancel/${forced.body.jobId}`), 409, 'JOB_NOT_CANCELLABLE');
  expectProblem(await user.get(`/api/sync/status/${kNobody}`), 404, 'JOB_NOT_FOUND');
  expectProblem(await user.delete('/api/sync/history/cleanup?days=0'), 400, 'INVALID_QUERY_PARAMS');
  assert.equal(expectOk(await user.delete('/api/sync/history/cleanup?days=1')).deletedCount, 0);
  x.addUser('502', 'stranger');
  const begun = expectOk(await new Client(server.url).get('/api/auth/x/oauth'));
  const login = expectOk(await new Client(server.url).post('/api/auth/x/callback', x.authorize(begun.authUrl, '502')));
  const stranger = new Client(server.url, { token: login.data.token });
  for (const where of ['status', 'cancel']) {
    const answer = where === 'status' ? await stranger.get(`/api/sync/status/${first.jobId}`) : await stranger.post(`/api/sync/cancel/${first.jobId}`);
    expectProblem(answer, 403, 'ACCESS_DENIED');
  }
  const foreign = await openEvents(`${server.url}/api/sync/events/${first.jobId}?access_token=${stranger.token}`);
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'ACCESS_DENIED']);
  for (const [path_, last] of [['', 'completed'], ['/updates', 'completed']]) {
    const stream = await openEvents(`${server.url}/api/sse/events/${forced.body.jobId}${path_}?access_token=${user.token}`);
    await stream.end();
    const end = stream.events.at(-1);
    assert.equal(path_ === '' ? end.data.status : end.event, last);
  }
  await all.stop();
});

test('scheduled syncs run by themselves', async () => {
  const all = await connected(range(12, 1), { env: { SYNC_INTERVAL_MINUTES: '60' } });
  await until(async () => (await library(all.user)).length === 12, 90_000);
  const { jobs } = expectOk(await all.user.get('/api/jobs?type=sync')).data;
  assert.deepEqual(jobs.map(({ options }) => options), [{ fullSync: false, forceSync: false }]);
  await all.stop();
});

test('a run whose process dies at any of its steps ends as if nothing had happened', needsServices, async () => {
  for (const point of ['job.claimed', 'sync.asked:2', 'sync.written:1', 'sync.written:3', 'sync.written:4', 'job.done']) {
    const database = await withDatabase();
    const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-sync-'));
    const all = await connected(range(330, 1), { database, dataDir, start: startServer, env: { XBM_FAULT_POINT: point } });
    let { server } = all;
    try {
      // It may die before it has answered.
      await all.user.post('/api/sync', { fullSync: true }).catch(() => {});
      await until(() => server.child.signalCode === 'SIGKILL', 60_000);
      await server.stop();
      server = await startServer({ database, dataDir, env: { ...all.x.env, ...kUnlimited } });
      const user = new Client(server.url, { token: all.user.token });
      const [{ id }] = expectOk(await user.get('/api/jobs')).data.jobs;
      const job = await settled(user, id);
      assert.deepEqual([job.state, job.attempt], ['completed', 1], `${point} ${JSON.stringify(job)}`);
      const { syncTime, amount, ...result } = job.result;
      assert.deepEqual(result, { totalFetched: 330, newBookmarks: 330, updatedBookmarks: 0, unchangedBookmarks: 0, unbookmarked: 0, errors: [], requests: 4, partialSuccess: false }, point);
      close(amount, 330 * kPostPrice);
      assert.deepEqual((await library(user)).map(({ xTweetId }) => xTweetId), idsOf(range(330, 1), all.x), point);
      close((await spendOf(user)).today, all.x.delivered.size * kPostPrice);
    } finally {
      all.x.stop();
      await server.stop();
      await database.drop();
      await rm(dataDir, { recursive: true, force: true });
    }
  }
});

test('posts that no run meets any more are checked by id, within the budget', async () => {
  const all = await connected(range(30, 1), { env: { X_AUDIT_ENABLED: 'true', X_BUDGET_DAILY_USD: '10' } });
  const { x, user } = all;
  await completed(user, { fullSync: true });
  const seen = (rows, number) => rows.find(({ xTweetId }) => xTweetId === x.post(number).id);
  for (const number of [5, 6]) x.remove(kUser, number);
  const victim = x.post(5);
  x.gone.set(victim.id, { type: 'https://api.x.com/2/problems/resource-not-found', title: 'Not Found Error', detail: `Could not find tweet with ids: [${victim.id}].` });
  const before = x.pages;
  const result = await completed(user, { fullSync: true });
  assert.deepEqual([result.newBookmarks, result.unbookmarked, x.pages - before], [0, 2, 1]);
  const rows = await library(user);
  assert.equal(rows.length, 30, 'what is gone stays, marked');
  assert.deepEqual([seen(rows, 5).postStatus, seen(rows, 6).postStatus], ['deleted', 'available']);
  const spend = await spendOf(user);
  close(spend.today, x.delivered.size * kPostPrice);
  assert.equal(spend.entries.reduce((sum, { requests }) => sum + requests, 0), 3, 'two pages and one question');
  // Both were checked a moment ago.
  await completed(user, { fullSync: true });
  assert.equal((await spendOf(user)).entries.reduce((sum, { requests }) => sum + requests, 0), 4);
  await all.stop();

  const poor = await connected(range(150, 1), { env: { X_AUDIT_ENABLED: 'true', X_BUDGET_DAILY_USD: '1.26' } });
  await completed(poor.user, { fullSync: true });
  poor.x.setBookmarks(kUser, range(240, 151));
  await completed(poor.user, { fullSync: true });
  assert.equal((await spendOf(poor.user)).entries.reduce((sum, { requests }) => sum + requests, 0), 3, 'no question: the budget would not hold');
  await poor.stop();
});

/** The process of a private service of a server. */
const serviceOf = (server, name) => readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).map(Number).find((pid) => {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return new RegExp(`^PPid:\t${server}$`, 'm').test(status) && status.startsWith(`Name:\t${name}`);
  } catch {
    return false; // it has ended
  }
});

test('a run outlives a restart of PostgreSQL and the end of Redis', needsServices, async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'xbm-sync-'));
  // Services of its own, which can be ended.
  const all = await connected(range(600, 1), { dataDir, database: false, start: startServer });
  const { x, user, server } = all;
  try {
    const services = new Set();
    x.script = ({ number }) => {
      const which = { 2: 'redis-server', 4: 'postgres' }[number];
      if (!which || services.has(which)) return undefined;
      services.add(which);
      const pid = serviceOf(server.pid, which);
      assert.ok(pid, `${which} runs`);
      process.kill(pid, 'SIGKILL');
      return undefined;
    };
    const { body } = await user.post('/api/sync', { fullSync: true });
    const job = await until(async () => {
      const found = await user.get(`/api/jobs/${body.jobId}`).catch(() => undefined);
      const state = found?.status === 200 ? found.body.data.job : undefined;
      return ['completed', 'failed'].includes(state?.state) && state;
    }, 120_000);
    assert.equal(job.state, 'completed', JSON.stringify(job));
    assert.deepEqual([...services].sort(), ['postgres', 'redis-server']);
    x.script = () => undefined;
    assert.deepEqual((await library(user)).map(({ xTweetId }) => xTweetId), idsOf(range(600, 1), x));
    close((await spendOf(user)).today, x.delivered.size * kPostPrice);
  } finally {
    x.stop();
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('a default category that is chosen between two pages counts from the next one on', async () => {
  const all = await connected(range(250, 1));
  const { x, user } = all;
  const { category } = expectOk(await user.post('/api/categories', { name: '後で', color: '#000000', icon: 'x' }), 201).data;
  let isChosen = false;
  x.fault = ({ path: where, query }) => {
    if (!where.endsWith('/bookmarks') || x.pages !== 2 || isChosen) return undefined;
    assert.ok(query.has('pagination_token'));
    isChosen = true;
    return { before: user.put('/api/auth/settings', { defaultCategory: category.id }) };
  };
  await completed(user, { fullSync: true });
  assert.ok(isChosen);
  const filed = (await library(user)).map(({ category: of }) => of?.id ?? null);
  assert.deepEqual(filed, [...Array(200).fill(null), ...Array(50).fill(category.id)]);
  await all.stop();
});

test('what was read and paid for goes with its user', needsServices, async () => {
  const database = await withDatabase();
  const all = await connected(range(3, 1), { database });
  try {
    await completed(all.user);
    const left = () => adminSql('SELECT (SELECT count(*) FROM x_bookmarks), (SELECT count(*) FROM x_billed), (SELECT count(*) FROM x_spend)', database.name);
    assert.deepEqual(await left(), [['3', '3', '1']]);
    await adminSql('DELETE FROM users', database.name);
    assert.deepEqual(await left(), [['0', '0', '0']]);
  } finally {
    await all.stop();
    await database.drop();
  }
});
