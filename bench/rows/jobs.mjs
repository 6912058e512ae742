// What the job engine itself costs.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, run } from '../lib/processes.mjs';
import { pgbench } from '../lib/pgbench.mjs';
import { ratioOf } from '../lib/statistics.mjs';

/** A job's life as three transactions of a row, claimed the way that everybody does it. */
const kScript = `WITH one AS (SELECT id, gen_random_uuid() AS job FROM users LIMIT 1) INSERT INTO bench_jobs (user_id, id, state, created_at) SELECT id, job, 'queued', now() FROM one;
UPDATE bench_jobs SET state = 'running', claimed_at = now(), claimed_by = :client_id WHERE id = (SELECT id FROM bench_jobs WHERE state = 'queued' ORDER BY created_at LIMIT 1 FOR UPDATE SKIP LOCKED);
UPDATE bench_jobs SET state = 'completed', finished_at = now() WHERE claimed_by = :client_id AND state = 'running';
`;

async function measureJobs(bench) {
  const kJobs = bench.quick ? 1000 : 10_000;
  const library = await bench.library('empty');
  const script = path.join(bench.dir, 'jobs.sql');
  writeFileSync(script, kScript);
  await library.sql(`DROP TABLE IF EXISTS bench_jobs; CREATE TABLE bench_jobs (user_id uuid NOT NULL, id uuid PRIMARY KEY, state text NOT NULL, created_at timestamptz NOT NULL,
    claimed_at timestamptz, claimed_by integer, finished_at timestamptz);
    CREATE INDEX ON bench_jobs (created_at) WHERE state = 'queued'; CREATE INDEX ON bench_jobs (claimed_by) WHERE state = 'running'`);
  const ours = async () => {
    const output = await run([bench.programs.jobs, library.databaseUrl, library.redisSocket, library.users[0].id, String(kJobs)], { timeoutMs: 300_000 });
    const found = /(\d+) jobs in ([\d.]+) s/.exec(output);
    if (!found || Number(found[1]) !== kJobs) throw new Failure(`the jobs ended with: ${output}`);
    return { jobsPerSecond: kJobs / Number(found[2]) };
  };
  const theirs = async (seconds) => {
    const { requestsPerSecond } = await pgbench({ program: bench.programs.pgbench, databaseUrl: library.databaseUrl, scripts: [script], clients: 2, seconds });
    await library.sql('TRUNCATE bench_jobs');
    return { jobsPerSecond: requestsPerSecond };
  };
  const measured = await bench.alternate({ 'job engine': ours, pgbench: theirs });
  await library.sql("DROP TABLE bench_jobs; DELETE FROM jobs WHERE type = 'backup'");
  return {
    contestants: bench.contestants(measured),
    ratios: [{ name: 'jobs/s / pgbench', ...ratioOf(measured['job engine'], measured.pgbench, 'jobsPerSecond'), target: { atLeast: 1 } }],
    notes: [`${kJobs} jobs that do nothing, asked for in batches of 100 and run by two runners of 16 at a time; from the first request until all have ended. pgbench, with two connections, inserts, claims and finishes one row after the other.`],
  };
}

export const rows = [
  { name: 'jobs', about: '10,000 empty jobs, two runners; against pgbench inserting, claiming and finishing a row', measure: measureJobs },
];
