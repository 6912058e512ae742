// Search: rare, frequent, as typed, facets; in one user's library, without cache, one connection.
import { Failure } from '../lib/processes.mjs';
import { literal } from '../lib/pgbench.mjs';
import { bearer, expectStatus, get, writeRequests } from '../lib/requests.mjs';
import { ratioOf } from '../lib/statistics.mjs';
import { wrk } from '../lib/wrk.mjs';
import { kListTarget } from './hit.mjs';
import { kUncached } from './miss.mjs';

const kRareMax = 10;
const kFrequentPart = 0.3;
const kIdeograph = /^[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}]{2}$/u;

/** How many of these texts hold each pair of Japanese characters. */
export function countPairs(texts) {
  const counts = new Map();
  for (const text of texts) {
    const seen = new Set();
    const points = [...text];
    for (let i = 0; i + 1 < points.length; ++i) {
      const pair = points[i] + points[i + 1];
      if (!seen.has(pair) && kIdeograph.test(pair)) seen.add(pair);
    }
    for (const pair of seen) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  return counts;
}

/** Two characters that few (3 to 10) and that many (30 % and more, else the most) texts hold: `{rare, frequent}`. */
export function chooseTerms(texts) {
  const counts = [...countPairs(texts)].sort((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1));
  const rare = counts.find(([, count]) => count >= 3 && count <= kRareMax) ?? counts[0];
  const frequent = counts.find(([, count]) => count >= kFrequentPart * texts.length) ?? counts.at(-1);
  return { rare: { term: rare[0], hits: rare[1] }, frequent: { term: frequent[0], hits: frequent[1] } };
}

export async function termsOf(library, user) {
  const rows = await library.sql(`SELECT replace(replace(content, E'\\n', ' '), E'\\t', ' ') FROM bookmarks WHERE user_id = ${literal(user.id)} AND NOT is_archived`);
  return { ...chooseTerms(rows.map(([text]) => text)), texts: rows.length };
}

export const searchTarget = (term, more = '') => `/api/search?limit=20&text=${encodeURIComponent(term)}${more}`;

/** Without finished answers. */
async function uncachedServer(bench, more = {}) {
  const library = await bench.library();
  return { library, server: await bench.server(library, { env: { ...kUncached, WORKERS: '1', ...more } }) };
}

/** Libraries are not searched in memory. */
const kCold = { RESIDENT_MEMORY: '0' };

/** One connection asking for this; the answer must have at least `hits`. */
export async function single(bench, server, user, target, hits = 0) {
  const { data } = JSON.parse((await expectStatus(server.port, get(target, bearer(user.token)))).body);
  if (data.pagination.total < hits) throw new Failure(`${decodeURIComponent(target)} has ${data.pagination.total} hits, not ${hits}`);
  const requests = writeRequests(bench.dir, [get(target, bearer(user.token))]);
  return (seconds) => wrk(server, { requests, seconds, connections: 1 });
}

async function measureTerms(bench, kind, limits, env) {
  const { library, server } = await uncachedServer(bench, env);
  const contestants = {};
  const notes = [];
  const cases = [['medium', library.users[0]], ...(limits.heavy ? [['heavy', library.heavy]] : [])];
  for (const [name, user] of cases) {
    const terms = await termsOf(library, user);
    const { term, hits } = terms[kind];
    contestants[`list, ${name}`] = await single(bench, server, user, kListTarget);
    contestants[`${name}, by relevance`] = await single(bench, server, user, searchTarget(term, '&sortBy=relevance'), hits);
    contestants[`${name}, by date`] = await single(bench, server, user, searchTarget(term, '&sortBy=date'), hits);
    notes.push(`${name}: ${hits} of ${terms.texts} texts hold the two characters.`);
  }
  const measured = await bench.alternate(contestants, { seconds: Math.min(bench.seconds, 3) });
  const ratios = cases.flatMap(([name]) => ['relevance', 'date'].map((order) => ({
    name: `p50 by ${order} / list, ${name}`, ...ratioOf(measured[`${name}, by ${order}`], measured[`list, ${name}`], 'p50Ms'),
    target: { atMost: limits[name] }, beyond: limits.beyond && name === 'medium' ? { atMost: limits.beyond } : undefined,
  })));
  return { contestants: bench.contestants(measured), ratios, notes };
}

async function measureCold(bench) {
  const rare = await measureTerms(bench, 'rare', { medium: 5 }, kCold);
  await bench.endRow();
  const frequent = await measureTerms(bench, 'frequent', { medium: 60, heavy: 400 }, kCold);
  const named = (part, kind) => ({
    contestants: part.contestants.map((one) => ({ ...one, name: `${kind}: ${one.name}` })),
    ratios: part.ratios.map((one) => ({ ...one, name: `${kind}: ${one.name}` })),
  });
  const [a, b] = [named(rare, 'rare'), named(frequent, 'frequent')];
  return { contestants: [...a.contestants, ...b.contestants], ratios: [...a.ratios, ...b.ratios], notes: [...rare.notes, ...frequent.notes] };
}

async function measureType(bench) {
  const { library, server } = await uncachedServer(bench);
  const user = library.users[0];
  const rows = await library.sql(`SELECT substring(content FROM '[ァ-ヶー]{4,}') AS word, count(*) FROM bookmarks WHERE user_id = ${literal(user.id)} GROUP BY 1 HAVING count(*) > 3 ORDER BY 2 DESC, 1 LIMIT 5`);
  const words = rows.map(([word]) => word).filter(Boolean);
  if (words.length === 0) throw new Failure('there are no words to type');
  const prefixes = words.flatMap((word) => [...word].map((_, i) => [...word].slice(0, i + 1).join('')));
  const requests = writeRequests(bench.dir, prefixes.map((prefix) => get(searchTarget(prefix), bearer(user.token))));
  const measured = await bench.alternate({
    'growing prefixes': (seconds) => wrk(server, { requests, seconds, connections: 1 }),
    list: await single(bench, server, user, kListTarget),
  });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'p95 / p95 of the list', ...ratioOf(measured['growing prefixes'], measured.list, 'p95Ms'), target: { atMost: 10 } }],
    notes: [`${prefixes.length} prefixes of ${words.length} words.`],
  };
}

