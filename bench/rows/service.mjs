// The service as a whole: memory, start, connections, invalidation, recovery.
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, memoryMiB, run, start, stop, until, waitForEnd } from '../lib/processes.mjs';
import { bearer, exchange, expectStatus, get, headerOf, writeRequests } from '../lib/requests.mjs';
import { startServer } from '../lib/server.mjs';
import { percentile, ratioOf, summary } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { createRequest, forget } from './create.mjs';
import { kListTarget, pinnedServer } from './hit.mjs';
import { kUncached } from './miss.mjs';

async function measureMemory(bench) {
  const kMixedSeconds = bench.large ? 3600 : bench.quick ? 3 : 60;
  const idle = [];
  for (let round = 0; round < bench.rounds; ++round) {
    const dir = path.join(bench.dir, `memory-${round}`);
    const server = await startServer({ bin: bench.programs.bin, secret: bench.secret, dir: bench.dir, env: { DATA_DIR: dir } });
    await sleep(3000);
    idle.push({ rssMiB: memoryMiB(server.pid), anonymousMiB: memoryMiB(server.pid, 'RssAnon') });
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  }
  const library = await bench.library();
  const server = await bench.server(library);
  const requests = library.users.flatMap((user) => [...Array(9).fill(get(kListTarget, bearer(user.token))),
    get('/api/search?text=%E6%96%99%E7%90%86', bearer(user.token)), createRequest(user)]);
  const loaded = await wrk(server, { requests: writeRequests(bench.dir, requests), seconds: kMixedSeconds, connections: 64 });
  await sleep(10_000);
  const after = { rssMiB: memoryMiB(server.pid), anonymousMiB: memoryMiB(server.pid, 'RssAnon') };
  await forget(library);
  return {
    contestants: bench.contestants({ 'xbookmarker, idle': idle, 'xbookmarker, under mixed load': [{ rssMiB: loaded.rssMiB, requestsPerSecond: loaded.requestsPerSecond }], 'xbookmarker, 10 s after it': [after] }),
    ratios: [
      { name: 'RSS idle, MiB', ...summary(idle.map((round) => round.rssMiB)), target: { atMost: 30 } },
      { name: `RSS after ${kMixedSeconds} s of mixed load / (CACHE_MEMORY + RESIDENT_MEMORY + 40 MiB)`, ...summary([after.rssMiB / (64 + 256 + 40)]), target: { atMost: 1.1 } },
    ],
    notes: ['Without its PostgreSQL and Redis. The load searches the libraries of all users, so both budgets are full. RSS counts the pages of program and libraries too; `anonymousMiB` is what it allocated. The hour of load that the target asks for is run with --large.'],
  };
}

async function measureStart(bench) {
  await bench.library(); // fills it
  const { dataDir, services } = await bench.library();
  await bench.closeLibrary('medium');
  const cluster = path.join(services, 'postgres');
  const asOwner = process.getuid() === 0 ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups'] : [];
  const pgCtl = (...args) => run([...asOwner, path.join(path.dirname(bench.programs.postgres), 'pg_ctl'), '-D', cluster, ...args], { timeoutMs: 120_000 });
  const ours = async () => {
    const server = await startServer({ bin: bench.programs.bin, secret: bench.secret, dir: bench.dir, env: { DATA_DIR: dataDir } });
    await server.stop();
    return { ms: server.startMs };
  };
  const theirs = async () => {
    const begin = performance.now();
    await pgCtl('-w', '-s', '-l', '/dev/null', '-o', `-c config_file=${path.join(cluster, 'xbookmarker.conf')}`, 'start');
    const ms = performance.now() - begin;
    await pgCtl('-w', '-s', '-m', 'fast', 'stop');
    return { ms };
  };
  const measured = await bench.alternate({ 'serve to /readyz': ours, 'pg_ctl start': theirs });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: "time to /readyz / PostgreSQL's own start", ...ratioOf(measured['serve to /readyz'], measured['pg_ctl start'], 'ms'), target: { atMost: 1.3 } }],
    notes: ['The same data directory, stopped in order. pg_ctl waits in steps of 100 ms.'],
  };
}

