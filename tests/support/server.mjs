// Starts the real server for a test and gives every test its own database. Node 18 or newer, no packages.
//
// Below scripts/services (what ./test does) a database is a copy of a migrated template, some 20 ms; on its own the
// server starts its private PostgreSQL and Redis in a temporary data directory, some 2 s.
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const kReadyTimeoutMs = 60_000; // sanitizers, two cores
const kStopTimeoutMs = 30_000;
const kLogLinesMax = 10_000;
const kUnlimited = Object.fromEntries(
  ['API_IP', 'API_USER', 'AUTH', 'LOGIN_ACCOUNT', 'X_API', 'SENSITIVE'].map((name) => [`RATE_LIMIT_${name}`, '0']));
const kSecret = 'integration-tests-need-32-characters-or-more';

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

/** Whether scripts/services runs us. */
export const hasServices = Boolean(process.env.XBM_TEST_ADMIN_URL);

/**
 * Runs SQL as the superuser of the test services on `database` and returns the rows as arrays of text.
 * @param {string} sql
 * @param {string} [database]
 */
export async function adminSql(sql, database = 'postgres') {
  if (!hasServices) throw new Error('adminSql needs scripts/services');
  const url = new URL(process.env.XBM_TEST_ADMIN_URL.replace('@/', '@localhost/'));
  url.pathname = `/${database}`;
  const target = url.href.replace('@localhost/', '@/');
  const args = ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', target, '-c', sql];
  const { stdout } = await promisify(execFile)(process.env.XBM_TEST_PSQL ?? 'psql', args, { maxBuffer: 1 << 26 });
  return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
}

/**
 * A fresh, migrated database: `{name, url, env, drop()}`. `env` has DATABASE_URL, REDIS_URL and a REDIS_PREFIX of its
 * own, so that tests that run side by side do not meet.
 */
export async function withDatabase() {
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  const template = process.env.XBM_TEST_TEMPLATE ?? 'template1';
  await adminSql(`CREATE DATABASE ${name} OWNER xbookmarker TEMPLATE ${template}`);
  const url = process.env.DATABASE_URL.replace('@/xbookmarker', `@/${name}`);
  return {
    name,
    url,
    env: { DATABASE_URL: url, REDIS_URL: process.env.REDIS_URL, REDIS_PREFIX: `${name}:` },
    drop: () => adminSql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  };
}

// Only what a program needs from the caller's environment: a variable of the developer must not change a test.
function environment(extra) {
  const kept = Object.entries(process.env).filter(([name]) => /^(PATH|HOME|TMPDIR|LANG|LC_\w+|\w+SAN_OPTIONS)$/.test(name));
  return { ...Object.fromEntries(kept), ...extra };
}

