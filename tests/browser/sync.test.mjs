// Syncs in the page: connecting X, a run as it goes, why it waits, what it costs.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kDesktop, openAlbum, openBrowser, watch } from './browser.mjs';
import { call, kAccount, openConnected, register } from './connected.mjs';

const kPosts = 250;
const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
let server;
let album;
let desktop;
let page;
let seen;

before(async () => {
  server = await openConnected({ posts: kPosts });
  album = await openAlbum();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, server.url, [server.x.url]);
  page = await desktop.context.newPage();
  await register(page, server.url);
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const panel = (name) => page.getByRole('region', { name, exact: true });
const startButton = () => page.getByRole('button', { name: '今すぐ同期' });

async function setBudget(daily) {
  await page.getByRole('button', { name: '予算を変更' }).click();
  await page.getByLabel('1日あたり(米ドル)').fill(daily);
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

async function cancel() {
  await page.getByRole('button', { name: '同期を中止' }).click();
  await panel('同期').getByText('中止', { exact: true }).waitFor();
}

test('the menu leads to syncs; without a connection there is nothing to start', async () => {
  await page.getByRole('button', { name: 'アカウント', exact: true }).click();
  await page.getByRole('link', { name: '同期' }).click();
  await page.getByRole('heading', { level: 1, name: '同期' }).waitFor();
  await page.getByRole('button', { name: 'X と連携する' }).waitFor();
  assert.equal(await startButton().count(), 0);
  await album.save(page, 'sync-1-not-connected');
});

test('X is connected by a way there and back', async () => {
  await page.getByRole('button', { name: 'X と連携する' }).click();
  await page.getByText('@demo と連携中').waitFor();
  await page.getByText('X と連携しました').waitFor();
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/sync');
});

test('a run shows how far it is, and what came of it', async () => {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  server.x.fault = ({ path, query }) => (/\/bookmarks$/.test(path) && query.has('pagination_token') ? { before: held } : undefined);
  try {
    await startButton().click();
    await panel('同期').getByText(/^[1-9]\d* 件を読み取り$/).waitFor();
    await album.save(page, 'sync-2-running');
  } finally {
    server.x.fault = undefined;
    release();
  }
  await panel('同期').getByText(`新規 ${kPosts}、更新 0、変更なし 0`).waitFor();
  await panel('これまでの同期').getByText(`新規 ${kPosts}、`, { exact: false }).waitFor();
  await panel('過去30日間').waitFor();
  await album.save(page, 'sync-3-finished');
});

test('what X billed stands beside the budget', async () => {
  const spend = await call(page, 'GET', '/api/sync/spend');
  assert.ok(spend.body.spend.today > 0, JSON.stringify(spend.body));
  await panel('利用料金').getByText(`$${spend.body.spend.today.toFixed(2)}`, { exact: false }).first().waitFor();
});

test('a pause says why and until when; it is still there after a reload; cancelling ends it', async () => {
  const reset = Math.floor(Date.now() / 1000) + 600;
  server.x.script = () => ({ status: 429, body: { title: 'Too Many Requests', status: 429 }, headers: server.x.limits(reset) });
  server.x.add(server.user, kPosts + 1);
  await startButton().click();
  const words = page.getByText(/X の利用回数の上限に達しました。.*\d+:\d\d に再開します。/);
  await words.waitFor();
  await album.save(page, 'sync-4-limit');
  await page.reload();
  await words.waitFor();
  server.x.script = () => undefined;
  await cancel();
});

test('a budget that is used up stops requests before they are sent', async () => {
  await setBudget('0,1');
  const { body } = await call(page, 'GET', '/api/sync/spend');
  assert.equal(body.spend.budget.daily, 0.1);
  await setBudget('0');
  const before = server.x.pages;
  await startButton().click();
  await panel('同期').getByText('予算の上限に達しました。', { exact: false }).waitFor();
  await album.save(page, 'sync-5-budget');
  assert.equal(server.x.pages, before);
  await cancel();
});

test('old records are forgotten on demand, the new ones stay', async () => {
  const history = panel('これまでの同期');
  // The run that was cancelled just now comes into the list with the next answer.
  const { body } = await call(page, 'GET', '/api/jobs?type=sync&limit=100');
  const rows = Math.min(body.data.jobs.length, 10);
  await history.getByRole('listitem').nth(rows - 1).waitFor();
  await history.getByRole('button', { name: '古い記録を消す' }).click();
  await page.getByText('消した記録: 0 件').waitFor();
  assert.equal(await history.getByRole('listitem').count(), rows);
});

test('a budget above the server’s own is refused in words', async () => {
  await page.getByRole('button', { name: '予算を変更' }).click();
  await page.getByLabel('1日あたり(米ドル)').fill('500');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').getByRole('alert').waitFor();
  // Browsers write every refusal to the console: this one was wanted.
  assert.deepEqual(seen.splice(0).map((line) => /status of 400.*\/api\/sync\/budget/.test(line)), [true]);
  await page.getByLabel('1日あたり(米ドル)').fill('');
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
});

test('when no stream is to be had, the page asks instead', async () => {
  const isStream = /\/api\/jobs\/[^/]+\/events/;
  await page.route(isStream, (route) => route.fulfill({ status: 204 }));
  await startButton().click();
  await panel('同期').getByText('新規 1、', { exact: false }).waitFor();
  await page.unroute(isStream);
});

test('an account that X no longer accepts is told so', async () => {
  server.x.script = () => ({ status: 403, body: { title: 'Forbidden', status: 403, type: 'about:blank' } });
  await startButton().click();
  await page.getByText('X との連携が無効になりました。続けるには連携し直してください。').waitFor();
  await page.getByRole('button', { name: '連携し直す' }).waitFor();
  await album.save(page, 'sync-6-reconnect');
  server.x.script = () => undefined;
  await page.getByRole('button', { name: '連携し直す' }).click();
  await startButton().waitFor();
});

test('who is connected logs in with X as well; a refusal there is told in words', async () => {
  await page.getByRole('button', { name: 'アカウント', exact: true }).click();
  await page.getByRole('button', { name: 'ログアウト' }).click();
  await page.goto(`${server.url}/login?error=oauth_failed`);
  await page.getByRole('alert').filter({ hasText: 'X でのログインに失敗しました。' }).waitFor();
  assert.equal(new URL(page.url()).search, '');
  await page.getByRole('button', { name: 'X でログイン' }).click();
  await page.getByRole('article').first().waitFor();
  assert.equal((await call(page, 'GET', '/api/auth/me')).body.user.username, kAccount.username);
  await page.goto(`${server.url}/sync`);
  await startButton().waitFor();
});

test('an app of the own needs a new login; the connection can be given up', async () => {
  server.x.apps.set('mine', 'own-secret');
  await page.getByText('自分の X アプリ', { exact: true }).click();
  await page.getByLabel('クライアント ID').fill('mine');
  await page.getByLabel('クライアントシークレット').fill('own-secret');
  await page.getByRole('button', { name: 'このアプリを使う' }).click();
  await page.getByText('自分の X アプリを使っています。', { exact: false }).waitFor();
  await page.getByRole('button', { name: '連携を解除' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '連携を解除' }).click();
  await page.getByRole('button', { name: 'X と連携する' }).waitFor();
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