async function openIdle(bench, server, user, count) {
  const request = writeRequests(bench.dir, [get(kListTarget, bearer(user.token))]);
  const child = await start([bench.programs.idleConnections, String(server.port), String(count), request], { stdio: ['pipe', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (text) => (said += text));
  await until('the opening of connections', () => said.includes('ready') || (child.exitCode !== null && 'ended'), 60_000);
  if (!said.includes('ready')) throw new Failure('the connections could not be opened (ulimit -n?)');
  return {
    async close() {
      child.stdin.end();
      await waitForEnd(child, 60_000);
      return Number(said.trim().split('\n').at(-1)); // still open
    },
    stop: () => stop(child),
  };
}

async function measureConnections(bench) {
  const kIdle = bench.quick ? 500 : 10_000;
  const { server, user } = await pinnedServer(bench);
  const request = get(kListTarget, bearer(user.token));
  const { bytes } = await expectStatus(server.port, request);
  const requests = writeRequests(bench.dir, [request]);
  const load = (connections) => (seconds) => wrk(server, { requests, seconds, connections, cpus: '1', bytesEach: bytes.length });
  await load(64)(2);
  await sleep(1000);
  const before = memoryMiB(server.pid);
  const measured = { '64 connections': [], [`${kIdle} idle and 1500 active connections`]: [] };
  const perIdle = [];
  for (let round = 0; round < bench.rounds; ++round) {
    measured['64 connections'].push(await load(64)(bench.seconds));
    const resting = memoryMiB(server.pid);
    const idle = bench.until(await openIdle(bench, server, user, kIdle));
    await sleep(1000);
    perIdle.push({ kib: ((memoryMiB(server.pid) - (round === 0 ? before : resting)) * 1024) / kIdle });
    measured[`${kIdle} idle and 1500 active connections`].push(await load(1500)(bench.seconds));
    const open = await idle.close();
    if (open !== kIdle) throw new Failure(`${kIdle - open} idle connections were closed`);
    await sleep(1000);
  }
  const many = measured[`${kIdle} idle and 1500 active connections`];
  return {
    contestants: bench.contestants(measured),
    ratios: [
      { name: `requests/s with ${kIdle} idle and 1500 active / 64 connections`, ...ratioOf(many, measured['64 connections'], 'requestsPerSecond'), target: { atLeast: 0.8 } },
      { name: 'RSS per idle connection, KiB', ...summary([perIdle[0].kib]), target: { atMost: 8 } },
    ],
    notes: ['One worker on one core, wrk on the other. Each idle connection has had one answer. Memory is that of the first round: later rounds reuse what was freed.'],
  };
}

async function measureInvalidation(bench) {
  const kWrites = bench.quick ? 20 : 200;
  const library = await bench.library();
  const [a, b] = [await bench.server(library, { env: { WORKERS: '1' } }), await bench.server(library, { env: { WORKERS: '1' } })];
  const user = library.users[2];
  const list = get(kListTarget, bearer(user.token));
  const first = JSON.parse((await expectStatus(a.port, list)).body).data.bookmarks[0];
  const delays = [];
  for (let i = 0; i < kWrites; ++i) {
    const old = headerOf(await expectStatus(b.port, list), 'etag');
    const body = JSON.stringify({ note: `note ${i} ${Date.now()}` });
    await expectStatus(a.port, `PUT /api/bookmarks/${first.id} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${user.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    const written = performance.now();
    while (headerOf(await expectStatus(b.port, list), 'etag') === old) {
      if (performance.now() - written > 20_000) throw new Failure('the other instance never answers the new state');
    }
    delays.push(performance.now() - written);
  }
  const p99 = percentile(delays, 0.99);
  return {
    contestants: [{ name: 'write on A acknowledged, until B answered it', metrics: { p50Ms: summary([percentile(delays, 0.5)]), p99Ms: summary([p99]), maxMs: summary([Math.max(...delays)]) } }],
    ratios: [{ name: 'p99 of the delay, ms', ...summary([p99]), target: { atMost: 100 }, beyond: { atMost: 10 } }],
    notes: [`${kWrites} writes; the delay includes the request to B that finds the new state, which often is the first.`],
  };
}

/** Asks again and again until told to end: `[{at, ok}]`, `at` being when the answer was there. */
function probe(port, request) {
  const seen = [];
  let go = true;
  const ask = async () => {
    while (go) {
      const ok = await exchange(port, request).then((answer) => answer.status === 200, () => false);
      seen.push({ at: performance.now(), ok });
      await sleep(2);
    }
  };
  const done = Promise.all(Array.from({ length: 8 }, ask));
  return { seen, async end() { go = false; await done; return seen; } };
}

/** Kills a service under load and tells how long after its answering again the last request failed. */
async function breakService(bench, { library, server, request, program, signal, isUp }) {
  const probing = probe(server.port, request);
  const load = wrk(server, { requests: writeRequests(bench.dir, [request]), seconds: 8, connections: 64, mayFail: true });
  await sleep(2000);
  const pid = library.service(program);
  if (!pid) throw new Failure(`${program} is not to be found`);
  const killed = performance.now();
  process.kill(pid, signal);
  await until('the end of the service', () => library.service(program) !== pid, 20_000, 5);
  await until('the return of the service', isUp, 30_000, 5);
  const up = performance.now();
  await load;
  await sleep(500);
  const failed = (await probing.end()).filter(({ ok }) => !ok);
  const lastFailure = failed.length > 0 ? failed.at(-1).at : up;
  return { downS: (up - killed) / 1000, wholeS: Math.max(0, lastFailure - up) / 1000, failed: failed.length };
}

async function measureRecovery(bench) {
  const library = await bench.library();
  const uncached = await bench.server(library, { env: { ...kUncached, WORKERS: '2' } });
  const cached = await bench.server(library, { env: { WORKERS: '2' } });
  const request = get(kListTarget, bearer(library.users[0].token));
  const up = {
    postgres: () => library.sql('SELECT 1').then(() => true, () => false),
    redis: () => run(['redis-cli', '-s', library.redisSocket, 'ping'], { timeoutMs: 2000 }).then((text) => text.includes('PONG'), () => false),
  };
  const rounds = { 'PostgreSQL restarted under row miss': [], 'Redis killed under row hit': [] };
  for (let round = 0; round < bench.rounds; ++round) {
    rounds['PostgreSQL restarted under row miss'].push(await breakService(bench, { library, server: uncached, request, program: 'postgres', signal: 'SIGINT', isUp: up.postgres }));
    rounds['Redis killed under row hit'].push(await breakService(bench, { library, server: cached, request, program: 'redis', signal: 'SIGKILL', isUp: up.redis }));
  }
  return {
    contestants: bench.contestants(rounds),
    ratios: Object.entries(rounds).map(([name, measured]) => ({ name: `${name}: seconds until whole`, ...summary(measured.map((one) => one.wholeS)), target: { atMost: 2 } })),
    notes: ['Counted from the first answer of the service itself to the last request that failed. `failed` counts requests of 8 probing clients beside 64 connections of load.'],
  };
}

export const rows = [
  { name: 'memory', about: 'resident memory of the server alone, idle and after mixed load', measure: measureMemory },
  { name: 'start', about: '`serve` on an existing data directory until /readyz answers; against the start of its PostgreSQL alone', measure: measureStart },
  { name: 'connections', about: '10,000 idle keep-alive connections beside 1,500 active ones on row hit; against 64 connections', measure: measureConnections },
  { name: 'invalidation', about: 'two instances on one PostgreSQL and Redis: from the acknowledged write on one to the new state on the other', measure: measureInvalidation },
  { name: 'recovery', about: 'PostgreSQL restarted under row miss, Redis killed under row hit: time until every request succeeds again', measure: measureRecovery },
];
