// Flame graphs of the server under row hit and row miss; pictures, no measurement.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { draw, profile } from '../lib/flame.mjs';
import { bearer, get, writeRequests } from '../lib/requests.mjs';
import { wrk } from '../lib/wrk.mjs';
import { kListTarget, pinnedServer } from './hit.mjs';
import { kUncached } from './miss.mjs';

const kSeconds = 5;

/** Writes docs/benchmarks/flame-hit.svg and flame-miss.svg. */
export async function drawFlames(bench) {
  const of = async (name, title, server, users, cpus) => {
    const requests = writeRequests(bench.dir, users.map((user) => get(kListTarget, bearer(user.token))));
    await wrk(server, { requests, seconds: 2, cpus });
    const tree = await profile(server.pid, path.join(bench.dir, `${name}.perf`), () => wrk(server, { requests, seconds: kSeconds, cpus }));
    writeFileSync(`docs/benchmarks/flame-${name}.svg`, draw(title, tree));
  };
  const { server, library, user } = await pinnedServer(bench);
  await of('hit', 'Row hit: a list of 20 bookmarks from memory, 64 connections, one worker', server, [user], '1');
  await bench.endRow();
  await of('miss', 'Row miss: the same from PostgreSQL, users at random, 64 connections, 2 workers', await bench.server(library, { env: { ...kUncached, WORKERS: '2' } }), library.users);
  await bench.endRow();
}
