// The server that is measured.
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Failure, freePort, start, stop, until, waitForEnd } from './processes.mjs';

const kReadyTimeoutMs = 120_000; // recovery after a kill

async function isReady(url) {
  try {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // not listening yet
  }
}

/**
 * Starts `xbookmarker serve` and returns when it is ready: `{url, port, pid, dataDir, startMs, stop()}`.
 *
 * @param {{bin: string, secret: string, dir: string, env?: Record<string, string>, cpus?: string, log?: string, args?: string[]}} options
 *   `dir` takes what it writes to standard error, the file `log` its log; `env` has DATA_DIR or the addresses of services
 */
export async function startServer({ bin, secret, dir, env = {}, cpus, log, args = ['serve'] }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const errors = path.join(dir, `stderr-${port}`);
  const begin = process.hrtime.bigint();
  const child = await start([bin, ...args], {
    cpus,
    env: {
      PATH: process.env.PATH, HOME: process.env.HOME ?? dir, HOST: '127.0.0.1', PORT: String(port),
      DATA_DIR: path.join(dir, `data-${port}`), JWT_SECRET: secret, LOG_LEVEL: 'info',
      RATE_LIMIT_API_IP: '0', RATE_LIMIT_API_USER: '0', RATE_LIMIT_AUTH: '0', RATE_LIMIT_SENSITIVE: '0', ...env,
    },
    stdio: ['ignore', log ? openSync(log, 'w') : 'ignore', openSync(errors, 'w')],
  });
  const ended = waitForEnd(child, kReadyTimeoutMs).then(() => 'ended');
  const ready = until('the start of the server', () => isReady(url), kReadyTimeoutMs, 2);
  ready.catch(() => {}); // when the other one wins
  if ((await Promise.race([ready, ended])) === 'ended') {
    const said = readFileSync(errors, 'utf8').trim().split('\n').slice(-10).join('\n');
    throw new Failure(`the server did not become ready\n${said}`);
  }
  const startMs = Number(process.hrtime.bigint() - begin) / 1e6;
  return { url, port, pid: child.pid, dataDir: env.DATA_DIR, startMs, child, stop: () => stop(child) };
}

/** Runs a program that listens on a port that it prints (xbm_bare_epoll). */
export async function startPrinting(command, { cpus } = {}) {
  const child = await start(command, { cpus, stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  return { port: Number(line), pid: child.pid, stop: () => stop(child) };
}
