// The same work for one user while the whole grows by ten.
import { writeRequests } from '../lib/requests.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { createRequest, forget } from './create.mjs';
import { kListTarget } from './hit.mjs';
import { kUncached } from './miss.mjs';
import { searchTarget, single, termsOf } from './search.mjs';

const kWorks = ['list', 'search-rare', 'create'];

async function contestantsOf(bench, name) {
  const library = await bench.library(name);
  await forget(library);
  const server = await bench.server(library, { env: { ...kUncached, WORKERS: '1' } });
  const user = library.users[0];
  const { rare } = await termsOf(library, user);
  const creates = writeRequests(bench.dir, [createRequest(user)]);
  return {
    [`list, ${name}`]: await single(bench, server, user, kListTarget),
    [`search-rare, ${name}`]: await single(bench, server, user, searchTarget(rare.term), rare.hits),
    [`create, ${name}`]: (seconds) => wrk(server, { requests: creates, seconds, connections: 1 }),
  };
}

async function measureGrowth(bench) {
  const steps = ['small', 'medium', ...(bench.large ? ['large'] : [])];
  const contestants = {};
  // Side by side: first the lists of all sizes, then the searches, then the creates.
  const made = [];
  for (const step of steps) made.push(await contestantsOf(bench, step));
  for (const work of kWorks) steps.forEach((step, i) => (contestants[`${work}, ${step}`] = made[i][`${work}, ${step}`]));
  const measured = await bench.alternate(contestants, { seconds: Math.min(bench.seconds, 3) });
  const ratios = steps.slice(1).flatMap((step, i) => kWorks.map((work) => ({
    name: `p50 of ${work}, ${step} / ${steps[i]}`, ...ratioOf(measured[`${work}, ${step}`], measured[`${work}, ${steps[i]}`], 'p50Ms'), target: { atMost: 1.15 },
  })));
  for (const step of steps) await forget(await bench.library(step));
  return {
    contestants: bench.contestants(measured), ratios,
    notes: ['small is 100,000 bookmarks in all, medium 1.1 million, large 10 million (with --large); the user has 10,000 in each. One connection, no cache.'],
  };
}

export const rows = [
  { name: 'growth', about: 'p50 of list, search-rare and create while all libraries together grow tenfold; against the step before', measure: measureGrowth },
];
