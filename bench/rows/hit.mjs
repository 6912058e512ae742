// Rows of answers from memory: hit, hit-gzip, hit304, pipelined. The server has one worker on one core, wrk has the
// other core; the references are pinned likewise.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Failure } from '../lib/processes.mjs';
import { startNginx } from '../lib/nginx.mjs';
import { bearer, expectStatus, get, headerOf, writeRequests } from '../lib/requests.mjs';
import { startPrinting } from '../lib/server.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';

const kServerCpu = '0';
const kLoadCpu = '1';
const kListBytes = 10 * 1024;
const kUsersTried = 40;
export const kListTarget = '/api/bookmarks?limit=20';

/** A server with one worker on one core, and a user of it. */
export async function pinnedServer(bench, env = {}) {
  const library = await bench.library();
  const server = await bench.server(library, { env: { WORKERS: '1', ...env }, cpus: kServerCpu });
  return { server, library, user: await userWithList(server, library.users.slice(0, kUsersTried), kListBytes) };
}

/** The user whose first page is nearest to so many bytes: a few long posts can make it three times as long. */
async function userWithList(server, users, bytes) {
  const off = [];
  for (const user of users) {
    const { body } = await expectStatus(server.port, get(kListTarget, bearer(user.token)));
    off.push(Math.abs(body.length - bytes));
  }
  return users[off.indexOf(Math.min(...off))];
}

/** xbm_bare_epoll with this answer. */
export async function startBare(bench, name, bytes) {
  const file = path.join(bench.dir, `${name}.answer`);
  writeFileSync(file, bytes);
  return bench.until(await startPrinting([bench.programs.bareEpoll, file], { cpus: kServerCpu }));
}

/** An answer of so many bytes in all. */
export function plainAnswer(size) {
  const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ';
  const length = size - head.length - 4 - String(size).length;
  const padded = String(length).padStart(String(size).length, '0');
  return `${head}${padded}\r\n\r\n${'x'.repeat(length)}`;
}

const load = (bench, target, requests, more) => (seconds) =>
  wrk(target, { requests: writeRequests(bench.dir, [requests]), seconds, cpus: kLoadCpu, ...more });

/** The list of a user: the answer once as the reference will send it. Asked twice, so that it comes from memory. */
async function listAnswer(server, user, headers = {}) {
  const request = get(kListTarget, { ...bearer(user.token), ...headers });
  await expectStatus(server.port, request);
  const answer = await expectStatus(server.port, request);
  return { request, answer };
}

function checkList(body) {
  const rows = JSON.parse(body).data?.bookmarks?.length;
  if (rows !== 20) throw new Failure(`the list has ${rows} bookmarks instead of 20`);
}

async function measureHit(bench) {
  const { server, user } = await pinnedServer(bench);
  const { request, answer } = await listAnswer(server, user);
  checkList(answer.body);
  const bare = await startBare(bench, 'hit', answer.bytes);
  const nginx = bench.until(await startNginx(bench.dir, answer.body, kServerCpu));
  const size = answer.bytes.length;
  const few = await bench.alternate({
    'xbookmarker, 64 connections': load(bench, server, request, { bytesEach: size }),
    'bare epoll, 64 connections': load(bench, bare, request, { bytesEach: size }),
    'nginx, 64 connections': load(bench, nginx, get(nginx.target)),
  });
  const many = await bench.alternate({
    'xbookmarker, 1500 connections': load(bench, server, request, { bytesEach: size, connections: 1500 }),
    'bare epoll, 1500 connections': load(bench, bare, request, { bytesEach: size, connections: 1500 }),
    'nginx, 1500 connections': load(bench, nginx, get(nginx.target), { connections: 1500 }),
  });
  const ceiling = await bench.alternate({ 'wrk alone (bare epoll, 100 bytes)': load(bench, await startBare(bench, 'ceiling', plainAnswer(100)), request) });
  const ratios = [[few, 64], [many, 1500]].flatMap(([measured, connections]) => {
    const [ours, epoll, file] = ['xbookmarker', 'bare epoll', 'nginx'].map((name) => measured[`${name}, ${connections} connections`]);
    return [
      { name: `CPU per request / bare epoll, ${connections} connections`, ...ratioOf(ours, epoll, 'cpuMicros'), target: { atMost: 1.35 }, beyond: { atMost: 1.1 } },
      { name: `requests/s / bare epoll, ${connections} connections`, ...ratioOf(ours, epoll, 'requestsPerSecond'), target: { atLeast: 0.8 } },
      { name: `requests/s / nginx with a file, ${connections} connections`, ...ratioOf(ours, file, 'requestsPerSecond'), target: { atLeast: 1.15 } },
    ];
  });
  return {
    contestants: bench.contestants({ ...few, ...many, ...ceiling }), ratios,
    notes: [`The answer has ${size} bytes, ${answer.body.length} of them body. wrk alone shows what the load generator can ask for at most on its core.`],
  };
}

