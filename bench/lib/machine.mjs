// What a result has to say about where it was made, without names of machines or paths.
import { execFileSync } from 'node:child_process';
import os from 'node:os';

export function machine() {
  return {
    processor: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, kernel: `${os.type()} ${os.release().split('-')[0]}`,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30), node: process.versions.node.split('.')[0],
  };
}

export function commit() {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  } catch {
    return null; // not a checkout
  }
}
