// What the places show while they wait, when the server fails, and when their own code does not come.
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, openAlbum, openBrowser, openServer } from './browser.mjs';
import { register } from './connected.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kProblem = { status: 500, contentType: 'application/problem+json', body: '{"code":"INTERNAL_ERROR","requestId":"request-1"}' };
let server;
let album;
let desktop;
let page;

before(async () => {
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  page = await desktop.context.newPage();
  await register(page, server.url);
});

beforeEach(() => page.unrouteAll());

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const places = {
  sync: ['/api/auth/x/account', 'X との連携', 'このサーバーには X アプリが設定されていません。'],
  'sync, its spend': ['/api/sync/spend', '利用料金', '過去30日間の料金はありません。'],
  'sync, its history': ['/api/sync/history', 'これまでの同期', '同期の記録がここに並びます。'],
  imports: ['/api/import/history', 'これまでの取り込み', '取り込みの記録がここに並びます。'],
  exports: ['/api/export/history', 'これまでの書き出し', '書き出したファイルがここに並びます。'],
  settings: ['/api/categories', '分類と同期', '同期で取り込んだものの分類先です。'],
};

for (const [name, [path, title, words]] of Object.entries(places)) {
  test(`${name}: waits, fails in words, and another try helps`, async () => {
    const panel = page.getByRole('region', { name: title, exact: true });
    let answer;
    const held = new Promise((resolve) => (answer = resolve));
    await page.route((url) => url.pathname === path, async (route) => {
      await held;
      await route.fulfill(kProblem);
    });
    await page.goto(`${server.url}/${name.split(',')[0]}`);
    await panel.getByText('読み込み中…').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    answer();
    await panel.getByRole('alert').filter({ hasText: 'サーバーで問題が起きました。' }).waitFor();
    await panel.getByText('リクエスト request-1').waitFor();
    await album.save(page, `fault-${name.replace(/\W+/g, '-')}`);
    assert.deepEqual(await violationsOf(page), []);
    await page.unrouteAll();
    await panel.getByRole('button', { name: 'もう一度試す' }).click();
    await panel.getByText(words, { exact: false }).first().waitFor();
  });
}

test('code that does not come is a problem with another try as well', async () => {
  await page.goto(server.url);
  await page.route(/\/assets\/exports_view.*\.js$/, (route) => route.abort());
  await page.getByRole('button', { name: 'アカウント', exact: true }).click();
  await page.getByRole('link', { name: '書き出し' }).click();
  await page.getByRole('alert').filter({ hasText: 'サーバーに接続できません。' }).waitFor();
  await page.unrouteAll();
  await page.getByRole('button', { name: 'もう一度試す' }).click();
  await page.getByRole('button', { name: '書き出す' }).waitFor();
});

test('a session that has ended leads to the login, and back to the same place', async () => {
  await page.goto(`${server.url}/exports`);
  await page.getByRole('button', { name: '書き出す' }).waitFor();
  await page.route((url) => url.pathname === '/api/export', (route) =>
    route.fulfill({ status: 401, contentType: 'application/problem+json', body: '{"code":"INVALID_SESSION"}' }));
  await page.getByRole('button', { name: '書き出す' }).click();
  await page.getByLabel('ユーザー名またはメールアドレス').waitFor();
  assert.equal(new URL(page.url()).pathname, '/exports');
});
