// `./run -- serve --demo`: the server beside a simulator of X, with an account that is connected with it, so that anybody can see a
// sync without an account at X. Its library is of its own (DATA_DIR/demo) and kept between starts.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { XSimulator } from './simulator.mjs';

const kUser = '501';
const kName = 'demo';
const kPassword = 'demo-password';
const kPosts = 800;
const kNewEveryMs = 20_000;
const [program, ...more] = process.argv.slice(2);

const x = new XSimulator();
await x.listen(Number(process.env.X_SIMULATOR_PORT ?? 0));
x.addUser(kUser, kName, 'Demo');
x.setBookmarks(kUser, Array.from({ length: kPosts }, (_, i) => kPosts - i));
let newest = kPosts;
setInterval(() => x.add(kUser, ++newest), kNewEveryMs).unref(); // something new to sync now and then

const port = process.env.PORT ?? '3001';
const env = {
  ...process.env, ...x.env, PORT: port, DATA_DIR: path.join(process.env.DATA_DIR ?? './data', 'demo'), X_BUDGET_DAILY_USD: 'none',
  X_BUDGET_MONTHLY_USD: 'none', SYNC_INTERVAL_MINUTES: '0',
};
const server = spawn(program, ['serve', ...more], { env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => server.kill(signal));
server.once('exit', (code) => process.exit(code ?? 1));

const url = `http://127.0.0.1:${port}`;
const call = async (method, where, body, token) => {
  const answer = await fetch(url + where, {
    method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: body && JSON.stringify(body),
  });
  return { status: answer.status, body: await answer.json() };
};
async function isReady() {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false; // not listening yet
  }
}
while (!(await isReady())) await sleep(200);

const begun = await call('GET', '/api/auth/x/oauth');
const login = await call('POST', '/api/auth/x/callback', x.authorize(begun.body.authUrl, kUser));
if (login.status !== 200) {
  console.error(`run: the demo account cannot log in: ${JSON.stringify(login.body)}`);
  server.kill('SIGTERM');
  await once(server, 'exit');
  process.exit(1);
}
// Fails when it was set at an earlier start, which is right.
await call('PUT', '/api/auth/password', { newPassword: kPassword }, login.body.data.token);
console.error(`
The demo account is connected with a simulator of X that has ${kPosts} bookmarks, and a new one every ${kNewEveryMs / 1000} s.
  log in at ${url} as ${login.body.user.username} with the password ${kPassword}
  start a sync:   curl -X POST -H 'Authorization: Bearer ${login.body.data.token}' -H 'Content-Type: application/json' -d '{"fullSync":true}' ${url}/api/sync
  watch it:       curl -N -H 'Authorization: Bearer …' ${url}/api/sync/events/<jobId>
`);