async function measureGzip(bench) {
  const { server, user } = await pinnedServer(bench);
  const plain = await listAnswer(server, user);
  const packed = await listAnswer(server, user, { 'Accept-Encoding': 'gzip' });
  if (headerOf(packed.answer, 'content-encoding') !== 'gzip') throw new Failure('the answer is not gzip');
  checkList(gunzipSync(packed.answer.body));
  const measured = await bench.alternate({
    'gzip': load(bench, server, packed.request, { bytesEach: packed.answer.bytes.length }),
    'plain (row hit)': load(bench, server, plain.request, { bytesEach: plain.answer.bytes.length }),
  });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s / row hit', ...ratioOf(measured.gzip, measured['plain (row hit)'], 'requestsPerSecond'), target: { atLeast: 1 } }],
    notes: [`${packed.answer.bytes.length} bytes instead of ${plain.answer.bytes.length}.`],
  };
}

async function measure304(bench) {
  const { server, user } = await pinnedServer(bench);
  const { answer } = await listAnswer(server, user);
  const request = get(kListTarget, { ...bearer(user.token), 'If-None-Match': headerOf(answer, 'etag') });
  const unchanged = await expectStatus(server.port, request, 304);
  const bare = await startBare(bench, 'hit304', plainAnswer(200));
  const same = await startBare(bench, 'hit304-same', plainAnswer(unchanged.bytes.length));
  const measured = await bench.alternate({
    xbookmarker: load(bench, server, request, { bytesEach: unchanged.bytes.length }),
    'bare epoll, 200 bytes': load(bench, bare, request, { bytesEach: 200 }),
    'bare epoll, as many bytes': load(bench, same, request, { bytesEach: unchanged.bytes.length }),
  });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s / bare epoll with 200 bytes', ...ratioOf(measured.xbookmarker, measured['bare epoll, 200 bytes'], 'requestsPerSecond'), target: { atLeast: 0.75 } }],
    notes: [`The 304 has ${unchanged.bytes.length} bytes.`],
  };
}

async function measurePipelined(bench) {
  const { server, user } = await pinnedServer(bench);
  const { request, answer } = await listAnswer(server, user);
  const bare = await startBare(bench, 'pipelined', answer.bytes);
  const sixteen = request.repeat(16);
  const more = { bytesEach: answer.bytes.length };
  const measured = await bench.alternate({
    xbookmarker: load(bench, server, sixteen, more), 'bare epoll': load(bench, bare, sixteen, more),
  });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'requests/s / bare epoll', ...ratioOf(measured.xbookmarker, measured['bare epoll'], 'requestsPerSecond'), target: { atLeast: 0.5 } }],
    notes: [],
  };
}

export const rows = [
  { name: 'hit', about: `GET ${kListTarget} with a JWT, from memory; one worker on one core, wrk on the other; against a bare epoll server that sends the same bytes, and nginx with the same body as a file`, measure: measureHit },
  { name: 'hit-gzip', about: 'the same with Accept-Encoding: gzip, against the same without', measure: measureGzip },
  { name: 'hit304', about: 'the same with a matching If-None-Match, against a bare epoll server with an answer of 200 bytes', measure: measure304 },
  { name: 'pipelined', about: 'row hit with 16 requests per write, against the bare epoll server likewise', measure: measurePipelined },
];
