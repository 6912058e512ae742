// How long it takes until a library is searched in memory, and what it takes up there.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { until } from '../lib/processes.mjs';
import { literal } from '../lib/pgbench.mjs';
import { bearer, expectStatus, get } from '../lib/requests.mjs';
import { ratioOf, summary } from '../lib/statistics.mjs';
import { searchTarget } from './search.mjs';

const kTimeoutMs = 60_000;
/** What is loaded (src/resident/resident_sql.cpp). */
const kColumns = 'id, bookmarked_at, sync_order, content, title, note, author_username, author_display_name, author_avatar_url, tags, hashtags,'
  + " category_id, post_status, is_archived, media <> '[]', links <> '{}', library_version";

/** What the log says of the load of this user's library; undefined: it is not there yet. */
function loadOf(log, user) {
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    if (!line.includes('library is resident')) continue;
    const entry = JSON.parse(line);
    if (entry.user_id === user.id) return entry;
  }
  return undefined;
}

async function measureLoad(bench) {
  const library = await bench.library();
  const log = path.join(bench.dir, 'resident.log');
  const server = await bench.server(library, { env: { WORKERS: '1' }, log });
  const users = [...library.users]; // each one searches for the first time, once
  const copied = path.join(bench.dir, 'rows.copy');
  const ours = async () => {
    const user = users.pop();
    await expectStatus(server.port, get(searchTarget('の'), bearer(user.token)));
    const { duration_ms: ms, bytes, text_bytes: text, bookmarks } = await until('the library in memory', () => loadOf(log, user), kTimeoutMs, 5);
    return { ms, memory: bytes / (text + 100 * bookmarks) };
  };
  let next = 0;
  const theirs = async () => {
    const { id } = library.users[next++ % library.users.length];
    const lines = await library.sql(`\\timing on\n\\copy (SELECT ${kColumns} FROM bookmarks WHERE user_id = ${literal(id)} ORDER BY bookmarked_at DESC, sync_order DESC, id DESC) TO ${literal(copied)} (FORMAT binary)\n`);
    const [, ms] = /Time: ([\d.]+) ms/.exec(lines.flat().join('\n'));
    return { ms: Number(ms) };
  };
  const measured = await bench.alternate({ 'first search until resident': ours, COPY: theirs });
  return {
    contestants: bench.contestants(measured),
    ratios: [
      { name: 'time / COPY', ...ratioOf(measured['first search until resident'], measured.COPY, 'ms'), target: { atMost: 3 } },
      { name: 'memory / (folded text + 100 bytes a bookmark)', ...summary(measured['first search until resident'].map(({ memory }) => memory)), target: { atMost: 1.3 } },
    ],
    notes: ['The time from the begin of the load until searches use it, as the log has it. COPY reads the same columns in the same order in one piece.'],
  };
}

export const rows = [
  { name: 'resident-load', about: 'first search of a user until the library is in memory; against COPY of the same columns', measure: measureLoad },
];
