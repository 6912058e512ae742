// Several instances of the server on one database and one Redis, each with a gate before its Redis.
import path from 'node:path';
import { Client, startTestServer, stopClean, until } from './client.mjs';
import { startGate } from './gate.mjs';
import { startRedis } from './redis.mjs';
import { withDatabase } from './server.mjs';

const kWorkers = 2;
const kAskTiming = { 'x-server-timing': '1' };

/** What the cache did for an answer that was asked for with `timed`: `hit`, `miss` or `bypass`. */
export const cacheUse = ({ headers }) => /cache;desc="(\w+)"/.exec(headers.get('server-timing') ?? '')?.[1];
/** GET whose answer tells what the cache did. */
export const timed = (client, path_, headers = {}) => client.get(path_, { ...kAskTiming, ...headers });
/** What the cache did for a GET, which must succeed. */
export async function useOf(client, path_) {
  const answer = await timed(client, path_);
  if (answer.status !== 200) throw new Error(`${path_}: ${answer.status} ${answer.text.slice(0, 300)}`);
  return cacheUse(answer);
}
/** The body without what differs between two answers to the same question. */
export const contentOf = ({ text }) => text.replace(/"executionTime":[\d.]+/, '');

export class Instances {
  /** @param {number} count @param {Record<string, string>} [env] for all of them */
  static async start(count, env = {}) {
    const all = new Instances();
    all.env = env;
    all.database = await withDatabase();
    all.redis = await startRedis();
    all.gates = [];
    for (let i = 0; i < count; ++i)
      all.gates.push(await startGate(path.join(all.redis.directory, `gate${i}.sock`), all.redis.socket));
    all.servers = await Promise.all(all.gates.map((_, i) => all.#launch(i)));
    return all;
  }

  #launch(i, env = {}) {
    const own = this.gates[i] ? { REDIS_URL: this.gates[i].url } : {};
    return startTestServer({ database: this.database, env: { WORKERS: String(kWorkers), LOG_LEVEL: 'debug', ...this.env, ...own, ...env } });
  }

  /** Starts an instance that was ended by `kill9` or `stop`; it gets another port. */
  async restart(i) {
    await this.servers[i].stop(); // its data directory
    this.servers[i] = await this.#launch(i);
  }

  /** One more without any cache: what it answers is what the database holds. */
  async startUncached() {
    this.servers.push(await this.#launch(-1, { REDIS_URL: this.redis.url, CACHE_ENABLED: 'false' }));
    return this.servers.length - 1;
  }

  /** The same user at instance `i`. */
  at(i, client) {
    return new Client(this.servers[i].url, { token: client.token, user: client.user });
  }

  /** Does something that takes Redis away from instances, and waits until all their connections have noticed. */
  async takeRedisAway(instances, act) {
    const connected = (i) => this.servers[i].countOf('Redis connected') - this.servers[i].countOf('Redis connection lost');
    // Those of the workers, of the jobs, and the one that hears announcements.
    await until(() => instances.every((i) => connected(i) === kWorkers + 2), 20_000);
    await act();
    await until(() => instances.every((i) => connected(i) === 0), 20_000);
  }

  /** Waits until answers that instance `from` makes come to instance `to` from Redis, and announcements too. */
  async bringRedisBack(client, from = 0, to = 1) {
    let asked = 0;
    await until(async () => {
      const path_ = `/api/categories?again=${++asked}`;
      await useOf(this.at(from, client), path_);
      return (await useOf(this.at(to, client), path_)) === 'hit';
    }, 20_000);
  }

  /** Ends everything; all servers must end well. */
  async stop() {
    for (const gate of this.gates) gate.open();
    const ended = await Promise.allSettled(this.servers.map((server) => stopClean(server)));
    await Promise.all(this.gates.map((gate) => gate.close()));
    await this.redis.stop();
    await this.database.drop();
    for (const { reason } of ended) if (reason) throw reason;
  }
}
