// What operators see (contract 3.19, 7): metrics, numbers, health, slow statements and requests, alerts, traces.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, expectOk, expectProblem, startTestServer, stopClean, until } from '../support/client.mjs';
import { parseMetrics, valueOf } from '../support/metrics.mjs';
import { Receiver } from '../support/receiver.mjs';
import { adminSql } from '../support/server.mjs';

const kToken = 'metrics-token-of-forty-characters-000000';
const kNames = readFileSync(new URL('../data/metrics.txt', import.meta.url), 'utf8').trim().split('\n');
const kReads = ['dashboard', 'database', 'cache', 'queues', 'api', 'health', 'recommendations'].map((name) => `/api/performance/${name}`);

let server;
let receiver;
let nobody;
let admin;
let user;
let scraper;
before(async () => {
  receiver = await Receiver.start();
  server = await startTestServer({
    env: {
      METRICS_TOKEN: kToken, ALERT_WEBHOOK_URL: `${receiver.url}/alert?key=very-secret`, ERROR_THRESHOLD: '1', SLOW_QUERY_MS: '500',
      ALLOW_PRIVATE_ADDRESSES: '127.0.0.1',
      OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/otlp/`, WORKERS: '2',
    },
  });
  nobody = new Client(server.url);
  admin = await nobody.register('admin');
  user = await nobody.register('user');
  scraper = new Client(server.url, { token: kToken });
});
after(async () => {
  receiver.stop();
  await stopClean(server);
});

const sql = (text) => adminSql(text, server.database.name);
const metrics = async () => parseMetrics((await scraper.get('/metrics')).text);

test('metrics: the names are those of the list', async () => {
  const answer = await scraper.get('/metrics');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  assert.deepEqual(parseMetrics(answer.text).map(({ name, type }) => `${name} ${type}`).sort(), kNames);
  const open = await scraper.get('/metrics', { Accept: 'application/openmetrics-text; version=1.0.0' });
  assert.equal(open.headers.get('content-type'), 'application/openmetrics-text; version=1.0.0; charset=utf-8');
  assert.ok(open.text.endsWith('# EOF\n'));
  assert.deepEqual(parseMetrics(open.text).map(({ name, type }) => `${name}${type === 'counter' ? '_total' : ''} ${type}`).sort(), kNames);
});

test('metrics: counts follow what happens', async () => {
  const before_ = await metrics();
  for (let i = 0; i < 3; ++i) expectOk(await user.get('/api/bookmarks?limit=5'));
  await user.addBookmark();
  expectProblem(await user.get('/api/bookmarks/not-an-id'), 404, 'BOOKMARK_NOT_FOUND');
  expectProblem(await new Client(server.url, { token: 'x.y.z' }).get('/api/bookmarks'), 401, 'INVALID_TOKEN');
  const after_ = await metrics();
  const grew = (name, labels) => valueOf(after_, name, labels) - valueOf(before_, name, labels);
  const list = { method: 'GET', route: '/api/bookmarks' };
  assert.equal(grew('xbm_http_requests_total', { ...list, status: '200' }), 3);
  assert.equal(grew('xbm_http_requests_total', { ...list, status: '401' }), 1);
  assert.equal(grew('xbm_http_requests_total', { route: '/api/bookmarks/:id', status: '404' }), 1);
  assert.equal(grew('xbm_http_request_duration_seconds_count', list), 4);
  assert.equal(grew('xbm_http_request_duration_seconds_bucket', { ...list, le: '+Inf' }), 4);
  assert.equal(grew('xbm_auth_failures_total', { code: 'INVALID_TOKEN' }), 1);
  assert.equal(grew('xbm_cache_requests_total', { cache: 'list', result: 'miss' }), 1);
  assert.equal(grew('xbm_cache_requests_total', { cache: 'list', result: 'memory' }), 2);
  assert.ok(grew('xbm_http_response_bytes_total', list) > 1000);
  assert.ok(grew('xbm_db_query_duration_seconds_count', { query: 'bookmarks.insert' }) >= 0);
  assert.equal(valueOf(after_, 'xbm_dependency_up'), 2);
  assert.equal(valueOf(after_, 'xbm_build_info'), 1);
  assert.ok(valueOf(after_, 'process_resident_memory_bytes') > 1e6);
  await until(async () => valueOf(await metrics(), 'xbm_db_pool_connections', { state: 'idle' }) > 0);
});

test('metrics: no label holds what a user wrote', async () => {
  expectOk(await user.get('/api/search?text=geheimniskraemer'));
  await user.get('/api/bookmarks/geheimniskraemer');
  await user.get('/geheimniskraemer');
  const { text } = await scraper.get('/metrics');
  assert.ok(!/geheimniskraemer/i.test(text));
  assert.ok(!text.includes(user.user.id) && !text.includes('"user"'));
});

test('rights: administrators and METRICS_TOKEN read, nobody else', async () => {
  for (const path of ['/metrics', ...kReads]) {
    expectProblem(await user.get(path), 403, 'ADMIN_REQUIRED');
    expectProblem(await nobody.get(path), 401, 'MISSING_AUTH_HEADER');
    expectProblem(await new Client(server.url, { token: kToken.slice(1) }).get(path), 401, 'INVALID_TOKEN');
    assert.equal((await admin.get(path)).status, 200, path);
    assert.equal((await scraper.get(path)).status, 200, path);
  }
  expectProblem(await scraper.post('/api/performance/reset', {}), 401, 'INVALID_TOKEN');
  expectProblem(await user.post('/api/performance/reset', {}), 403, 'ADMIN_REQUIRED');
  expectProblem(await admin.post('/api/performance/reset', {}), 403, 'NOT_ALLOWED_IN_PRODUCTION');
  assert.equal((await scraper.get('/api/bookmarks')).status, 401, 'it stands for no account');
});

test('numbers: of pool, cache, queues and requests', async () => {
  const dashboard = expectOk(await admin.get('/api/performance/dashboard'));
  assert.equal(dashboard.healthScore, 100);
  assert.ok(dashboard.overview.totalRequests > 10 && dashboard.overview.memoryUsage.rss > 1e6);
  assert.deepEqual(Object.keys(dashboard.queues.metrics), ['bookmark-sync', 'data-export', 'data-import', 'ai-suggest', 'backup']);
  const { stats, queryStats } = await until(async () => {
    const shown = expectOk(await admin.get('/api/performance/database'));
    return shown.metrics.totalConnections > 0 && shown;
  });
  assert.ok(stats.indexUsage.some(({ indexname }) => indexname === 'bookmarks_pkey'));
  assert.ok(stats.tableStats.some(({ tablename }) => tablename === 'bookmarks'));
  assert.ok(stats.connections.some(({ state, count }) => state === 'idle' && count > 0));
  assert.ok(queryStats.totalQueries > 10);
  await user.addBookmark();
  for (let i = 0; i < 4; ++i) expectOk(await user.get('/api/bookmarks?limit=7'));
  const cache = expectOk(await admin.get('/api/performance/cache'));
  assert.ok(cache.stats.hits >= 3 && cache.stats.misses >= 1);
  assert.ok(cache.keyAnalysis.namespaces.cache >= 1 && cache.keyAnalysis.complete);
  const { metrics: api } = expectOk(await admin.get('/api/performance/api'));
  const list = api.topSlowEndpoints.find(({ path }) => path === '/api/auth/register');
  assert.ok(list.avgTime > 1 && list.count >= 2, 'a password takes its time');
});

test('metrics: records of imports', async () => {
  await user.importFile('a.json', JSON.stringify([{ id: '1790000000000000001', full_text: 'x', screen_name: 'a', created_at: '2024-01-01T00:00:00Z' }]));
  assert.equal(valueOf(await metrics(), 'xbm_import_records_total', { result: 'imported' }), 1);
});

test('numbers: jobs by queue', async () => {
  const { jobId } = expectOk(await user.post('/api/export', { format: 'json' }), 202);
  await until(async () => (await user.get(`/api/jobs/${jobId}`)).body.data.job.state === 'completed');
  const { metrics: queues, queueDetails, summary } = expectOk(await admin.get('/api/performance/queues'));
  assert.deepEqual([queues['data-export'].completedJobs, queueDetails['data-export'].completed, summary.successRate], [1, 1, 100]);
  assert.ok(queues['data-export'].throughput > 0 && queues['data-export'].avgProcessingTime > 0);
  assert.equal(valueOf(await metrics(), 'xbm_jobs', { type: 'export', state: 'completed' }), 1);
  // Counted a moment after the job has ended.
  await until(async () => valueOf(await metrics(), 'xbm_job_duration_seconds_count', { type: 'export' }) === 1);
});

/** Holds a table for so long that whoever reads it is slow. */
const hold = (table, seconds) => sql(`BEGIN; LOCK TABLE ${table}; SELECT pg_sleep(${seconds}); COMMIT`);

test('slow statements and requests are kept with plan and without values', async () => {
  expectOk(await user.get('/api/search/saved'));
  await user.addBookmark(); // what was finished is no longer current
  const held = hold('saved_searches', 1.5);
  await until(async () => (await sql("SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'saved_searches'::regclass"))[0][0] === '1');
  expectOk(await user.get('/api/search/saved?limit=7'));
  await held;
  const slow = await until(async () => {
    const { slowQueries } = expectOk(await admin.get('/api/performance/database'));
    return slowQueries.find(({ queryId, plan }) => queryId.startsWith('saved_search') && plan);
  });
  assert.ok(slow.duration > 500 && slow.success);
  assert.ok(slow.sql.includes('$1') && !slow.sql.includes(user.user.id));
  assert.ok(slow.plan[0].Plan['Node Type']);
  assert.ok(!JSON.stringify(slow.plan).includes(user.user.id), 'a plan without values');
  assert.ok(valueOf(await metrics(), 'xbm_db_slow_queries_total') >= 1);
  const { slowRequests, metrics: api } = expectOk(await admin.get('/api/performance/api'));
  const request = slowRequests.find(({ path }) => path === '/api/search/saved');
  assert.ok(request.duration > 1000 && request.databaseTime > 500 && request.queries >= 1 && request.cache === 'miss');
  assert.ok(api.slowRequests >= 1);
  assert.match(server.stdout.join('\n'), /"msg":"slow request".*"route":"\/api\/search\/saved"/);
  assert.match(server.stdout.join('\n'), /"msg":"slow query".*"statement":"saved_search/);
});

test('alerts: told once when they begin, and when they end', async () => {
  await sql('ALTER TABLE saved_searches RENAME TO hidden');
  try {
    assert.equal((await user.get('/api/search/saved?limit=9')).status, 500);
  } finally {
    await sql('ALTER TABLE hidden RENAME TO saved_searches');
  }
  await sql(`INSERT INTO x_accounts (user_id, x_user_id, username, status, app, scopes, access_token, expires_at, connected_at)
             VALUES ('${user.user.id}', '1', 'u', 'needs_reauth', 'shared', '{}', '', now(), now())`);
  const notices = () => receiver.of('/alert?key=very-secret');
  const [errors, login] = await until(() => {
    const found = ['errors', 'x_needs_reauth'].map((name) => notices().find(({ alert }) => alert === name));
    return found.every(Boolean) && found;
  }, 20_000);
  assert.deepEqual([errors.severity, errors.threshold, errors.resolved], ['critical', 1, false]);
  assert.ok(errors.value >= 1 && errors.text.includes('failed in the last minute') && errors.instance.includes(':'));
  assert.equal(login.severity, 'warning');
  assert.equal(valueOf(await metrics(), 'xbm_alerts_firing', { alert: 'x_needs_reauth' }), 1);
  await sql('DELETE FROM x_accounts');
  await until(() => notices().some(({ alert, resolved }) => alert === 'x_needs_reauth' && resolved), 20_000);
  assert.equal(notices().filter(({ alert, resolved }) => alert === 'errors' && !resolved).length, 1);
  assert.equal(valueOf(await metrics(), 'xbm_alerts_firing', { alert: 'x_needs_reauth' }), 0);
  await until(async () => valueOf(await metrics(), 'xbm_alerts_sent_total', { result: 'sent' }) >= 3);
  assert.ok(!server.stdout.join('\n').includes('very-secret'));
});

test('alerts: the last backup failed, or there is none though they are scheduled', async () => {
  const firing = async () => valueOf(await metrics(), 'xbm_alerts_firing', { alert: 'backup_failed' });
  const insert = (status, ago) => sql(`INSERT INTO backups (id, type, started_at, duration_ms, status, size_bytes, files, errors, metadata, manifest)
    VALUES ('daily-${status}-${ago}', 'daily', now() - interval '${ago} hours', 1, '${status}', 0, '{}', '{}', '{}', '{}')`);
  await insert('success', 40);
  await insert('failure', 1);
  await until(async () => (await firing()) === 1, 20_000);
  await insert('success', 0);
  await until(async () => (await firing()) === 0, 20_000);
  await sql("DELETE FROM backups WHERE started_at > now() - interval '30 hours'");
  await sql("UPDATE backup_schedule SET is_enabled = true, heeded_at = now() - interval '27 hours'");
  // Nobody makes it up: an operator there must be, but not one who may log in.
  await sql("UPDATE users SET is_disabled = true WHERE role = 'admin'");
  await until(async () => (await firing()) === 1, 20_000);
  await sql('UPDATE backup_schedule SET is_enabled = false, heeded_at = NULL');
  await sql("UPDATE users SET is_disabled = false WHERE role = 'admin'");
  await until(async () => (await firing()) === 0, 20_000);
  await sql('DELETE FROM backups');
});

test('traces: spans go to the collector with the parent of the caller', async () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  expectOk(await user.get('/api/categories?x=geheim', { traceparent: `00-${trace}-b7ad6b7169203331-01` }));
  const spans = () => receiver.of('/otlp/v1/traces').flatMap(({ resourceSpans }) => resourceSpans[0].scopeSpans[0].spans);
  const span = await until(() => spans().find(({ traceId }) => traceId === trace), 10_000);
  assert.equal(span.name, 'GET /api/categories');
  assert.equal(span.parentSpanId, 'b7ad6b7169203331');
  assert.match(span.spanId, /^[0-9a-f]{16}$/);
  assert.ok(BigInt(span.endTimeUnixNano) > BigInt(span.startTimeUnixNano));
  assert.ok(span.attributes.some(({ key, value }) => key === 'http.response.status_code' && value.intValue === '200'));
  assert.ok(!JSON.stringify(spans()).includes('geheim'));
});

test('reset: only in development', async () => {
  const other = await startTestServer({ env: { NODE_ENV: 'development' } });
  try {
    const boss = await new Client(other.url).register('boss');
    for (let i = 0; i < 5; ++i) expectOk(await boss.get('/api/tags'));
    expectOk(await boss.post('/api/performance/reset', {}));
    const { metrics: api } = expectOk(await boss.get('/api/performance/api'));
    assert.ok(api.totalRequests <= 1, `${api.totalRequests}`);
  } finally {
    await stopClean(other);
  }
});

test('METRICS_ENABLED=false: nothing is counted, everything works', async () => {
  const other = await startTestServer({ env: { METRICS_ENABLED: 'false', METRICS_TOKEN: kToken } });
  try {
    const boss = await new Client(other.url).register('boss');
    for (let i = 0; i < 5; ++i) expectOk(await boss.get('/api/tags'));
    const counted = parseMetrics((await new Client(other.url, { token: kToken }).get('/metrics')).text);
    assert.equal(valueOf(counted, 'xbm_http_requests_total'), 0);
    assert.equal(valueOf(counted, 'xbm_db_query_duration_seconds_count'), 0);
  } finally {
    await stopClean(other);
  }
});

test('health: unhealthy without a database', async () => {
  const healthy = expectOk(await scraper.get('/api/performance/health'));
  assert.deepEqual([healthy.status, healthy.checks.memory.status], ['healthy', 'normal']);
});

test('the dashboard for Grafana asks for metrics and labels that there are', async () => {
  const dashboard = JSON.parse(readFileSync(new URL('../../docs/grafana/xbookmarker.json', import.meta.url), 'utf8'));
  const families = await metrics();
  const asked = new Set();
  for (const { expr } of dashboard.panels.flatMap(({ targets }) => targets)) {
    for (const [, name] of expr.matchAll(/\b((?:xbm|process)_\w+)/g)) {
      const family = families.find((one) => [one.name, ...(one.type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => one.name + end) : [])].includes(name));
      assert.ok(family, `${name} of ${expr}`);
      asked.add(family.name);
      const labels = [...expr.matchAll(/by \(([\w, ]+)\)/g)].flatMap(([, list]) => list.split(', ')).filter((label) => !['le', 'instance'].includes(label));
      const [sample] = family.samples;
      for (const label of sample ? labels : []) assert.ok(label in sample.labels, `${name} has no label ${label}`);
    }
  }
  const shown = families.map(({ name }) => name).filter((name) => name.startsWith('xbm_') && !asked.has(name));
  assert.deepEqual(shown, ['xbm_db_pool_broken_total', 'xbm_cache_entries', 'xbm_cache_evictions_total', 'xbm_alerts_sent_total', 'xbm_traces_dropped_total'], 'what is not on it');
});

test('OPERATIONS.md has a page for every alert', async () => {
  const text = readFileSync(new URL('../../docs/OPERATIONS.md', import.meta.url), 'utf8');
  const alerts = (await metrics()).find(({ name }) => name === 'xbm_alerts_firing').samples.map(({ labels }) => labels.alert);
  assert.ok(alerts.length >= 9);
  for (const alert of alerts) assert.match(text, new RegExp(`^#### ${alert}\n\\w`, 'm'));
});
