// A Redis of a test's own, which it may kill and stop: the one of scripts/services belongs to all tests.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const kStartTimeoutMs = 20_000;

/** Starts it and returns when it answers. */
export async function startRedis() {
  // Not TMPDIR: the path of a Unix socket holds 107 bytes.
  const redis = new OwnRedis(await mkdtemp('/tmp/xbm-redis-'));
  await redis.start();
  return redis;
}

class OwnRedis {
  #child;

  constructor(directory) {
    this.directory = directory;
    this.socket = path.join(directory, 'redis.sock');
    this.url = `unix://${this.socket}`;
  }

  async start() {
    const args = ['--port', '0', '--unixsocket', this.socket, '--dir', this.directory, '--save', '', '--appendonly', 'no'];
    this.#child = spawn('setpriv', ['--pdeathsig=KILL', 'redis-server', ...args], { stdio: 'ignore' });
    const end = Date.now() + kStartTimeoutMs;
    while (!(await this.command('PING').then((reply) => reply === 'PONG', () => false))) {
      if (Date.now() > end) throw new Error('Redis does not start');
      await sleep(20);
    }
  }

  /** The reply of one command as text, lines of an array below each other. */
  async command(...words) {
    const { stdout } = await promisify(execFile)('redis-cli', ['-s', this.socket, ...words]);
    return stdout.trimEnd();
  }

  async kill() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  /** It hangs, with all its connections, until `resume`. */
  pause() { this.#child.kill('SIGSTOP'); }
  resume() { this.#child.kill('SIGCONT'); }

  async stop() {
    await this.kill();
    await rm(this.directory, { recursive: true, force: true });
  }
}
