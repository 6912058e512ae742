// A random history: clients read and write at two instances, somebody kills instances, cuts and stalls the ways to
// Redis, kills and stops Redis; every read is checked against what had been acknowledged when it started.
//
// XBM_HISTORY_SEED repeats what is random here (not the timing of the machine), XBM_HISTORY_SECONDS sets how long.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Random } from '../support/client.mjs';
import { Conditions } from '../support/history.mjs';
import { contentOf, Instances } from '../support/instances.mjs';
import { kWord, Unknown, WatchedLibrary } from '../support/watched_library.mjs';

const kSeconds = Number(process.env.XBM_HISTORY_SECONDS ?? 20);
const kSeed = Number(process.env.XBM_HISTORY_SEED ?? Date.now() % 1_000_000);
const kClients = 8;
const kInstances = 2;
const kFaultsShown = 20;
const kLists = [
  '/api/bookmarks?limit=100', '/api/bookmarks?sortOrder=asc&limit=100', '/api/bookmarks?limit=100&includeArchived=true&sortBy=author',
  `/api/search?text=${kWord}&limit=100`, `/api/search?limit=100&includeFacets=true&text=${kWord}&sortBy=date`,
];

async function makeWorld(instances) {
  const started = performance.now();
  const world = {
    instances, count: kInstances, conditions: new Conditions(kInstances), faults: [], uses: { hit: 0, miss: 0, bypass: 0 }, writes: 0, unknown: 0,
    down: new Set(), now: () => performance.now() - started,
  };
  world.isUp = (i) => !world.down.has(i);
  // What `a` owns is written at instance 0 only, what `b` owns at 1, and `c` at both: an announcement that was lost
  // shows only where no later one makes up for it. Of `d` and `e` one list is read and one note is written: nearly all
  // of those reads are hits, so that nothing is learned from a load.
  world.writers = { a: [0], b: [1], c: [0, 1], d: [0], e: [1] };
  const people = {};
  for (const name of Object.keys(world.writers)) people[name] = await new Client(instances.servers[0].url).register(`history_${name}`);
  world.clients = Array.from({ length: kInstances }, (_, i) => (name) => instances.at(i, people[name]));
  world.libraries = Object.keys(world.writers).map((name) => new WatchedLibrary(world, name));
  for (const library of world.libraries) await library.prepare(world.writers[library.name][0], isNarrow(library) ? 1 : 8);
  return world;
}

const isNarrow = ({ name }) => name === 'd' || name === 'e';

function write(random, library, instance) {
  const items = [...library.items.values()];
  const roll = isNarrow(library) ? 0 : random.next();
  if (roll < 0.45) return library.update(instance, random.pick(items));
  if (roll < 0.6) return library.updateMany(instance, random.some(items, 2));
  if (roll < 0.75) return library.create(instance, random.int(0, 11));
  if (roll < 0.85) return library.remove(instance, random.pick(items));
  if (roll < 0.93) return library.rename(instance, random.pick(library.categories));
  return library.retag(instance, random.pick(library.groups), random.chance(0.5));
}

function read(random, library, instance) {
  const roll = random.next();
  if (isNarrow(library)) return library.readList(instance, kLists[0]);
  if (roll < 0.5) return library.readList(instance, random.pick(kLists));
  if (roll < 0.75) return library.readOne(instance, random.pick([...library.items.values()]));
  if (roll < 0.9) return library.readCategories(instance);
  return library.readTags(instance);
}

async function client(world, seed, end) {
  const random = new Random(seed);
  while (world.now() < end && world.faults.length < kFaultsShown) {
    const library = random.pick(world.libraries);
    const writes = random.chance(isNarrow(library) ? 0.03 : 0.12);
    const up = (writes ? world.writers[library.name] : [0, 1]).filter(world.isUp);
    if (up.length === 0) {
      await sleep(5); // the nemesis brings it back
      continue;
    }
    try {
      if (writes) world.writes += 1;
      await (writes ? write : read)(random, library, random.pick(up));
    } catch (error) {
      if (!(error instanceof Unknown)) world.faults.push(error.stack);
      world.unknown += 1;
    }
    library.forget();
  }
}

