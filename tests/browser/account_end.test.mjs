// What the owner of an account ends in the page: other sessions at once, tokens with a scope and a last day, the account itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kDesktop, openBrowser, watch } from './browser.mjs';
import { kAccount, openConnected, register } from './connected.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kLeaver = { username: 'leaver', password: 'correct horse battery staple' };
let connected;
let desktop;
let page;
let seen;

before(async () => {
  connected = await openConnected({ posts: 3, env: { REGISTRATION_ENABLED: 'true' } });
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  await desktop.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: connected.url });
  seen = await watch(desktop.context, connected.url);
  page = await desktop.context.newPage();
  await register(page, connected.url);
  await send('POST', '/api/auth/register', kLeaver);
});
after(async () => {
  await desktop?.close();
  await connected?.stop();
});

/** A program's request, with the page's cookies left out. */
async function send(method, path, body, token) {
  const answer = await fetch(connected.url + path, {
    method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, ...(body && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: await answer.json() };
}
const panel = (name) => page.getByRole('region', { name, exact: true });

test('all other sessions end at once', async () => {
  for (let i = 0; i < 2; ++i) assert.equal((await send('POST', '/api/auth/login', kAccount)).status, 200);
  await page.goto(`${connected.url}/settings`);
  const sessions = panel('セッション').getByRole('listitem');
  await sessions.nth(2).waitFor();
  await panel('セッション').getByRole('button', { name: 'ほかをすべて終了' }).click();
  await sessions.nth(1).waitFor({ state: 'detached' });
  assert.equal(await sessions.count(), 1);
  await sessions.getByText('この端末').waitFor();
});

test('a token has the scopes and the last day that were chosen, and is copied', async () => {
  const tokens = panel('API トークン');
  await tokens.getByLabel('名前').fill('writer');
  await tokens.getByRole('checkbox', { name: /変更/ }).check();
  await tokens.getByLabel('有効期限').fill('2099-12-31');
  await tokens.getByRole('button', { name: 'トークンを作る' }).click();
  const token = await tokens.getByRole('status').locator('code').textContent();
  await tokens.getByRole('button', { name: 'コピー' }).click();
  await page.getByText('コピーしました').waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), token);
  const [about] = (await page.evaluate(async () => (await fetch('/api/auth/tokens')).json())).data.tokens;
  assert.deepEqual([about.name, about.scopes], ['writer', ['read', 'write']]);
  assert.match(about.expiresAt, /^(2099-12-31|2100-01-01)T/);
  assert.equal((await send('PUT', '/api/auth/settings', {}, token)).status, 200);
  assert.equal((await send('GET', '/api/auth/tokens', undefined, token)).status, 403);
  // It is not shown again.
  await page.reload();
  await tokens.getByText('writer').waitFor();
  assert.ok(!(await page.content()).includes(token));
});

/** The dialog of the end, filled and sent. */
async function tryEnd(name, password) {
  await panel('アカウントの削除').getByRole('button', { name: 'アカウントを削除' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^確認のため/).fill(name);
  await dialog.getByLabel('パスワード').fill(password);
  await dialog.getByRole('button', { name: 'アカウントを削除' }).click();
  return dialog;
}

test('the only administrator is told why he stays', async () => {
  const dialog = await tryEnd(kAccount.username, kAccount.password);
  await dialog.getByRole('alert').getByText(/管理者/).waitFor();
  assert.equal(seen.splice(0).length, 1);
  await dialog.getByRole('button', { name: 'キャンセル' }).click();
});

test('an account ends by its name and password, and the page is that of nobody', async () => {
  await desktop.context.clearCookies();
  await page.goto(`${connected.url}/settings`);
  const logIn = async () => {
    await page.getByLabel('ユーザー名またはメールアドレス').fill(kLeaver.username);
    await page.getByLabel('パスワード', { exact: true }).fill(kLeaver.password);
    await page.getByRole('button', { name: 'ログイン', exact: true }).click();
  };
  await logIn();
  await page.getByRole('heading', { level: 1, name: '設定' }).waitFor();
  seen.splice(0);
  const dialog = await tryEnd(kLeaver.username, 'not the password');
  await dialog.getByRole('alert').waitFor();
  assert.equal(seen.splice(0).length, 1);
  await dialog.getByLabel('パスワード').fill(kLeaver.password);
  await dialog.getByRole('button', { name: 'アカウントを削除' }).click();
  await page.getByRole('heading', { name: 'ログイン' }).waitFor();
  await logIn();
  await page.getByRole('alert').waitFor();
  assert.equal((await send('POST', '/api/auth/login', kLeaver)).body.code, 'INVALID_CREDENTIALS');
});
