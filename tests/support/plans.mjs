// The plans by which PostgreSQL answered a server, as auto_explain wrote them down: with the real parameters, the real
// prepared statements, the rows and buffers of the execution itself.
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { OwnPostgres } from './postgres.mjs';

const kSettings = [
  'shared_preload_libraries=auto_explain', 'auto_explain.log_analyze=on', 'auto_explain.log_buffers=on', 'auto_explain.log_timing=off',
  'auto_explain.log_format=json', 'logging_collector=on', 'log_destination=jsonlog', 'log_filename=plans.log', 'log_rotation_size=0',
  'log_rotation_age=0', 'shared_buffers=512MB', 'autovacuum=off', 'max_connections=200',
];

/** A PostgreSQL that writes down plans from `startPlans` on. */
export async function planningPostgres() {
  const postgres = await OwnPostgres.create(kSettings);
  return Object.assign(postgres, {
    /** Connections made from now on. */
    startPlans: () => postgres.sql('ALTER DATABASE xbookmarker SET auto_explain.log_min_duration = 0'),
    plans: () => readPlans(path.join(postgres.cluster, 'log')),
  });
}

const squeezed = (sql) => sql.replace(/\s+/g, ' ').trim();

/** All plans so far: `{sql, plan}`. */
async function readPlans(directory) {
  const [name] = (await readdir(directory)).filter((file) => file.endsWith('.json'));
  const plans = [];
  for (const line of (await readFile(path.join(directory, name), 'utf8')).split('\n')) {
    const json = /"message":"duration: [\d.]+ ms {2}plan:/.test(line) && JSON.parse(line).message.replace(/^.*plan:\s*/, '');
    if (!json) continue;
    const { 'Query Text': sql, Plan: plan } = JSON.parse(json);
    plans.push({ sql: squeezed(sql), plan });
  }
  return plans;
}

/** Every node of a plan, the first one first. */
export function* nodesOf(plan) {
  yield plan;
  for (const child of plan.Plans ?? []) yield* nodesOf(child);
}

/** Pages that were looked at, whether they were in PostgreSQL's memory or not. */
export const buffersOf = (plan) => plan['Shared Hit Blocks'] + plan['Shared Read Blocks'];

/** How many rows were really put into order; a top-N sort holds only the rows that it gives back. */
export function sortedRowsOf(plan) {
  let most = 0;
  for (const node of nodesOf(plan)) {
    if (node['Node Type'] !== 'Sort' || node['Sort Method'] === 'top-N heapsort') continue;
    most = Math.max(most, node['Actual Rows']);
  }
  return most;
}

export const indexesOf = (plan) => [...new Set([...nodesOf(plan)].map((node) => node['Index Name']).filter(Boolean))].sort();

/** Tables that were read from their first row to their last one. */
export const scannedOf = (plan) => [...new Set([...nodesOf(plan)].filter((node) => node['Node Type'].endsWith('Seq Scan') && node['Actual Loops'] > 0)
  .map((node) => node['Relation Name']))].sort();

export { squeezed };