// What goes wrong. Each ends with everything as it was.
const disturbances = {
  async kill(world, random, i) {
    world.down.add(i);
    await world.instances.servers[i].kill9();
    world.conditions.started[i] = world.now();
    await world.instances.restart(i);
    world.down.delete(i);
  },
  async cut(world, random, i) {
    await away(world, [i], async () => world.instances.gates[i].cut(), random.int(300, 1500));
    world.instances.gates[i].open();
  },
  // Longer than anything may be trusted: what this instance writes is not announced.
  async cutLong(world, random, i) {
    await away(world, [i], async () => world.instances.gates[i].cut(), 9_000);
    world.instances.gates[i].open();
  },
  async stall(world, random, i) {
    world.instances.gates[i].stall();
    await sleep(random.int(200, 4_000));
    world.instances.gates[i].open();
  },
  async killRedis(world, random) {
    await away(world, [0, 1], () => world.instances.redis.kill(), random.int(300, 1000));
    await world.instances.redis.start();
  },
  async pauseRedis(world, random) {
    world.instances.redis.pause();
    await sleep(random.int(200, 2_500));
    world.instances.redis.resume();
  },
};

/** Redis is away from these instances for a while, and they know it. */
async function away(world, instances, act, ms) {
  await world.instances.takeRedisAway(instances, act);
  for (const i of instances) world.conditions.away[i] = world.now();
  await sleep(ms);
  for (const i of instances) world.conditions.away[i] = undefined;
}

async function nemesis(world, seed, end) {
  const random = new Random(seed);
  const log = [];
  // Health first: there the bound is the shortest.
  await sleep(3_500);
  // The long one once, at a random time; the others as they come.
  let kinds = random.some(Object.keys(disturbances), 6);
  while (world.now() < end && world.faults.length < kFaultsShown) {
    await sleep(random.int(500, 2_000));
    if (world.now() >= end) break;
    if (kinds.length === 0) kinds = random.some(Object.keys(disturbances).filter((kind) => kind !== 'cutLong' || kSeconds > 60), 6);
    const kind = kinds.shift();
    const i = random.int(0, kInstances - 1);
    log.push(`${Math.round(world.now())} ${kind} ${i}`);
    world.conditions.disturb();
    await disturbances[kind](world, random, i);
    world.conditions.calm(world.now());
  }
  return log;
}

/** When all is quiet: both instances answer what the database holds. */
async function compareWithDatabase(world) {
  const truth = await world.instances.startUncached();
  for (const library of world.libraries) {
    for (const path of [...kLists, '/api/categories?includeCount=true', '/api/tags?limit=100']) {
      const held = contentOf(await world.instances.at(truth, world.clients[0](library.name)).get(path));
      for (let i = 0; i < kInstances; ++i) {
        for (const _ of [1, 2]) assert.equal(contentOf(await world.clients[i](library.name).get(path)), held, `${path} at ${i}`);
      }
    }
  }
}

test(`a random history, seed ${kSeed}`, async (t) => {
  const instances = await Instances.start(kInstances, { SHUTDOWN_TIMEOUT: '1s' });
  try {
    const world = await makeWorld(instances);
    const end = world.now() + kSeconds * 1000;
    const random = new Random(kSeed);
    const clients = Array.from({ length: kClients }, () => client(world, random.int(0, 2 ** 31), end));
    const log = await nemesis(world, random.int(0, 2 ** 31), end);
    await Promise.all(clients);
    t.diagnostic(`seed ${kSeed}: ${JSON.stringify(world.uses)}, ${world.writes} writes, ${world.unknown} unknown; ${log.join(', ')}`);
    assert.deepEqual(world.faults, [], `XBM_HISTORY_SEED=${kSeed}; ${log.join(', ')}`);
    assert.ok(world.uses.hit > 40 && world.uses.miss > 20, JSON.stringify(world.uses));
    await sleep(world.conditions.calmSince > world.now() ? world.conditions.calmSince - world.now() : 0);
    await compareWithDatabase(world);
  } catch (error) {
    await instances.stop().catch(() => {}); // one may be dead
    throw error;
  }
  await instances.stop();
});
