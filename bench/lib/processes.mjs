// Programs that the benchmark starts: each dies with it, has a bound on its time, and is ended by its own id.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

/** What a person can act on: shown without a stack. */
export class Failure extends Error {}
/** A wrong command line. */
export class Misuse extends Failure {}

export const say = (text) => process.stderr.write(`bench: ${text}\n`);

const kTicksPerSecond = 100; // USER_HZ of every Linux that Node runs on
const kOutputMax = 64 << 20;
const running = new Set();

const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/** The arguments in front of a command that keep it on the processors `cpus` (`0`, `0,1`); none for undefined. */
const pinned = (cpus) => (cpus === undefined ? [] : ['taskset', '-c', String(cpus)]);

/** Starts a program that runs beside us. `stdio` as for spawn. */
export async function start(command, { cpus, env, stdio = ['ignore', 'ignore', 'inherit'] } = {}) {
  const [program, ...args] = ['setpriv', '--pdeathsig=TERM', ...pinned(cpus), ...command];
  const child = spawn(program, args, { env, stdio });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await once(child, 'spawn');
  return child;
}

export async function waitForEnd(child, timeoutMs) {
  if (!hasEnded(child)) await Promise.race([once(child, 'exit'), sleep(timeoutMs, null, { ref: false })]);
  return hasEnded(child);
}

/** TERM, and KILL for what does not obey. */
export async function stop(child, timeoutMs = 30_000) {
  if (hasEnded(child)) return;
  child.kill('SIGTERM');
  if (await waitForEnd(child, timeoutMs)) return;
  child.kill('SIGKILL');
  await waitForEnd(child, timeoutMs);
  throw new Failure(`${child.spawnargs.at(-1)} did not stop within ${timeoutMs / 1000} s`);
}

export async function stopAll() {
  await Promise.allSettled([...running].map((child) => stop(child)));
}

/** Runs a program to its end and returns its standard output. A status other than 0 is a Failure. */
export async function run(command, { cpus, env, timeoutMs = 600_000, input } = {}) {
  const [program, ...args] = [...pinned(cpus), ...command];
  const done = promisify(execFile)(program, args, { env, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: kOutputMax });
  running.add(done.child);
  done.child.stdin.on('error', () => {}); // a program that does not read its input
  done.child.stdin.end(input);
  try {
    return (await done).stdout;
  } catch (error) {
    throw new Failure(`${program} ${args[0] ?? ''}… failed (${error.signal ?? error.code})\n${error.stderr ?? ''}${error.stdout?.slice(-2000) ?? ''}`);
  } finally {
    running.delete(done.child);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Processor time of a process and all its threads so far, in microseconds: utime + stime of proc_pid_stat(5). */
export function cpuMicros(pid) {
  return readCpuMicros(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

/** The name in the second field may hold blanks and parentheses. */
export function readCpuMicros(stat) {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * (1_000_000 / kTicksPerSecond);
}

/** Memory of a process in MiB by the names of proc_pid_status(5): `VmRSS`, `RssAnon`, `VmHWM`. */
export function memoryMiB(pid, name = 'VmRSS') {
  const found = readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm'));
  return Number(found?.[1] ?? 0) / 1024;
}

/** Processes whose parent is `pid`. */
export function childrenOf(pid) {
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
    } catch {
      return false; // ended meanwhile
    }
  }).map(Number);
}

export async function until(what, condition, timeoutMs = 60_000, everyMs = 20) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (Date.now() > end) throw new Failure(`${what} took more than ${timeoutMs / 1000} s`);
    await sleep(everyMs);
  }
}
