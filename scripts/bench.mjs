// scripts/bench: starts the release executable with its private services in a temporary directory, fills a library,
// and measures one request with wrk, in rounds. Everything stays on the loopback interface, and every step has an end.
import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';

const kRequests = {
  list: { path: '/api/bookmarks?limit=20', about: 'first page of the list, newest first' },
};
const kUser = 'bench';
const kReadyTimeoutMs = 60_000;
const kStopTimeoutMs = 30_000;
const kFillTimeoutMs = 300_000;
const kRequestTimeoutMs = 10_000;
const kMeasuringSecondsMax = 600; // less than an access token lives

const kHelp = `Usage: scripts/bench NAME [OPTIONS]

Measures requests per second of the release build with wrk.

Names:
${Object.entries(kRequests).map(([name, r]) => `  ${name.padEnd(10)} GET ${r.path}: ${r.about}`).join('\n')}

Options:
  --bookmarks N    library of the account (10000; 100 to 1000000)
  --rounds N       measurements, after one of 2 s that does not count (5; 1 to 50)
  --seconds N      length of a round (10; 1 to 60)
  --connections N  open at the same time (64; 1 to 1000)
  --threads N      of wrk (1; 1 to 64)
  --bin FILE       the program (build/release/xbookmarker, which is then built first)
  --generate FILE  the generator (build/release/tests/support/generate/xbm_generate, likewise)
  --log-level L    of the program, which writes to /dev/null (info)
  --json           the result as JSON on standard output

Prints the median of requests/s over the rounds and their range. Ends with status 1 if any answer was not 200.
Absolute numbers hold for one machine at one time; ratios against references on the same machine follow in a later
version. docs/benchmarks/README.md says how to compare.`;

class Failure extends Error {}
class Misuse extends Failure {}
const say = (text) => process.stderr.write(`${text}\n`);
const build = 'build/release';
let running; // the server, for the signal handlers

function number(text, name, min, max) {
  if (!/^\d+$/.test(text) || Number(text) < min || Number(text) > max) {
    throw new Misuse(`--${name} takes a whole number from ${min} to ${max}`);
  }
  return Number(text);
}

function readOptions() {
  const text = (fallback) => ({ type: 'string', default: fallback });
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: 'boolean', short: 'h', default: false }, json: { type: 'boolean', default: false },
      bookmarks: text('10000'), rounds: text('5'), seconds: text('10'), connections: text('64'), threads: text('1'),
      bin: { type: 'string' }, generate: { type: 'string' }, 'log-level': text('info'),
    },
  });
  if (values.help) return null;
  if (positionals.length !== 1 || !Object.hasOwn(kRequests, positionals[0])) {
    throw new Misuse(`one name is needed: ${Object.keys(kRequests).join(', ')}`);
  }
  const options = {
    name: positionals[0], json: values.json, bin: values.bin, generate: values.generate, logLevel: values['log-level'],
    bookmarks: number(values.bookmarks, 'bookmarks', 100, 1_000_000), rounds: number(values.rounds, 'rounds', 1, 50),
    seconds: number(values.seconds, 'seconds', 1, 60), threads: number(values.threads, 'threads', 1, 64),
    connections: number(values.connections, 'connections', 1, 1000),
  };
  if (options.rounds * options.seconds > kMeasuringSecondsMax) {
    throw new Misuse(`--rounds times --seconds is at most ${kMeasuringSecondsMax}`);
  }
  if (options.threads > options.connections) throw new Misuse('--threads is at most --connections');
  return options;
}

