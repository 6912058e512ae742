// The Debian package: what is in it, and that what it puts in place runs as an ordinary user with its own configuration.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Client, expectOk, stopClean } from '../support/client.mjs';
import { startServer } from '../support/server.mjs';

const run = promisify(execFile);
const kRoot = new URL('../..', import.meta.url).pathname;
let directory;
let root; // where the package is unpacked
let file;

before(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'xbm-package-'));
  await chmod(directory, 0o711);
  root = path.join(directory, 'root');
  const { stdout } = await run(path.join(kRoot, 'scripts/package'), ['--program', process.env.XBM_BIN, '--output', directory]);
  file = stdout.trim();
  await run('dpkg-deb', ['--extract', file, root]);
  await run('dpkg-deb', ['--control', file, path.join(directory, 'control')]);
}, { timeout: 120_000 });
after(() => rm(directory, { recursive: true, force: true }));

test('files, owners, modes and what it needs', async () => {
  const { stdout } = await run('dpkg-deb', ['--contents', file]);
  const entries = stdout.trim().split('\n').map((line) => line.split(/\s+/));
  const modes = Object.fromEntries(entries.map(([mode, owner, , , , name]) => [name, `${mode} ${owner}`]));
  assert.equal(modes['./usr/bin/xbookmarker'], '-rwxr-xr-x root/root');
  assert.equal(modes['./lib/systemd/system/xbookmarker.service'], '-rw-r--r-- root/root');
  assert.equal(modes['./etc/xbookmarker/xbookmarker.conf'], '-rw-r--r-- root/root');
  for (const mode of Object.values(modes)) assert.match(mode, /^[-d]rw[-x]r-[-x]r-[-x] root\/root$/);
  const control = await readFile(path.join(directory, 'control/control'), 'utf8');
  for (const need of ['libc6', 'libpq5', 'libcurl4', 'adduser', 'postgresql', 'redis-server']) assert.match(control, new RegExp(`^Depends: .*\\b${need}\\b`, 'm'));
  assert.equal(await readFile(path.join(directory, 'control/conffiles'), 'utf8'), '/etc/xbookmarker/xbookmarker.conf\n');
  await run('md5sum', ['--check', '--quiet', path.join(directory, 'control/md5sums')], { cwd: root });
});

test('the same program makes the same package', async () => {
  const other = path.join(directory, 'again');
  const { stdout } = await run(path.join(kRoot, 'scripts/package'), ['--program', process.env.XBM_BIN, '--output', other]);
  assert.ok((await readFile(stdout.trim())).equals(await readFile(file)));
});

test('the scripts of the package are sound', async () => {
  for (const name of await readdir(path.join(directory, 'control'))) {
    if (!/^(pre|post)/.test(name)) continue;
    const script = path.join(directory, 'control', name);
    assert.equal((await stat(script)).mode & 0o777, 0o755, name);
    await run('sh', ['-n', script]);
    assert.match(await readFile(script, 'utf8'), /^#!\/bin\/sh\n(#.*\n)*set -e$/m, name);
  }
  // Other actions than configure leave the machine alone.
  await run('sh', [path.join(directory, 'control/postinst'), 'abort-upgrade']);
});

test('what was installed runs as an ordinary user and becomes ready', { timeout: 120_000 }, async () => {
  const data = path.join(directory, 'lib');
  await mkdir(data, { mode: 0o700 });
  const unit = await readFile(path.join(root, 'lib/systemd/system/xbookmarker.service'), 'utf8');
  assert.match(unit, /^ExecStart=\/usr\/bin\/xbookmarker serve$/m);
  assert.match(unit, /^Environment=CONFIG_FILE=\/etc\/xbookmarker\/xbookmarker.conf$/m);
  // The file of the package as it is, but for the places of this test.
  const config = await readFile(path.join(root, 'etc/xbookmarker/xbookmarker.conf'), 'utf8');
  assert.match(config, /^DATA_DIR=\/var\/lib\/xbookmarker$/m);
  const place = path.join(directory, 'xbookmarker.conf');
  await writeFile(place, config.replace('=/var/lib/xbookmarker', `=${data}`).replace('PORT=3001', 'PORT=0'), { mode: 0o644 });
  let bin = path.join(root, 'usr/bin/xbookmarker');
  if (process.getuid() === 0) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    await chown(data, Number(stdout), Number(stdout));
    const program = bin;
    bin = path.join(directory, 'as-user');
    await writeFile(bin, `#!/bin/sh\nexec setpriv --reuid=postgres --regid=${Number(stdout)} --clear-groups --no-new-privs --pdeathsig=KILL ${program} "$@"\n`, { mode: 0o755 });
  }
  // An empty value is as good as none: the file decides.
  const server = await startServer({ bin, dataDir: data, database: false, env: { CONFIG_FILE: place, DATA_DIR: '', PORT: '', HOST: '', JWT_SECRET: '' } });
  try {
    expectOk(await new Client(server.url).get('/readyz'));
    expectOk(await (await new Client(server.url).register('first')).get('/api/bookmarks'));
    assert.ok((await readdir(data)).includes('postgres'), 'its database is where the file says');
  } finally {
    await stopClean(server);
  }
});

