// wrk (closed loop: each connection waits for its answer) and what it says.
import { fileURLToPath } from 'node:url';
import { Failure, cpuMicros, memoryMiB, run } from './processes.mjs';

const kScript = fileURLToPath(new URL('../load/wrk.lua', import.meta.url));

/** The line of JSON that load/wrk.lua prints at the end. */
export function readWrk(output) {
  const line = output.match(/^XBM (\{.*\})$/m);
  if (!line) throw new Failure(`wrk said:\n${output}`);
  const said = JSON.parse(line[1]);
  return {
    requestsPerSecond: said.requests / (said.durationUs / 1e6), requests: said.requests,
    p50Ms: said.p50Us / 1000, p95Ms: said.p95Us / 1000, p99Ms: said.p99Us / 1000,
    bytesEach: said.bytes / Math.max(1, said.requests),
    failures: said.connect + said.read + said.write + said.timeout + said.status,
  };
}

/**
 * Loads a server for some seconds. An answer other than 2xx and 3xx, a socket error, or answers of another length than
 * `bytesEach` (± 2 %) end the benchmark: a fast wrong answer is worth nothing.
 *
 * @param {{port: number, pid?: number}} server
 * @param {{requests: string, seconds: number, connections?: number, threads?: number, cpus?: string, bytesEach?: number,
 *   mayFail?: boolean, isStatic?: boolean}} load `requests` names a file of `writeRequests`
 */
export async function wrk(server, load) {
  const { connections = 64, threads = 1, seconds, cpus, bytesEach, mayFail = false } = load;
  const cpuBefore = server.pid ? cpuMicros(server.pid) : null;
  const output = await run(['wrk', `-t${threads}`, `-c${connections}`, `-d${seconds}s`, '--timeout', '20s', '-s', kScript,
    `http://127.0.0.1:${server.port}/`, '--', load.requests], { cpus, timeoutMs: (seconds + 60) * 1000 });
  const cpuAfter = server.pid ? cpuMicros(server.pid) : null;
  const result = readWrk(output);
  if (!mayFail && (result.failures > 0 || result.requests === 0)) {
    throw new Failure(`wrk: ${result.failures} failures in ${result.requests} requests\n${output}`);
  }
  // What is on its way at the end was counted in bytes, not in requests.
  if (bytesEach && Math.abs(result.bytesEach / bytesEach - 1) > 0.02 + connections / result.requests) {
    throw new Failure(`wrk: answers of ${result.bytesEach.toFixed(0)} bytes instead of ${bytesEach}`);
  }
  if (server.pid) {
    result.cpuMicros = (cpuAfter - cpuBefore) / result.requests;
    result.rssMiB = memoryMiB(server.pid);
  }
  return result;
}