async function measureFacets(bench) {
  const { library, server } = await uncachedServer(bench);
  const user = library.users[0];
  const { frequent } = await termsOf(library, user);
  const measured = await bench.alternate({
    'with facets': await single(bench, server, user, searchTarget(frequent.term), frequent.hits),
    'without': await single(bench, server, user, searchTarget(frequent.term, '&includeFacets=false'), frequent.hits),
  }, { seconds: Math.min(bench.seconds, 3) });
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'p50 with facets / without', ...ratioOf(measured['with facets'], measured.without, 'p50Ms'), target: { atMost: 1.5 } }],
    notes: [`${frequent.hits} hits.`],
  };
}

export const rows = [
  { name: 'search-rare', about: 'uncached search for two Japanese characters that at most 10 bookmarks hold: first 20, total, facets, highlights; against the list of row miss, one connection', measure: (bench) => measureTerms(bench, 'rare', { medium: 4, heavy: 25, beyond: 2.5 }) },
  { name: 'search-frequent', about: 'the same with characters that 30 % and more hold', measure: (bench) => measureTerms(bench, 'frequent', { medium: 6, heavy: 50, beyond: 2.5 }) },
  { name: 'search-cold', about: 'the same on the path through PostgreSQL', measure: measureCold },
  { name: 'search-type', about: 'growing prefixes of words as somebody types them, uncached; against the list', measure: measureType },
  { name: 'facets', about: 'a frequent search with facets against the same without', measure: measureFacets },
];
