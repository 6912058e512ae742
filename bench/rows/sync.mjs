// Reading a library from X.
import { performance } from 'node:perf_hooks';
import { XSimulator } from '../../tests/support/x_simulator/simulator.mjs';
import { Failure, until } from '../lib/processes.mjs';
import { literal } from '../lib/pgbench.mjs';
import { ratioOf } from '../lib/statistics.mjs';

const kUser = '77';
const kTimeoutMs = 120_000;

async function ask(url, path, { token, body } = {}) {
  const answer = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST', body: body === undefined ? undefined : JSON.stringify(body),
    headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
  });
  const read = await answer.json();
  if (!answer.ok) throw new Failure(`${path}: ${answer.status} ${JSON.stringify(read)}`);
  return read;
}

/** The account of the simulator's user, logged in. */
async function logIn(url, x) {
  const { authUrl } = await ask(url, '/api/auth/x/oauth');
  const login = await ask(url, '/api/auth/x/callback', { body: x.authorize(authUrl, kUser) });
  return { token: login.data.token, id: login.user.id };
}

/** X answers from memory what it answered before: the time is the server's, not that of making the same page again. */
function rememberPages(x) {
  const pages = new Map();
  const answer = x.answer.bind(x);
  x.answer = (seen) => {
    if (!seen.path.endsWith('/bookmarks')) return answer(seen);
    const key = `${seen.path}?${seen.query}`;
    if (!pages.has(key)) {
      const made = answer(seen);
      pages.set(key, { ...made, body: JSON.stringify(made.body) });
    }
    return { ...pages.get(key), headers: x.limits() };
  };
}

async function measureSync(bench) {
  const kPosts = bench.quick ? 1000 : 10_000;
  const library = await bench.library('empty');
  const x = await XSimulator.start();
  bench.until({ stop: () => x.stop() });
  x.window = kPosts;
  rememberPages(x);
  x.addUser(kUser, 'reader');
  x.setBookmarks(kUser, Array.from({ length: kPosts }, (_, i) => kPosts - i));
  const server = await bench.server(library, {
    env: {
      ...x.env, WORKERS: '1', SYNC_PACING: 'false', SYNC_INTERVAL_MINUTES: '0', X_SIGNUP_ENABLED: 'true', X_BUDGET_DAILY_USD: 'none',
      X_BUDGET_MONTHLY_USD: 'none', RATE_LIMIT_API_IP: '0', RATE_LIMIT_API_USER: '0', RATE_LIMIT_X_API: '0', RATE_LIMIT_AUTH: '0',
    },
  });
  const url = `http://127.0.0.1:${server.port}`;
  const user = await logIn(url, x);
  const clear = async () => {
    await library.sql(`DELETE FROM jobs WHERE user_id = ${literal(user.id)}`);
    await library.sql(`DELETE FROM bookmarks WHERE user_id = ${literal(user.id)}; DELETE FROM deleted_posts WHERE user_id = ${literal(user.id)}`, { timeoutMs: 600_000 });
    await library.sql('VACUUM bookmarks', { timeoutMs: 600_000 });
  };
  const check = async () => {
    const [[count]] = await library.sql(`SELECT count(*) FROM bookmarks WHERE user_id = ${literal(user.id)}`);
    if (Number(count) !== kPosts) throw new Failure(`${count} of ${kPosts} posts are there`);
  };
  let isKept = false;
  const ours = async () => {
    await clear();
    x.remaining = 1_000_000;
    const { jobId } = await ask(url, '/api/sync', { token: user.token, body: { fullSync: true } });
    const job = await until('the sync', async () => {
      const { data } = await ask(url, `/api/jobs/${jobId}`, { token: user.token });
      return data.job.finishedAt && data.job;
    }, kTimeoutMs, 20);
    if (job.state !== 'completed') throw new Failure(`the sync ended as ${job.state}: ${JSON.stringify(job.error)}`);
    await check();
    if (!isKept) await library.sql(`DROP TABLE IF EXISTS bench_posts; CREATE TABLE bench_posts AS SELECT * FROM bookmarks WHERE user_id = ${literal(user.id)}`);
    isKept = true;
    return { seconds: (Date.parse(job.finishedAt) - Date.parse(job.startedAt)) / 1000 };
  };
  const [columns] = await library.sql(`SELECT string_agg(attname, ', ' ORDER BY attnum), string_agg(attname || ' = excluded.' || attname, ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = 'bookmarks'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''`);
  const theirs = async () => {
    await clear();
    const begin = performance.now();
    await library.sql(`INSERT INTO bookmarks (${columns[0]}) SELECT ${columns[0]} FROM bench_posts ON CONFLICT (user_id, x_tweet_id) DO UPDATE SET ${columns[1]}`, { timeoutMs: 600_000 });
    const seconds = (performance.now() - begin) / 1000;
    await check();
    return { seconds };
  };
  await ours(); // makes the rows for the upsert
  const measured = await bench.alternate({ sync: ours, upsert: theirs }, { warm: false });
  await clear();
  await library.sql('DROP TABLE bench_posts');
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'time / upsert', ...ratioOf(measured.sync, measured.upsert, 'seconds'), target: { atMost: 3 } }],
    notes: [`${kPosts} posts in pages of 100 from the simulator, on the same two cores; the time from the begin of the job to its end. The upsert writes the same rows in one statement, with indexes and counting triggers.`],
  };
}

export const rows = [
  { name: 'sync', about: '10,000 posts in 100 pages from a simulator of X without delay; against one upsert of the same rows', measure: measureSync },
];