// The server dies with this process even if that is killed (kernel's parent death signal).
function launch(bin, args, env) {
  const child = spawn('setpriv', ['--pdeathsig=KILL', bin, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

function collect(stream, lines, onLine = () => {}) {
  createInterface({ input: stream }).on('line', (line) => {
    lines.push(line);
    if (lines.length > kLogLinesMax) lines.shift();
    onLine(line);
  });
}

function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

async function waitForEnd(child, timeoutMs) {
  if (!hasEnded(child)) await Promise.race([once(child, 'exit'), sleep(timeoutMs, null, { ref: false })]);
  return hasEnded(child);
}

/**
 * Starts the server on a free port and returns when /readyz answers 200; with `args` of `worker`, which has no port, when
 * it runs jobs.
 *
 * @param {object} [options]
 * @param {string} [options.bin] the program; XBM_BIN
 * @param {Record<string, string>} [options.env] configuration, wins over the defaults below: no rate limits
 * @param {string[]} [options.args] `['serve']`
 * @param {string} [options.dataDir] kept at the end; without it a temporary one
 * @param {object|false} [options.database] of `withDatabase()`; without it one is made and dropped at the end; false:
 *   the server's private services
 * @returns {Promise<{url: string, pid: number, child: object, dataDir: string, database: object|undefined,
 *   stdout: string[], stderr: string[], logs: () => object[], countOf: (msg: string) => number,
 *   stop: () => Promise<number>, kill9: () => Promise<void>}>} `countOf`: log lines of that text since the start. `stop` sends SIGTERM and gives the exit status; it throws when the server has to be
 *   killed. `kill9` ends it with SIGKILL; call `stop` afterwards to clean up.
 */
export async function startServer(options = {}) {
  const bin = options.bin ?? process.env.XBM_BIN;
  if (!bin) throw new Error('XBM_BIN names the program; run the tests with ./test integration');
  const ownDatabase = options.database === undefined && hasServices ? await withDatabase() : undefined;
  const database = options.database || ownDatabase;
  const temporary = options.dataDir ? undefined : await mkdtemp(path.join(tmpdir(), 'xbm-data-'));
  const dataDir = options.dataDir ?? temporary;
  const env = environment({
    PORT: '0', HOST: '127.0.0.1', DATA_DIR: dataDir, JWT_SECRET: kSecret, LOG_LEVEL: 'debug', ...kUnlimited,
    ...database?.env, ...options.env,
  });
  const cleanUp = async () => {
    await ownDatabase?.drop();
    if (temporary) await rm(temporary, { recursive: true, force: true });
  };

  const stdout = [];
  const stderr = [];
  let url;
  const child = launch(bin, options.args ?? ['serve'], env);
  const spawnError = new Promise((_, reject) => child.once('error', reject));
  spawnError.catch(() => {});
  const counts = new Map();
  collect(child.stdout, stdout, (line) => {
    const entry = parse(line);
    counts.set(entry.msg, (counts.get(entry.msg) ?? 0) + 1);
    if (entry.msg === 'listening' && entry.url) url = entry.url;
  });
  collect(child.stderr, stderr);

  const stop = async () => {
    const alive = !hasEnded(child);
    if (alive) child.kill('SIGTERM');
    const ended = await waitForEnd(child, kStopTimeoutMs);
    if (!ended) child.kill('SIGKILL');
    await waitForEnd(child, kStopTimeoutMs);
    await cleanUp();
    if (!ended) throw new Error(`the server did not stop within ${kStopTimeoutMs} ms\n${tail(stdout, stderr)}`);
    return child.exitCode;
  };
  try {
    const isUp = options.args?.[0] === 'worker' ? () => counts.has('running jobs') : () => url && isReady(url);
    await Promise.race([waitUntilReady(child, isUp), spawnError]);
  } catch (error) {
    if (!hasEnded(child)) child.kill('SIGKILL');
    await waitForEnd(child, kStopTimeoutMs);
    await cleanUp();
    throw new Error(`${error.message}\n${tail(stdout, stderr)}`);
  }
  return {
    url, pid: child.pid, child, dataDir, database, stdout, stderr, stop,
    logs: () => stdout.map(parse),
    countOf: (msg) => counts.get(msg) ?? 0,
    kill9: async () => {
      child.kill('SIGKILL');
      await waitForEnd(child, kStopTimeoutMs);
    },
  };
}

const tail = (stdout, stderr) => [...stdout.slice(-20), ...stderr.slice(-60)].join('\n');

async function waitUntilReady(child, isUp) {
  const end = Date.now() + kReadyTimeoutMs;
  while (Date.now() < end) {
    if (hasEnded(child)) throw new Error(`the server ended at its start (${child.exitCode ?? child.signalCode})`);
    if (await isUp()) return;
    await sleep(20);
  }
  throw new Error(`the server was not ready within ${kReadyTimeoutMs} ms`);
}

async function isReady(url) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.status === 200;
  } catch {
    return false; // not listening yet
  }
}

/**
 * Runs a command of the program to its end: `await runCommand(['user', 'list'], {env})` → `{status, stdout, stderr}`.
 * @param {string[]} args
 * @param {{bin?: string, env?: Record<string, string>, input?: string, timeoutMs?: number}} [options]
 */
export async function runCommand(args, { bin = process.env.XBM_BIN, env = {}, input = '', timeoutMs = 60_000 } = {}) {
  const child = spawn(bin, args, { env: environment(env), timeout: timeoutMs, killSignal: 'SIGKILL' });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  child.stdin.on('error', () => {}); // a program that does not read its input
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  running.delete(child);
  return { status, stdout, stderr };
}
