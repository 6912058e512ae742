// Reads that PostgreSQL answers: miss and list-deep.
import { Failure } from '../lib/processes.mjs';
import { literal, pgbench, writeScripts } from '../lib/pgbench.mjs';
import { bearer, expectStatus, get, writeRequests } from '../lib/requests.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { kListTarget } from './hit.mjs';

export const kUncached = { CACHE_ENABLED: 'false' };

/**
 * The statement that the server sends for the first page, as PostgreSQL shows it of the server's own connections, with
 * the parameters of that request put in.
 */
async function listStatement(library) {
  const rows = await library.sql(`SELECT DISTINCT replace(query, E'\\n', ' '), current_setting('track_activity_query_size') FROM pg_stat_activity
    WHERE query LIKE 'SELECT b.id, b.version%ORDER BY bookmarked_at DESC%'`);
  const [query, limit] = rows[0] ?? [];
  if (!query || query.length >= Number(limit) - 1) throw new Failure(`the statement of the list is not to be seen (${rows.length} rows)`);
  return (user) => query.replaceAll('$1', literal(user.id));
}

async function measureMiss(bench) {
  const library = await bench.library();
  const server = await bench.server(library, { env: { ...kUncached, WORKERS: '2' } });
  for (const user of library.users) {
    const answer = JSON.parse((await expectStatus(server.port, get(kListTarget, bearer(user.token)))).body);
    if (answer.data.bookmarks.length !== 20) throw new Failure('the list has not 20 bookmarks');
  }
  const statement = await listStatement(library);
  const scripts = writeScripts(bench.dir, 'miss', library.users.map((user) => `${statement(user)};\n`));
  const requests = writeRequests(bench.dir, library.users.map((user) => get(kListTarget, bearer(user.token))));
  const measured = await bench.alternate({
    xbookmarker: (seconds) => wrk(server, { requests, seconds }),
    pgbench: (seconds) => pgbench({ program: bench.programs.pgbench, databaseUrl: library.databaseUrl, scripts, clients: 16, seconds }),
  });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s / transactions/s of pgbench', ...ratioOf(measured.xbookmarker, measured.pgbench, 'requestsPerSecond'), target: { atLeast: 0.7 }, beyond: { atLeast: 0.9 } }],
    notes: ['Server, PostgreSQL and load generator share the cores. pgbench takes the rows as text, the server as binary.'],
  };
}

/** The target of the page at this depth. */
async function pageAt(server, user, depth) {
  let target = '/api/bookmarks?limit=100';
  for (let at = 0; at < depth; at += 100) {
    const { pagination } = JSON.parse((await expectStatus(server.port, get(target, bearer(user.token)))).body).data;
    if (!pagination.nextCursor) throw new Failure(`the library of ${user.name} has no depth of ${depth}`);
    target = `/api/bookmarks?limit=100&cursor=${encodeURIComponent(pagination.nextCursor)}`;
  }
  return target.replace('limit=100', 'limit=20');
}

async function measureDeep(bench) {
  const library = await bench.library();
  const server = await bench.server(library, { env: { ...kUncached, WORKERS: '1' } });
  const contestants = {};
  // Some of the bookmarks are archived and not listed.
  const deep = (count) => Math.floor((count * 0.9) / 100) * 100;
  const cases = [['medium', library.users[0], deep(library.shape.each)], ['heavy', library.heavy, deep(library.shape.heavy)]];
  for (const [name, user, depth] of cases) {
    for (const [page, target] of [['first page', kListTarget], [`depth ${depth}`, await pageAt(server, user, depth)]]) {
      const requests = writeRequests(bench.dir, [get(target, bearer(user.token))]);
      contestants[`${name}, ${page}`] = (seconds) => wrk(server, { requests, seconds, connections: 1 });
    }
  }
  const measured = await bench.alternate(contestants, { seconds: Math.min(bench.seconds, 3) });
  return {
    contestants: bench.contestants(measured),
    ratios: cases.map(([name, , depth]) => ({ name: `p50 at depth ${depth} / first page, ${name}`, ...ratioOf(measured[`${name}, depth ${depth}`], measured[`${name}, first page`], 'p50Ms'), target: { atMost: 1.2 } })),
    notes: [],
  };
}

export const rows = [
  { name: 'miss', about: `GET ${kListTarget} without cache, users drawn at random, 64 connections, 2 workers; against pgbench with the same statement, 16 clients`, measure: measureMiss },
  { name: 'list-deep', about: 'a page by cursor deep in the list, without cache, one connection; against the first page', measure: measureDeep },
];
