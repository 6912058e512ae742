// A data directory filled with generated bookmarks, and the `xbookmarker serve` that keeps its PostgreSQL and Redis
// running while others are measured on them. Filled directories are kept below build/bench and used again.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Failure, childrenOf, run, say } from './processes.mjs';
import { startServer } from './server.mjs';
import { signToken } from './tokens.mjs';

const kFillTimeoutMs = 3_600_000;
const kGeneratorMax = 2_000_000; // rows of one call

/** `{users, each, heavy}`: users with so many bookmarks each, and one user `heavy` with that many. */
export const shapes = {
  empty: { users: 1, each: 1, heavy: 0 },
  small: { users: 10, each: 10_000, heavy: 0 },
  medium: { users: 100, each: 10_000, heavy: 100_000 },
  large: { users: 1000, each: 10_000, heavy: 0 },
};
export const quickShapes = {
  empty: shapes.empty, small: { users: 5, each: 500, heavy: 0 }, medium: { users: 10, each: 500, heavy: 2000 },
  large: { users: 20, each: 500, heavy: 0 },
};

/** Changes whenever what would be filled in changes. */
function fingerprint(shape) {
  const hash = createHash('sha256').update(JSON.stringify(shape));
  for (const dir of ['migrations', 'tests/support/generate', 'src/text']) {
    for (const name of readdirSync(dir).sort()) {
      if (/\.(sql|cpp|hpp)$/.test(name)) hash.update(readFileSync(path.join(dir, name)));
    }
  }
  return hash.digest('hex').slice(0, 8);
}

/** Where the private services of a data directory listen. */
export function socketsOf(dataDir) {
  const moved = path.join(dataDir, 'services.path');
  const services = existsSync(moved) ? readFileSync(moved, 'utf8').trim() : dataDir;
  return { services, sockets: path.join(services, 'sockets') };
}

export const databaseUrl = (sockets, role = 'xbookmarker') =>
  `postgresql://${role}@/xbookmarker?host=${encodeURIComponent(sockets)}`;

export class Library {
  constructor(name, shape, dataDir, keeper) {
    Object.assign(this, { name, shape, dataDir, keeper });
    Object.assign(this, socketsOf(dataDir));
    this.databaseUrl = databaseUrl(this.sockets);
    this.redisSocket = path.join(this.sockets, 'redis.sock');
  }

  /** Environment of a server that uses these services. */
  get env() {
    return { DATABASE_URL: this.databaseUrl, REDIS_URL: `unix://${this.redisSocket}` };
  }

  /** Rows of text columns. */
  async sql(text, options = {}) {
    const args = ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', this.databaseUrl];
    const output = await run(['psql', ...args], { input: text, ...options });
    return output.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  /** The pid of its PostgreSQL or Redis. */
  service(program) {
    return childrenOf(this.keeper.pid).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith(program));
  }

  /** Reads the accounts and makes a token for each. */
  async readUsers(secret) {
    const rows = await this.sql('SELECT id, username FROM users ORDER BY created_at, username');
    const all = rows.map(([id, name]) => ({ id, name, token: signToken({ id, name }, secret) }));
    this.users = all.filter(({ name }) => /^u[a-h]?\d+$/.test(name));
    this.heavy = all.find(({ name }) => name === 'heavy');
  }
}

async function fill(library, generate) {
  const { users, each, heavy } = library.shape;
  const rows = users * each;
  const calls = Math.ceil(rows / kGeneratorMax);
  say(`filling ${library.name}: ${users} × ${each}${heavy ? ` and ${heavy}` : ''} bookmarks`);
  // The ids of accounts come from the seed: each call needs its own.
  const args = (count, more, seed) =>
    [generate, '--bookmarks', String(count), '--database', library.databaseUrl, '--seed', String(seed), '--threads', '2', ...more];
  const options = { timeoutMs: kFillTimeoutMs };
  for (let call = 0; call < calls; ++call) {
    const name = users === 1 ? 'u1' : `u${'abcdefgh'[call]}`;
    await run(args(rows / calls, ['--user', name, '--users', String(users / calls)], call + 1), options);
  }
  if (heavy) await run(args(heavy, ['--user', 'heavy'], calls + 1), options);
}

/** Opens a library, filling it when it is not there yet. */
export async function openLibrary(name, { bin, generate, secret, dir, quick }) {
  const shape = (quick ? quickShapes : shapes)[name];
  if (!shape) throw new Failure(`there is no library ${name}`);
  const dataDir = path.resolve('build/bench', `${quick ? 'quick-' : ''}${name}-${fingerprint(shape)}`);
  const marker = path.join(dataDir, 'filled');
  if (existsSync(dataDir) && !existsSync(marker)) {
    const { services } = socketsOf(dataDir); // may lie elsewhere, and would be found again
    for (const dir of [services, dataDir]) await rm(dir, { recursive: true, force: true });
  }
  await mkdir(path.dirname(dataDir), { recursive: true });
  // Jobs are for the servers that are measured.
  const keeper = await startServer({ bin, secret, dir, env: { DATA_DIR: dataDir, WORKERS: '1' }, args: ['serve', '--no-jobs'] });
  try {
    const library = new Library(name, shape, dataDir, keeper);
    if (!existsSync(marker)) {
      await fill(library, generate);
      await writeFile(marker, '');
    }
    await library.readUsers(secret);
    return library;
  } catch (error) {
    await keeper.stop(); // before its directory is used again
    throw error;
  }
}
