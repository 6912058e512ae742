// Reading an export into a library.
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, memoryMiB, run, start, waitForEnd } from '../lib/processes.mjs';
import { literal } from '../lib/pgbench.mjs';
import { ratioOf, summary } from '../lib/statistics.mjs';

/** Runs a command of the program to its end: how long it took, and how much memory. */
export async function runWatched(bench, library, args) {
  const child = await start([bench.programs.bin, ...args], {
    env: { PATH: process.env.PATH, HOME: bench.dir, DATA_DIR: path.join(bench.dir, 'import'), JWT_SECRET: bench.secret, ...library.env },
    stdio: 'ignore',
  });
  const begin = performance.now();
  let peak = 0;
  let going = true;
  const watching = (async () => {
    for (; going; await sleep(20)) {
      if (existsSync(`/proc/${child.pid}/status`)) peak = Math.max(peak, memoryMiB(child.pid, 'VmHWM'));
    }
  })();
  await waitForEnd(child, 600_000);
  const seconds = (performance.now() - begin) / 1000;
  going = false;
  await watching;
  if (child.exitCode !== 0) throw new Failure(`${args[0]} ended with status ${child.exitCode}`);
  return { seconds, peakMiB: peak };
}

async function measureImport(bench) {
  const kRecords = bench.quick ? 2000 : 100_000;
  const library = await bench.library('empty');
  const file = path.join(bench.dir, 'export.json');
  await run([bench.programs.generate, '--bookmarks', String(kRecords), '--format', 'twe', '--out', file]);
  const { name, id } = library.users[0] ?? {};
  const copied = path.join(bench.dir, 'rows.copy');
  const clear = async () => {
    await library.sql(`DELETE FROM bookmarks WHERE user_id = ${literal(id)}; DELETE FROM deleted_posts WHERE user_id = ${literal(id)}`, { timeoutMs: 600_000 });
    await library.sql('VACUUM bookmarks', { timeoutMs: 600_000 });
  };
  const count = async () => Number((await library.sql(`SELECT count(*) FROM bookmarks WHERE user_id = ${literal(id)}`))[0][0]);
  const ours = async () => {
    await clear();
    const { seconds, peakMiB } = await runWatched(bench, library, ['import', file, '--user', name]);
    const rows = await count();
    if (rows !== kRecords) throw new Failure(`${rows} bookmarks after an import of ${kRecords}`);
    if (!existsSync(copied)) await library.sql(`\\copy bookmarks TO ${literal(copied)} (FORMAT binary)`, { timeoutMs: 600_000 });
    return { rowsPerSecond: rows / seconds, seconds, peakMiB };
  };
  const theirs = async () => {
    await clear();
    const begin = performance.now();
    await library.sql(`\\copy bookmarks FROM ${literal(copied)} (FORMAT binary)`, { timeoutMs: 600_000 });
    const seconds = (performance.now() - begin) / 1000;
    const rows = await count();
    if (rows !== kRecords) throw new Failure(`${rows} bookmarks after COPY`);
    return { rowsPerSecond: rows / seconds, seconds };
  };
  const server = await bench.server(library);
  await sleep(3000);
  const idle = memoryMiB(server.pid);
  await bench.endRow();
  await ours(); // makes the file for COPY
  const measured = await bench.alternate({ 'xbookmarker import': ours, COPY: theirs }, { warm: false });
  await clear();
  const megabytes = statSync(file).size / 1e6;
  return {
    contestants: bench.contestants(measured),
    ratios: [
      { name: 'rows/s / COPY', ...ratioOf(measured['xbookmarker import'], measured.COPY, 'rowsPerSecond'), target: { atLeast: 0.35 }, beyond: { atLeast: 0.6 } },
      { name: 'peak memory above the idle server, MiB', ...summary(measured['xbookmarker import'].map((one) => one.peakMiB - idle)), target: { atMost: 64 } },
    ],
    notes: [`${kRecords} records, ${megabytes.toFixed(0)} MB of JSON; the time of the command from its start to its end. COPY writes the same rows with indexes and counting triggers.`],
  };
}

export const rows = [
  { name: 'import', about: '100,000 records of a twitter-web-exporter file through `xbookmarker import`; against COPY of the same rows into the same table', measure: measureImport },
];
