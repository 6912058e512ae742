// A PostgreSQL of a test's own, which may be stopped, killed and restarted, and a PgBouncer in front of it.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from './client.mjs';

const run = promisify(execFile);
const programs = path.dirname(process.env.XBM_TEST_PSQL ?? '/usr/bin/psql');
const isRoot = process.getuid() === 0;

const running = new Set();
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')));

// PostgreSQL and PgBouncer refuse root. The children die with this process even if it is killed.
const asUser = ['--pdeathsig=KILL', ...(isRoot ? ['--reuid=postgres', '--regid=postgres', '--clear-groups'] : [])];

async function launch(command, args, cwd) {
  const child = spawn('setpriv', [...asUser, command, ...args], { cwd, stdio: 'ignore' });
  running.add(child);
  child.once('exit', () => running.delete(child));
  await once(child, 'spawn');
  return child;
}

async function end(child, signal) {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

export class OwnPostgres {
  /** A new cluster, started, with an empty database and role `xbookmarker`. `settings` as for postgres -c. */
  static async create(settings = []) {
    const made = new OwnPostgres();
    made.port = 5432;
    // Not TMPDIR: the path of a Unix socket holds 107 bytes.
    made.dir = await mkdtemp('/tmp/xbm-pg-');
    made.settings = settings;
    if (isRoot) await made.#give(made.dir);
    await run('setpriv', [...asUser, path.join(programs, 'initdb'), '-D', made.cluster, '--username=postgres',
      '--encoding=UTF8', '--locale=C.UTF-8', '--auth=trust', '--no-sync'], { cwd: made.dir });
    await made.start();
    await made.sql('CREATE ROLE xbookmarker LOGIN');
    await made.sql('CREATE DATABASE xbookmarker OWNER xbookmarker');
    return made;
  }

  get cluster() { return path.join(this.dir, 'cluster'); }
  get url() { return `postgresql://xbookmarker@/xbookmarker?host=${this.dir}`; }

  async #give(file) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'postgres'])).stdout)));
    await chown(file, uid, gid);
  }

  /** Writes a file that the server may read and nobody else. */
  async write(name, content) {
    const file = path.join(this.dir, name);
    await writeFile(file, content);
    await chmod(file, 0o600);
    if (isRoot) await this.#give(file);
    return file;
  }

  async start() {
    const settings = ['listen_addresses=', `port=${this.port}`, `unix_socket_directories=${this.dir}`, 'fsync=off', 'full_page_writes=off',
      'jit=off', ...this.settings];
    this.child = await launch(path.join(programs, 'postgres'),
      ['-D', this.cluster, ...settings.flatMap((setting) => ['-c', setting])], this.dir);
    await until(() => run(path.join(programs, 'pg_isready'), ['-h', this.dir, '-p', String(this.port)]).then(() => true, () => false), 30_000);
  }

  /** SIGINT: fast shutdown; SIGQUIT: as after a crash. */
  async stop(signal = 'SIGINT') { await end(this.child, signal); }

  async remove() {
    await this.stop('SIGQUIT');
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Rows as arrays of text, asked for by the superuser. */
  async sql(text, database = 'postgres') {
    const { stdout } = await run(path.join(programs, 'psql'),
      ['-X', '-q', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', text,
        `postgresql://postgres@/${database}?host=${this.dir}&port=${this.port}`]);
    return stdout.split('\n').filter(Boolean).map((line) => line.split('\t'));
  }

  /** Holds an exclusive lock on a table until the returned function is called. */
  async lock(table) {
    const holder = spawn(path.join(programs, 'psql'), ['-X', '-q', this.url], { stdio: ['pipe', 'ignore', 'ignore'] });
    holder.stdin.write(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE;\n`);
    await until(async () => (await this.sql(
      `SELECT 1 FROM pg_locks WHERE relation = '${table}'::regclass AND granted AND mode = 'AccessExclusiveLock'`,
      'xbookmarker')).length > 0);
    return async () => {
      holder.stdin.end('ROLLBACK;\n');
      await once(holder, 'exit');
    };
  }
}

export class PgBouncer {
  /** In transaction mode in front of `server`. */
  static async create(server, { poolSize = 3 } = {}) {
    const made = new PgBouncer();
    const port = await freePort();
    const file = await server.write('pgbouncer.ini', `[databases]
xbookmarker = host=${server.dir} dbname=xbookmarker user=xbookmarker
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 100
logfile = ${server.dir}/pgbouncer.log
`);
    made.url = `postgresql://xbookmarker@127.0.0.1:${port}/xbookmarker`;
    made.child = await launch('/usr/sbin/pgbouncer', [file], server.dir);
    await until(() => run(path.join(programs, 'pg_isready'), ['-h', '127.0.0.1', '-p', String(port)])
      .then(() => true, () => false));
    return made;
  }

  async stop() { await end(this.child, 'SIGTERM'); }
}
