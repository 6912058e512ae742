// docs/benchmarks/latest.*: what was measured last, row by row, so that a run of some rows keeps the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { commit, machine } from './machine.mjs';
import { plot } from './plot.mjs';
import { markdown } from './report.mjs';

const kBase = 'docs/benchmarks/latest';

const read = () => (existsSync(`${kBase}.json`) ? JSON.parse(readFileSync(`${kBase}.json`, 'utf8')) : { rows: {} });

/** A row's result with when and how it was measured. */
export const stamped = (result, settings) => ({ ...result, at: new Date().toISOString(), commit: commit(), settings });

/** Merges `fresh` (by name) into what is there and writes JSON, text and picture. */
export function write(fresh, rows, absent) {
  const results = { machine: machine(), rows: { ...read().rows, ...fresh } };
  const known = Object.fromEntries(rows.filter(({ name }) => results.rows[name]).map(({ name }) => [name, results.rows[name]]));
  results.rows = known;
  const ratios = Object.entries(known).flatMap(([name, { ratios: all }]) => all.map((ratio) => [name, ratio]));
  writeFileSync(`${kBase}.json`, `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(`${kBase}.md`, markdown(results, rows, absent));
  writeFileSync(`${kBase}.svg`, plot(ratios));
}