/** The two programs; built when they were not named. */
function programs(options) {
  const targets = [];
  if (!options.bin) targets.push('xbookmarker');
  if (!options.generate) targets.push('xbm_generate');
  if (targets.length > 0) {
    say(`bench: building ${targets.join(' and ')}`);
    const stdio = ['ignore', 2, 2];
    if (!existsSync(`${build}/build.ninja`)) execFileSync('cmake', ['--preset', 'release'], { stdio });
    execFileSync('cmake', ['--build', '--preset', 'release', '--target', ...targets], { stdio });
  }
  const found = {
    bin: path.resolve(options.bin ?? `${build}/xbookmarker`),
    generate: path.resolve(options.generate ?? `${build}/tests/support/generate/xbm_generate`),
  };
  for (const file of Object.values(found)) if (!existsSync(file)) throw new Failure(`there is no ${file}`);
  return found;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

async function waitForEnd(child, timeoutMs) {
  if (!hasEnded(child)) await Promise.race([once(child, 'exit'), sleep(timeoutMs, null, { ref: false })]);
  return hasEnded(child);
}

/** The server dies with this process (parent death signal); its services end with it. */
async function startServer(bin, dir, options) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH, HOME: process.env.HOME ?? dir, HOST: '127.0.0.1', PORT: String(port),
    DATA_DIR: path.join(dir, 'data'), JWT_SECRET: randomBytes(32).toString('hex'), LOG_LEVEL: options.logLevel,
    RATE_LIMIT_API_IP: '0', RATE_LIMIT_API_USER: '0',
  };
  const errors = openSync(path.join(dir, 'stderr'), 'w');
  const child = spawn('setpriv', ['--pdeathsig=TERM', bin, 'serve'], { env, stdio: ['ignore', 'ignore', errors] });
  await once(child, 'spawn');
  running = child;
  const end = Date.now() + kReadyTimeoutMs;
  while (!(await isReady(url))) {
    if (hasEnded(child) || Date.now() > end) {
      await stopServer(child);
      const said = readFileSync(path.join(dir, 'stderr'), 'utf8').trim().split('\n').slice(-10).join('\n');
      throw new Failure(`the server did not become ready\n${said}`);
    }
    await sleep(50);
  }
  return { url, child, databaseUrl: databaseUrl(env.DATA_DIR) };
}

async function isReady(url) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // not listening yet
  }
}

async function stopServer(child) {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  if (await waitForEnd(child, kStopTimeoutMs)) return;
  child.kill('SIGKILL');
  await waitForEnd(child, kStopTimeoutMs);
  throw new Failure(`the server did not stop within ${kStopTimeoutMs / 1000} s`);
}

/** Where the private PostgreSQL of a data directory listens. */
function databaseUrl(dataDir) {
  const moved = path.join(dataDir, 'services.path');
  const services = existsSync(moved) ? readFileSync(moved, 'utf8').trim() : dataDir;
  return `postgresql://xbookmarker@/xbookmarker?host=${encodeURIComponent(path.join(services, 'sockets'))}`;
}

/** The account, logged in; returns its access token. The first account of a server can always be made. */
async function register(url) {
  const answer = await fetch(`${url}/api/auth/register`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, signal: AbortSignal.timeout(kRequestTimeoutMs),
    body: JSON.stringify({ username: kUser, password: randomBytes(16).toString('hex') }),
  });
  const body = await answer.json();
  if (answer.status !== 201) throw new Failure(`the account was refused: ${answer.status} ${body.code}`);
  return body.tokens.accessToken;
}

/** What is measured has to be right: a fast wrong answer is worth nothing. */
async function check(target, token, bookmarks) {
  const answer = await fetch(target, {
    headers: { Authorization: `Bearer ${token}` }, signal: AbortSignal.timeout(kRequestTimeoutMs),
  });
  const text = await answer.text();
  const data = answer.ok ? JSON.parse(text).data : {};
  const rows = data.bookmarks?.length;
  // A few of the generated bookmarks are archived and not listed.
  const total = data.pagination?.total;
  if (rows !== Math.min(20, total) || !(total > 0.5 * bookmarks && total <= bookmarks)) {
    throw new Failure(`GET ${target} answered ${answer.status} with ${rows} bookmarks of ${total}`);
  }
  return { bytes: Buffer.byteLength(text), total };
}

const kUnitsMs = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

