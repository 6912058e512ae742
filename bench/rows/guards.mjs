// What guards and observation cost when nothing is wrong, and what they are worth when many ask for too much.
import { bearer, expectStatus, get, writeRequests } from '../lib/requests.mjs';
import { say } from '../lib/processes.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { kListTarget, pinnedServer } from './hit.mjs';
import { kUncached } from './miss.mjs';
import { openLoop } from './overload.mjs';

const kServerCpu = '0';
const kLoadCpu = '1';
/** More than is asked for, so that everything is counted and nothing refused. */
const kCounting = Object.fromEntries(['API_IP', 'API_USER', 'AUTH', 'SENSITIVE', 'LOGIN_ACCOUNT', 'X_API'].map((name) => [`RATE_LIMIT_${name}`, '1000000000']));
const kOff = { OVERLOAD_LIMIT: 'off', METRICS_ENABLED: 'false', ...Object.fromEntries(Object.keys(kCounting).map((name) => [name, '0'])) };

async function measureCost(bench) {
  const { server: off, library, user } = await pinnedServer(bench, kOff);
  const guarded = await bench.server(library, { env: { WORKERS: '1', ...kCounting }, cpus: kServerCpu });
  const silent = await bench.server(library, { env: { WORKERS: '1', ...kOff, LOG_LEVEL: 'warn' }, cpus: kServerCpu });
  const request = get(kListTarget, bearer(user.token));
  const requests = writeRequests(bench.dir, [request]);
  for (const server of [off, guarded, silent]) await expectStatus(server.port, request);
  const bytesEach = (await expectStatus(guarded.port, request)).bytes.length;
  const load = (server) => (seconds) => wrk(server, { requests, seconds, cpus: kLoadCpu, bytesEach: server === guarded ? bytesEach : undefined });
  const measured = await bench.alternate({ 'guarded and observed': load(guarded), 'neither': load(off), 'neither, and no log': load(silent) });
  const [on, none, quiet] = Object.values(measured);
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s with guards and observation / without', ...ratioOf(on, none, 'requestsPerSecond'), target: { atLeast: 0.97 } }],
    notes: [
      'Row hit. Guards: rate limits of address and user (counted, none reached) with their headers, the overload gate. Observation: metrics and sums of every request. The log goes to a place that takes everything at once.',
      `CPU per request with them / without: ${ratioOf(on, none, 'cpuMicros').median.toFixed(3)}. Requests/s with them and a log line for each / without any: ${ratioOf(on, quiet, 'requestsPerSecond').median.toFixed(3)}.`,
    ],
  };
}

const kFlooders = 200;
const kObeying = 50; // requests/s

/** What an address of its own, behind a trusted proxy, sends. */
const from = (address, user) => get(kListTarget, { ...bearer(user.token), 'X-Forwarded-For': address });

async function measureFlood(bench) {
  const library = await bench.library();
  const [obeying, ...others] = library.users;
  const env = { ...kUncached, WORKERS: '2', TRUSTED_PROXIES: '127.0.0.1', RATE_LIMIT_API_IP: '1000', RATE_LIMIT_API_USER: '1000' };
  const unlimited = await bench.server(library, { env: { ...kUncached, WORKERS: '2' } });
  const usual = writeRequests(bench.dir, library.users.map((user) => get(kListTarget, bearer(user.token))));
  const polite = writeRequests(bench.dir, [from('10.9.9.9', obeying)]);
  const floods = writeRequests(bench.dir, Array.from({ length: kFlooders }, (_, i) => from(`10.0.${i >> 8}.${i & 255}`, others[i % others.length])));
  const rounds = { 'the obeying client alone': [], 'the obeying client in the flood': [], 'the flood': [] };
  for (let round = 0; round < bench.rounds; ++round) {
    const peak = await openLoop(bench, unlimited, { requests: usual, rate: 0, connections: 64, seconds: bench.seconds });
    // Counts of its own: those of the round before would refuse at once.
    const server = await bench.server(library, { env: { ...env, REDIS_PREFIX: `flood${round}-${process.pid}:` } });
    const obey = () => openLoop(bench, server, { requests: polite, rate: kObeying, connections: 4, warm: 1, seconds: bench.seconds });
    const alone = await obey();
    const flooding = openLoop(bench, server, { requests: floods, rate: peak.goodput * 3, connections: kFlooders, warm: 1, seconds: bench.seconds });
    const [flooded, flood] = await Promise.all([obey(), flooding]);
    const flat = (said) => ({
      requestsPerSecond: said.goodput, p50Ms: said.ok.p50Ms, p95Ms: said.ok.p95Ms, p99Ms: said.ok.p99Ms, refusedPerSecond: said.refused.count / said.seconds,
      broken: said.broken, other: said.other,
    });
    say(`flood: round ${round + 1}: p95 ${alone.ok.p95Ms} ms alone, ${flooded.ok.p95Ms} ms beside ${(flood.offered / flood.seconds).toFixed(0)} requests/s`);
    [alone, flooded, flood].forEach((one, i) => Object.values(rounds)[i].push(flat(one)));
    await server.stop();
  }
  const [alone, flooded] = Object.values(rounds);
  return {
    contestants: bench.contestants(rounds),
    ratios: [{ name: 'p95 of the obeying client in the flood / alone', ...ratioOf(flooded, alone, 'p95Ms'), target: { atMost: 3 } }],
    notes: [`${kFlooders} clients, each with an address and a share of ${kFlooders / 2} accounts, ask for three times what the server can answer; the limits are the default ones (1,000 requests in 15 minutes). The obeying client asks ${kObeying} times a second. No cache. Load generators, server and PostgreSQL share the cores.`],
  };
}

export const rows = [
  { name: 'guard-cost', about: 'row hit with rate limits, overload gate and metrics, against the same server with them switched off', measure: measureCost },
  { name: 'flood', about: 'three times the capacity from 200 clients while one obeys its limits; against that one alone', measure: measureFlood },
];
