// Writing a library to a file.
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure, memoryMiB } from '../lib/processes.mjs';
import { literal } from '../lib/pgbench.mjs';
import { ratioOf, summary } from '../lib/statistics.mjs';
import { runWatched } from './import.mjs';

const kColumns = 'id, version, x_tweet_id, url, content, title, note, lang, author_username, author_display_name, author_avatar_url, media, links,'
  + ' hashtags, mentions, tags, referenced, metrics, category_id, is_archived, bookmarked_at, bookmarked_at_source, sync_order, posted_at, post_status,'
  + ' source, created_at, updated_at';

async function measureExport(bench) {
  const library = await bench.library();
  const { id, name } = library.heavy;
  const [[count]] = await library.sql(`SELECT count(*) FROM bookmarks WHERE user_id = ${literal(id)}`);
  const file = path.join(bench.dir, 'library.ndjson');
  const copied = path.join(bench.dir, 'library.copy');
  const ours = async () => {
    const { seconds, peakMiB } = await runWatched(bench, library, ['export', '--user', name, '--format', 'ndjson', '--output', file]);
    const rows = readFileSync(file).toString('latin1').split('\n{"type":"bookmark"').length - 1;
    if (rows !== Number(count)) throw new Failure(`${rows} of ${count} bookmarks are in the file`);
    return { rowsPerSecond: rows / seconds, seconds, peakMiB };
  };
  const theirs = async () => {
    const begin = performance.now();
    await library.sql(`\\copy (SELECT ${kColumns} FROM bookmarks WHERE user_id = ${literal(id)} ORDER BY bookmarked_at DESC, sync_order DESC, id DESC) TO ${literal(copied)}`, { timeoutMs: 600_000 });
    const seconds = (performance.now() - begin) / 1000;
    return { rowsPerSecond: Number(count) / seconds, seconds };
  };
  const server = await bench.server(library);
  await sleep(3000);
  const idle = memoryMiB(server.pid);
  await bench.endRow();
  const measured = await bench.alternate({ 'xbookmarker export': ours, COPY: theirs });
  const megabytes = statSync(file).size / 1e6;
  return {
    contestants: bench.contestants(measured),
    ratios: [
      { name: 'rows/s / COPY', ...ratioOf(measured['xbookmarker export'], measured.COPY, 'rowsPerSecond'), target: { atLeast: 0.5 } },
      { name: 'peak memory above the idle server, MiB', ...summary(measured['xbookmarker export'].map((one) => one.peakMiB - idle)), target: { atMost: 64 } },
    ],
    notes: [`${count} bookmarks, ${megabytes.toFixed(0)} MB of NDJSON; the time of the command from its start to its end. COPY writes the same columns in the same order.`],
  };
}

export const rows = [
  { name: 'export', about: '100,000 bookmarks as NDJSON through `xbookmarker export`; against COPY of the same columns', measure: measureExport },
];
