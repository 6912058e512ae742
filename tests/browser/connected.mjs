// The server beside a simulator of X, and the steps that many tests begin with.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { startServer } from '../support/server.mjs';
import { XSimulator } from '../support/x_simulator/simulator.mjs';

export const kAccount = { username: 'page_reader', password: 'correct horse battery' };
const kXUser = '501';

// X sends the browser back to an address that the server must know before it listens.
async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** `{url, x, user, stop()}`: a fresh server whose X is a simulator with `posts` bookmarks. */
export async function openConnected({ posts = 250, env = {} } = {}) {
  const x = await XSimulator.start();
  x.addUser(kXUser, 'demo', 'Demo');
  x.setBookmarks(kXUser, Array.from({ length: posts }, (_, i) => posts - i));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await startServer({
    env: {
      ...x.env, PORT: String(port), PUBLIC_URL: url, SYNC_INTERVAL_MINUTES: '0', SYNC_PACING: 'false', X_BUDGET_DAILY_USD: '5', X_BUDGET_MONTHLY_USD: '20',
      ...(process.env.WEB_ROOT && { WEB_ROOT: process.env.WEB_ROOT }), ...env,
    },
  });
  const stop = async () => {
    await server.stop();
    x.stop();
  };
  return { url, x, user: kXUser, stop };
}

/** Makes the first account in the page, in Japanese. */
export async function register(page, url) {
  await page.goto(url);
  await page.getByLabel('ユーザー名').fill(kAccount.username);
  await page.getByLabel('パスワード', { exact: true }).fill(kAccount.password);
  await page.getByLabel('パスワード(確認)').fill(kAccount.password);
  await page.getByRole('button', { name: 'アカウントを作成' }).click();
  await page.getByRole('button', { name: 'アカウント', exact: true }).waitFor();
}

/** Calls the API with the page's own session. */
export function call(page, method, where, body) {
  return page.evaluate(async ([verb, path, json]) => {
    const csrf = /csrfToken=([0-9a-f]+)/.exec(document.cookie)?.[1] ?? '';
    const answer = await fetch(path, {
      method: verb, headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, ...(json && { body: JSON.stringify(json) }),
    });
    return { status: answer.status, body: await answer.json() };
  }, [method, where, body]);
}
