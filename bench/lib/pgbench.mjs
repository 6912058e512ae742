// pgbench as reference: the same statements straight from its connections to PostgreSQL.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, run } from './processes.mjs';

/** @param {string} output of pgbench */
export function readPgbench(output) {
  const rate = output.match(/^tps = ([\d.]+)/m);
  const failed = output.match(/^number of failed transactions: (\d+)/m);
  if (!rate || Number(failed?.[1] ?? 0) > 0) throw new Failure(`pgbench said:\n${output}`);
  return { requestsPerSecond: Number(rate[1]), p50Ms: null, meanMs: Number(output.match(/^latency average = ([\d.]+) ms/m)?.[1]) };
}

/** Writes scripts for pgbench; each transaction runs one of them, drawn at random. At most 100 of the 128 it takes. */
export function writeScripts(dir, name, scripts) {
  return scripts.slice(0, 100).map((text, i) => {
    const file = path.join(dir, `${name}-${i}.sql`);
    writeFileSync(file, text);
    return file;
  });
}

/** @param {{program: string, databaseUrl: string, scripts: string[], clients: number, threads?: number, seconds: number}} options */
export async function pgbench({ program, databaseUrl, scripts, clients, threads = 2, seconds }) {
  const output = await run([program, '-n', '-M', 'prepared', '-c', String(clients), '-j', String(threads), '-T', String(seconds),
    ...scripts.flatMap((file) => ['-f', file]), databaseUrl], { timeoutMs: (seconds + 60) * 1000 });
  return readPgbench(output);
}

/** A text as SQL literal. */
export const literal = (text) => (text === null ? 'NULL' : `'${String(text).replaceAll("'", "''")}'`);