/** What wrk prints. */
function readWrk(output) {
  const rate = output.match(/^Requests\/sec:\s+([\d.]+)/m);
  if (!rate) throw new Failure(`wrk said:\n${output}`);
  const latency = (percent) => {
    const found = output.match(new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)\\s*$`, 'm'));
    return found ? Number(found[1]) * kUnitsMs[found[2]] : null;
  };
  const sockets = output.match(/Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/)?.slice(1) ?? [];
  return {
    requestsPerSecond: Number(rate[1]), p50Ms: latency(50), p99Ms: latency(99),
    notOk: Number(output.match(/Non-2xx or 3xx responses: (\d+)/)?.[1] ?? 0),
    socketErrors: sockets.map(Number).reduce((a, b) => a + b, 0),
  };
}

async function round(target, token, options, seconds) {
  const args = [`-t${options.threads}`, `-c${options.connections}`, `-d${seconds}s`, '--latency',
    '-H', `Authorization: Bearer ${token}`, target];
  const { stdout } = await promisify(execFile)('wrk', args, { timeout: (seconds + 30) * 1000, killSignal: 'SIGKILL' });
  const result = readWrk(stdout);
  if (result.notOk + result.socketErrors > 0) {
    throw new Failure(`${result.notOk} answers were not 2xx, ${result.socketErrors} socket errors`);
  }
  return result;
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function summary(values) {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values), rounds: values };
}

async function measure(options, { bin, generate }, dir) {
  const server = await startServer(bin, dir, options);
  try {
    const token = await register(server.url);
    say(`bench: ${options.bookmarks} bookmarks`);
    await promisify(execFile)(generate, ['--bookmarks', String(options.bookmarks), '--user', kUser,
      '--database', server.databaseUrl], { timeout: kFillTimeoutMs, killSignal: 'SIGKILL' });
    const target = `${server.url}${kRequests[options.name].path}`;
    const answer = await check(target, token, options.bookmarks);
    await round(target, token, options, 2);
    const rounds = [];
    for (let i = 1; i <= options.rounds; ++i) {
      rounds.push(await round(target, token, options, options.seconds));
      say(`bench: round ${i} of ${options.rounds}: ${rounds.at(-1).requestsPerSecond.toFixed(0)} requests/s`);
    }
    return { answer, rounds };
  } finally {
    await stopServer(server.child);
  }
}

function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return null; // not a checkout
  }
}

function report(options, { answer, rounds }) {
  const result = {
    benchmark: options.name, request: `GET ${kRequests[options.name].path}`, commit: commit(), at: new Date().toISOString(),
    machine: { cpus: os.cpus().length, model: os.cpus()[0]?.model ?? null, memoryMiB: Math.round(os.totalmem() / 2 ** 20) },
    settings: { bookmarks: options.bookmarks, connections: options.connections, threads: options.threads,
      seconds: options.seconds, logLevel: options.logLevel },
    answer,
    requestsPerSecond: summary(rounds.map((r) => r.requestsPerSecond)),
    p50Ms: summary(rounds.map((r) => r.p50Ms)), p99Ms: summary(rounds.map((r) => r.p99Ms)),
  };
  if (options.json) return console.log(JSON.stringify(result, null, 2));
  const { median: middle, min, max } = result.requestsPerSecond;
  console.log(`${options.name}: ${middle.toFixed(0)} requests/s (${min.toFixed(0)}–${max.toFixed(0)} in ${rounds.length} rounds), `
    + `latency p50 ${result.p50Ms.median.toFixed(2)} ms, p99 ${result.p99Ms.median.toFixed(2)} ms, ${answer.bytes} bytes each`);
}

async function main() {
  const options = readOptions();
  if (!options) return console.log(kHelp);
  const found = programs(options);
  // Short: the path of a Unix socket holds 107 bytes. Passable: as root the services run as another user.
  const dir = await mkdtemp('/tmp/xbm-bench-');
  await chmod(dir, 0o711);
  const clean = () => rm(dir, { recursive: true, force: true });
  const interrupted = async () => {
    if (running) await stopServer(running);
    await clean();
    process.exit(130);
  };
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    report(options, await measure(options, found, dir));
  } finally {
    await clean();
  }
}

main().catch((error) => {
  const misused = error instanceof Misuse || String(error.code).startsWith('ERR_PARSE_ARGS');
  say(`bench: ${misused || error instanceof Failure ? error.message : error.stack}`);
  process.exitCode = misused ? 2 : 1;
});
