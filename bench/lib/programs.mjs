// What has to be there before anything is measured: packages, and the programs of the release build.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Failure, say } from './processes.mjs';

const kBuild = 'build/release';
const stdio = ['ignore', 2, 2];

/** PostgreSQL's own program of that name, newest version. */
function postgresProgram(name) {
  const root = '/usr/lib/postgresql';
  const found = (existsSync(root) ? readdirSync(root) : []).map(Number).filter(Number.isFinite).sort((a, b) => b - a)
    .map((version) => path.join(root, String(version), 'bin', name)).find((file) => existsSync(file));
  if (!found) throw new Failure(`PostgreSQL's ${name} is not installed (scripts/install)`);
  return found;
}

/** Builds what the command line did not name, and returns all programs. */
export function buildPrograms({ bin, generate, install = true }) {
  if (install) execFileSync('scripts/install', ['build', 'bench'], { stdio });
  const targets = ['xbm_bare_epoll', 'xbm_open_loop', 'xbm_idle_connections', 'xbm_jobs', ...(bin ? [] : ['xbookmarker']), ...(generate ? [] : ['xbm_generate'])];
  say(`building ${targets.join(', ')}`);
  execFileSync('cmake', ['--preset', 'release'], { stdio: ['ignore', 'ignore', 2] });
  execFileSync('cmake', ['--build', '--preset', 'release', '--target', ...targets], { stdio });
  const built = (name) => path.resolve(kBuild, 'bench', name);
  const programs = {
    bin: path.resolve(bin ?? `${kBuild}/xbookmarker`), generate: path.resolve(generate ?? `${kBuild}/tests/support/generate/xbm_generate`),
    bareEpoll: built('xbm_bare_epoll'), openLoop: built('xbm_open_loop'), idleConnections: built('xbm_idle_connections'), jobs: built('xbm_jobs'),
    pgbench: postgresProgram('pgbench'), postgres: postgresProgram('postgres'),
  };
  for (const file of Object.values(programs)) if (!existsSync(file)) throw new Failure(`there is no ${file}`);
  return programs;
}

/** Google Benchmark's programs: prints what they print. */
export function runMicro(filter) {
  execFileSync('cmake', ['--build', '--preset', 'release', '--target', 'xbm_micro'], { stdio });
  execFileSync(path.resolve(kBuild, 'bench/xbm_micro'), ['--benchmark_min_time=0.3', '--benchmark_repetitions=5', '--benchmark_report_aggregates_only=true',
    ...(filter ? [`--benchmark_filter=${filter}`] : [])], { stdio: ['ignore', 'inherit', 2] });
}
