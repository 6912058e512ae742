// What the rows are given: programs, libraries (opened when first asked for), servers, and rounds.
import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { say, stopAll } from './processes.mjs';
import { openLibrary } from './library.mjs';
import { startServer } from './server.mjs';
import { summaries } from './statistics.mjs';

const kWarmSeconds = 2;

export class Context {
  constructor(options, programs) {
    Object.assign(this, { ...options, programs });
    this.secret = randomBytes(32).toString('hex');
    this.libraries = new Map();
    this.opened = [];
  }

  static async open(options, programs) {
    const context = new Context(options, programs);
    // Short: the path of a Unix socket holds 107 bytes. Passable: as root the services run as another user.
    context.dir = await mkdtemp('/tmp/xbm-bench-');
    await chmod(context.dir, 0o755);
    return context;
  }

  async close() {
    await this.endRow();
    for (const library of this.libraries.values()) await library.keeper.stop();
    await stopAll();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** The library of that name (lib/library.mjs), with its services running until the end. */
  async library(name = 'medium') {
    if (!this.libraries.has(name)) {
      this.libraries.set(name, await openLibrary(name, {
        bin: this.programs.bin, generate: this.programs.generate, secret: this.secret, dir: this.dir, quick: this.quick,
      }));
    }
    return this.libraries.get(name);
  }

  /** Ends the services of a library; the next `library` starts them again. */
  async closeLibrary(name) {
    const library = this.libraries.get(name);
    this.libraries.delete(name);
    await library?.keeper.stop();
  }

  /** A server on the services of `library`, ended with the row. */
  async server(library, { env = {}, cpus, log } = {}) {
    return this.until(await startServer({
      bin: this.programs.bin, secret: this.secret, dir: this.dir, env: { ...library.env, ...env }, cpus, log,
    }));
  }

  /** Ends `thing` (by its `stop`) with the row. */
  until(thing) {
    this.opened.push(thing);
    return thing;
  }

  async endRow() {
    for (const thing of this.opened.splice(0).reverse()) await thing.stop();
  }

  /**
   * Measures contestants side by side: in each round all of them, one after the other, every second round in reverse.
   * A contestant is a function of the seconds that it may take, and returns `{metric: number}`.
   *
   * @param {Record<string, (seconds: number, round: number) => Promise<object>>} contestants
   * @param {{rounds?: number, seconds?: number, warm?: boolean}} [options]
   * @returns {Promise<Record<string, object[]>>} rounds of each
   */
  async alternate(contestants, { rounds = this.rounds, seconds = this.seconds, warm = true } = {}) {
    const names = Object.keys(contestants);
    if (warm) for (const name of names) await contestants[name](Math.min(seconds, kWarmSeconds), -1);
    const measured = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < rounds; ++round) {
      for (const name of round % 2 === 0 ? names : [...names].reverse()) {
        measured[name].push(await contestants[name](seconds, round));
        await sleep(50);
      }
    }
    return measured;
  }

  /** What a row returns: summaries of its contestants. */
  contestants(measured) {
    return Object.entries(measured).map(([name, rounds]) => ({ name, metrics: summaries(rounds) }));
  }

  log(text) {
    say(`${this.row}: ${text}`);
  }
}
