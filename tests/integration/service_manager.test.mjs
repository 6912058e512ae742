// What systemd is told (Type=notify, WatchdogSec) over a real datagram socket, and the unit that asks for it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { startTestServer, stopClean, until } from '../support/client.mjs';

const kUnit = new URL('../../packaging/xbookmarker.service', import.meta.url).pathname;
const run = promisify(execFile);

let directory;
before(async () => (directory = await mkdtemp(path.join(tmpdir(), 'xbm-notify-'))));
after(() => rm(directory, { recursive: true }));

// Node has no datagram sockets of Unix; Perl is part of every Debian.
async function listen(name) {
  const address = path.join(directory, name);
  const child = spawn('perl', ['-MSocket', '-e', `$| = 1; socket(my $s, PF_UNIX, SOCK_DGRAM, 0) or die; unlink $ARGV[0];
    bind($s, sockaddr_un($ARGV[0])) or die; print "listening\\n"; my $m; while (defined recv($s, $m, 4096, 0)) { print "$m\\n" }`,
  address], { stdio: ['ignore', 'pipe', 'inherit'] });
  const messages = [];
  createInterface({ input: child.stdout }).on('line', (line) => messages.push(line));
  await until(() => messages.shift() === 'listening');
  const count = (text) => messages.filter((message) => message === text).length;
  return { address, messages, count, close: () => child.kill('SIGKILL') };
}

test('READY once it listens, signs of life, STOPPING at the end', async () => {
  const manager = await listen('a');
  try {
    const server = await startTestServer({ env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '400000' } });
    await until(() => manager.count('READY=1') === 1);
    const seen = manager.count('WATCHDOG=1');
    await until(() => manager.count('WATCHDOG=1') >= seen + 5, 5000);
    const environment = await readFile(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8');
    for (const child of environment.split(' ').filter(Boolean)) {
      assert.ok(!(await readFile(`/proc/${child}/environ`, 'utf8')).includes('NOTIFY_SOCKET'), 'children do not speak for us');
    }
    await stopClean(server);
    await until(() => manager.count('STOPPING=1') === 1);
    assert.ok(manager.messages.indexOf('READY=1') < manager.messages.indexOf('STOPPING=1'));
    const rest = manager.messages.filter((message) => !['READY=1', 'STOPPING=1', 'WATCHDOG=1'].includes(message));
    assert.deepEqual(rest, []);
  } finally {
    manager.close();
  }
});

test('a process that is stuck gives no sign of life', async () => {
  const manager = await listen('b');
  try {
    const server = await startTestServer({ env: { NOTIFY_SOCKET: manager.address, WATCHDOG_USEC: '400000' } });
    await until(() => manager.count('WATCHDOG=1') >= 2);
    process.kill(server.pid, 'SIGSTOP');
    await sleep(200);
    const seen = manager.count('WATCHDOG=1');
    await sleep(1000);
    assert.equal(manager.count('WATCHDOG=1'), seen);
    process.kill(server.pid, 'SIGCONT');
    await until(() => manager.count('WATCHDOG=1') > seen);
    await stopClean(server);
  } finally {
    manager.close();
  }
});

test('a worker of jobs says so too; without a watchdog there are no signs of life', async () => {
  const manager = await listen('c');
  try {
    const server = await startTestServer({ args: ['worker'], env: { NOTIFY_SOCKET: manager.address } });
    await until(() => manager.count('READY=1') === 1);
    await sleep(200);
    assert.equal(manager.count('WATCHDOG=1'), 0);
    await stopClean(server);
  } finally {
    manager.close();
  }
});

test('the unit is well-formed and closed', async (t) => {
  try {
    await run('systemd-analyze', ['--version']);
  } catch {
    // A container has no systemd, and installing one for this would bring its services along; what we tell a manager is
    // tested above without it.
    t.skip('there is no systemd-analyze');
    return;
  }
  // Verified where its program exists.
  const copy = path.join(directory, 'xbookmarker.service');
  const unit = await readFile(kUnit, 'utf8');
  await writeFile(copy, unit.replace('/usr/bin/xbookmarker', '/bin/true').replace(/^(User|Group|Documentation)=.*\n/gm, ''));
  const { stderr } = await run('systemd-analyze', ['verify', '--man=no', '--recursive-errors=no', copy]);
  assert.doesNotMatch(stderr, /xbookmarker/);
  const { stdout } = await run('systemd-analyze', ['security', '--offline=true', '--threshold=30', copy]);
  const exposure = Number(stdout.match(/Overall exposure level for \S+: ([\d.]+)/)[1]);
  assert.ok(exposure <= 3, `${exposure}`);
});
