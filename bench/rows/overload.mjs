// Twice as much load as the server can take, from clients that do not wait.
import { run, say } from '../lib/processes.mjs';
import { bearer, get, writeRequests } from '../lib/requests.mjs';
import { ratioOf, summary } from '../lib/statistics.mjs';
import { createRequest, forget } from './create.mjs';
import { kListTarget } from './hit.mjs';
import { kUncached } from './miss.mjs';

const kReadsPerWrite = 9;
const kConnections = 2000;

/** Runs xbm_open_loop and returns what it printed. */
export async function openLoop(bench, server, { requests, rate, connections = kConnections, warm = 2, seconds }) {
  const output = await run([bench.programs.openLoop, String(server.port), requests, String(rate), String(connections), String(warm), String(seconds)],
    { timeoutMs: (seconds + warm + 60) * 1000 });
  return JSON.parse(output);
}

const flat = (said) => ({
  requestsPerSecond: said.goodput, p50Ms: said.ok.p50Ms, p99Ms: said.ok.p99Ms, p99ReadMs: said.reads.p99Ms, p99WriteMs: said.writes.p99Ms,
  offeredPerSecond: said.offered / said.seconds, refusedPerSecond: said.refused.count / said.seconds, refusedP99Ms: said.refused.p99Ms,
  broken: said.broken, unanswered: said.unanswered, other: said.other,
});

async function measureOverload(bench) {
  const library = await bench.library();
  const server = await bench.server(library, { env: { ...kUncached, WORKERS: '2' } });
  const requests = writeRequests(bench.dir, library.users.flatMap((user) =>
    [...Array(kReadsPerWrite).fill(get(kListTarget, bearer(user.token))), createRequest(user)]));
  const rounds = { 'peak (closed loop, 64 connections)': [], 'unloaded (a tenth of the peak)': [], 'offered twice the peak': [] };
  for (let round = 0; round < bench.rounds; ++round) {
    const peak = flat(await openLoop(bench, server, { requests, rate: 0, connections: 64, seconds: bench.seconds }));
    const unloaded = flat(await openLoop(bench, server, { requests, rate: peak.requestsPerSecond / 10, seconds: bench.seconds }));
    const over = flat(await openLoop(bench, server, { requests, rate: peak.requestsPerSecond * 2, seconds: bench.seconds }));
    say(`overload: round ${round + 1}: peak ${peak.requestsPerSecond.toFixed(0)}/s, goodput ${over.requestsPerSecond.toFixed(0)}/s, p99 ${unloaded.p99Ms} and ${over.p99Ms} ms`);
    [peak, unloaded, over].forEach((one, i) => Object.values(rounds)[i].push(one));
  }
  await forget(library);
  const [peak, unloaded, over] = Object.values(rounds);
  return {
    contestants: bench.contestants(rounds),
    ratios: [
      { name: 'goodput at twice the peak / peak', ...ratioOf(over, peak, 'requestsPerSecond'), target: { atLeast: 0.9 } },
      { name: 'p99 of admitted requests / unloaded p99', ...ratioOf(over, unloaded, 'p99Ms'), target: { atMost: 5 } },
      { name: 'p99 of refusals / unloaded p99', ...ratioOf(over, unloaded, 'refusedP99Ms', 'p99Ms'), target: { atMost: 5 } },
      { name: 'requests lost', ...summary(over.map((one) => one.broken + one.unanswered + one.other)), target: { atMost: 0 } },
    ],
    notes: [`Nine lists to one create, no cache, users drawn at random, ${kConnections} connections, Poisson arrivals; latencies count from the moment of arrival. Lost is what ended with a broken connection, without answer, or with one other than 2xx, 429 and 503. Load generator, server and PostgreSQL share the cores.`],
  };
}

export const rows = [
  { name: 'overload', about: 'open-loop load at twice saturation, mixed reads and writes; against the peak and the unloaded latency', measure: measureOverload },
];
