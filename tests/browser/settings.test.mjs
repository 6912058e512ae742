// Settings in the page: how it looks, where things are filed, the password, every session.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { kDesktop, openAlbum, openBrowser, openServer, watch } from './browser.mjs';
import { call, kAccount, register } from './connected.mjs';
import { setTimeout as sleep } from 'node:timers/promises';

const kRemembered = 1_100; // ms that a worker may go on knowing a credential
const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kNewPassword = 'another horse battery';
const contract = await readFile(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8');
const kDark = 'rgb(21, 22, 23)';
let server;
let album;
let desktop;
let page;
let seen;

before(async () => {
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser({ ...kDesktop, colorScheme: 'light' });
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, server.url);
  page = await desktop.context.newPage();
  await register(page, server.url);
  await page.goto(`${server.url}/settings`);
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

/** Whether the contract says that the server does not have an operation yet. */
const isPlanned = (operation) => new RegExp(`operationId: ${operation}\n(?:(?!operationId:).*\n)*? +x-planned: true\n`).test(contract);

const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
const settings = async () => (await call(page, 'GET', '/api/auth/me')).body.user.settings;

/** Does something and waits until the server has answered that the settings are kept. */
const kept = async (act) => {
  const [answer] = await Promise.all([page.waitForResponse((response) => response.url().endsWith('/api/auth/settings')), act()]);
  assert.equal(answer.status(), 200);
};

test('dark is dark at once and after a reload, whatever the system asks for', async () => {
  await page.getByRole('heading', { level: 1, name: '設定' }).waitFor();
  await album.save(page, 'settings-1');
  await kept(() => page.getByText('ダーク', { exact: true }).click());
  assert.equal(await ground(), kDark);
  assert.equal((await settings()).theme, 'dark');
  await page.reload();
  await page.getByRole('heading', { level: 1, name: '設定' }).waitFor();
  assert.equal(await ground(), kDark);
  await kept(() => page.getByText('システム', { exact: true }).click());
  assert.notEqual(await ground(), kDark);
});

test('a theme is chosen by keyboard as well', async () => {
  await page.getByRole('radio', { name: 'システム' }).focus();
  await kept(() => page.keyboard.press('ArrowRight'));
  assert.equal((await settings()).theme, 'light');
});

test('view, category and automatic syncs are kept by the account', async () => {
  await kept(() => page.getByText('リスト', { exact: true }).click());
  const category = page.getByLabel('新しいブックマークのカテゴリー');
  const id = await category.locator('option').nth(1).getAttribute('value');
  await kept(() => category.selectOption(id));
  await kept(() => page.getByLabel('X と定期的に同期する').uncheck());
  const now = await settings();
  assert.deepEqual([now.viewMode, now.defaultCategory, now.autoSync], ['list', id, false]);
});

test('a setting that the server refuses goes back to what it was', async () => {
  await page.route('**/api/auth/settings', (route) => route.fulfill({ status: 500, contentType: 'application/problem+json', body: '{"code":"UPDATE_SETTINGS_ERROR"}' }));
  await page.getByLabel('X と定期的に同期する').check();
  await page.getByText('サーバーで問題が起きました。').waitFor();
  assert.equal(await page.getByLabel('X と定期的に同期する').isChecked(), false);
  await page.unroute('**/api/auth/settings');
  assert.equal(seen.splice(0).length, 1);
});

test('the language is that of the browser', async () => {
  await page.locator('label').filter({ hasText: 'English' }).click();
  await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
  assert.equal(await page.title(), 'Settings – X Bookmarker');
  await page.locator('label').filter({ hasText: '日本語' }).click();
});

test('the password changes with the old one only', async () => {
  const fill = async (current, next, again) => {
    await page.getByLabel('現在のパスワード').fill(current);
    await page.getByLabel('新しいパスワード', { exact: true }).fill(next);
    await page.getByLabel('新しいパスワード(確認)').fill(again);
    await page.getByRole('button', { name: 'パスワードを変更' }).click();
  };
  await fill(kAccount.password, kNewPassword, 'something else');
  await page.getByText('2つのパスワードが一致しません。').waitFor();
  await fill('not my password', kNewPassword, kNewPassword);
  await page.getByText('現在のパスワードが違います。').waitFor();
  assert.equal(seen.splice(0).length, 1);
  await fill(kAccount.password, kNewPassword, kNewPassword);
  await page.getByText('パスワードを変更しました').waitFor();
});

test('sessions are listed and ended one by one, as far as the server can', async () => {
  const panel = page.getByRole('region', { name: 'セッション', exact: true });
  if (isPlanned('listSessions')) {
    assert.equal(await panel.getByRole('listitem').count(), 0);
    return;
  }
  const other = await openBrowser(kDesktop);
  try {
    const elsewhere = await other.context.newPage();
    await elsewhere.goto(server.url);
    await elsewhere.getByLabel('ユーザー名またはメールアドレス').fill(kAccount.username);
    await elsewhere.getByLabel('パスワード', { exact: true }).fill(kNewPassword);
    await elsewhere.getByRole('button', { name: 'ログイン' }).click();
    await elsewhere.getByRole('button', { name: 'アカウント', exact: true }).waitFor();
    await page.reload();
    await panel.getByText('この端末').waitFor();
    assert.equal(await panel.getByRole('listitem').count(), 2);
    await panel.getByRole('button', { name: /^セッションを終了/ }).click();
    await panel.getByRole('listitem').nth(1).waitFor({ state: 'detached' });
    await sleep(kRemembered);
    await elsewhere.reload();
    await elsewhere.getByRole('heading', { name: 'ログイン' }).waitFor();
  } finally {
    await other.close();
  }
});

test('a token is shown once and opens the API until it is removed, as far as the server can', async () => {
  const panel = page.getByRole('region', { name: 'API トークン', exact: true });
  if (isPlanned('listTokens')) {
    assert.equal(await panel.count(), 0);
    return;
  }
  await panel.getByLabel('名前').fill('reader');
  await panel.getByRole('button', { name: 'トークンを作る' }).click();
  const token = await panel.getByRole('status').locator('code').textContent();
  const ask = async () => (await fetch(`${server.url}/api/bookmarks`, { headers: { authorization: `Bearer ${token}` } })).status;
  assert.equal(await ask(), 200);
  await panel.getByRole('button', { name: 'トークン「reader」を削除' }).click();
  await panel.getByText('トークンはまだありません。').waitFor();
  await sleep(kRemembered);
  assert.equal(await ask(), 401);
});

test('an account is deleted by its name and password only, as far as the server can', async () => {
  const panel = page.getByRole('region', { name: 'アカウントの削除', exact: true });
  if (isPlanned('deleteMe')) {
    assert.equal(await panel.count(), 0);
    return;
  }
  await panel.getByRole('button', { name: 'アカウントを削除' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel(/^確認のため/).fill('somebody else');
  await dialog.getByLabel('パスワード').fill(kNewPassword);
  await dialog.getByRole('button', { name: 'アカウントを削除' }).click();
  await dialog.getByRole('alert').waitFor();
  assert.equal(seen.splice(0).length, 1);
  await dialog.getByRole('button', { name: 'キャンセル' }).click();
});

test('every session ends together, and the new password opens the next one', async () => {
  await page.getByRole('button', { name: 'すべての端末からログアウト' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'すべての端末からログアウト' }).click();
  await page.getByLabel('ユーザー名またはメールアドレス').fill(kAccount.username);
  await page.getByLabel('パスワード', { exact: true }).fill(kNewPassword);
  await page.getByRole('button', { name: 'ログイン' }).click();
  await page.getByRole('heading', { level: 1, name: '設定' }).waitFor();
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