// A copy of this machine that is thrown away: an overlay that only this process tree sees.
const kInstall = `set -e
mount -t tmpfs none "$1"; cd "$1"; mkdir up work new
mount -t overlay overlay -o lowerdir=/,upperdir=up,workdir=work new
mount -t proc proc new/proc; mount --rbind /dev new/dev; mount -t tmpfs none new/tmp; chmod 1777 new/tmp
cp "$2" new/opt/package.deb
exec chroot new sh -c '
  dpkg -i /opt/package.deb || exit 1
  stat -c "%n %a %U:%G" /etc/xbookmarker/xbookmarker.conf /var/lib/xbookmarker
  as_service() { exec setpriv --reuid=xbookmarker --regid=xbookmarker --clear-groups --no-new-privs env -i PATH=/usr/bin:/bin CONFIG_FILE=/etc/xbookmarker/xbookmarker.conf "$@"; }
  cd /var/lib/xbookmarker
  (as_service xbookmarker --check-config)
  sed -i s/^PORT=.*/PORT=0/ /etc/xbookmarker/xbookmarker.conf
  as_service xbookmarker serve > /tmp/log & server=$!
  for i in $(seq 300); do
    url=$(sed -n "s/.*\\"listening\\",\\"url\\":\\"\\([^\\"]*\\)\\".*/\\1/p" /tmp/log)
    [ -z "$url" ] || break
    sleep 0.1
  done
  echo "ready $(curl -s -o /dev/null -w "%{http_code}" "$url/readyz")"
  kill $server; wait $server; echo "stopped $?"
  dpkg -i /opt/package.deb > /dev/null; echo "again $?"
  dpkg -P xbookmarker > /dev/null; echo "purged $?"
  ls -d /var/lib/xbookmarker/postgres; [ -e /etc/xbookmarker ] || echo gone'
`;

test('dpkg installs, upgrades and removes it; the library stays', { timeout: 120_000 }, async (t) => {
  const place = path.join(directory, 'machine');
  await mkdir(place);
  const isolated = ['--mount', '--pid', '--fork', '--kill-child', 'sh', '-c'];
  try {
    await run('unshare', [...isolated, 'mount -t tmpfs none "$1" && cd "$1" && mkdir u w m && mount -t overlay o -o lowerdir=/,upperdir=u,workdir=w m', 'sh', place]);
  } catch {
    // Only root, or who may make user namespaces, can mount; dpkg must not be let loose on the machine itself. The test
    // before this one runs the unpacked program all the same.
    t.skip('mounting is not allowed here');
    return;
  }
  const { stdout } = await run('unshare', [...isolated, kInstall, 'sh', place, file], { timeout: 100_000 });
  for (const line of ['/etc/xbookmarker/xbookmarker.conf 640 root:xbookmarker', '/var/lib/xbookmarker 700 xbookmarker:xbookmarker',
    'the configuration is right', 'ready 200', 'stopped 0', 'again 0', 'purged 0', '/var/lib/xbookmarker/postgres', 'gone']) {
    assert.ok(stdout.split('\n').includes(line), `${line} in\n${stdout}`);
  }
});
