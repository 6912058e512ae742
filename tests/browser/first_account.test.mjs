// The first evening with the product: a fresh server, the first account, an import, a search, then the same on a phone.
import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';

const kSample = process.env.XBM_SAMPLE ?? fileURLToPath(new URL('../data/sample-export.json', import.meta.url));
const kAccount = { username: 'first_reader', password: 'correct horse battery' };
const kWaitMs = 30_000;

let server;
let album;
let desktop;
let page;
let seen;

before(async () => {
  await access(kSample);
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, new URL(server.url).origin);
  page = await desktop.context.newPage();
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

async function logIn(on) {
  await on.goto(server.url);
  await on.getByLabel('ユーザー名またはメールアドレス').fill(kAccount.username);
  await on.getByLabel('パスワード', { exact: true }).fill(kAccount.password);
  await on.getByRole('button', { name: 'ログイン' }).click();
  await on.getByRole('feed').waitFor();
}

/** Types `text` as a reader does and waits for a hit with exactly `<mark>text</mark>`. */
async function search(on, text) {
  await on.getByRole('searchbox', { name: '検索' }).pressSequentially(text);
  await on.getByRole('feed').locator('mark').first().waitFor();
  const marks = await on.getByRole('feed').locator('mark').allTextContents();
  assert.ok(marks.includes(text), `no <mark>${text}</mark> among ${JSON.stringify(marks.slice(0, 10))}`);
}

test('the document comes with a policy that forbids inline code', async () => {
  const answer = await page.goto(server.url);
  const policy = answer.headers()['content-security-policy'] ?? '';
  assert.match(policy, /script-src 'self'/);
  assert.match(policy, /style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-inline/);
});

test('a fresh server asks for the first account', async () => {
  await page.getByRole('heading', { name: '最初のアカウントを作成' }).waitFor();
  await album.save(page, '1-first-account');
  await page.getByLabel('ユーザー名').fill(kAccount.username);
  await page.getByLabel('パスワード', { exact: true }).fill(kAccount.password);
  await page.getByLabel('パスワード(確認)').fill(kAccount.password);
  await page.getByRole('button', { name: 'アカウントを作成' }).click();
  await page.getByRole('heading', { name: 'ブックマークはまだありません' }).waitFor();
  await album.save(page, '2-empty');
});

test('a file is imported through the dialog', async () => {
  await page.getByRole('button', { name: 'ブックマークを取り込む' }).click();
  await page.locator('input[type=file]').setInputFiles(kSample);
  await page.getByRole('button', { name: '取り込む', exact: true }).click();
  await page.getByText('取り込みが終わりました').waitFor();
  await album.save(page, '3-imported');
  const counts = Object.fromEntries(await page.locator('.counts > div').evaluateAll((rows) =>
    rows.map((row) => [row.querySelector('dt').textContent, Number(row.querySelector('dd').textContent.replace(/\D/g, ''))])));
  assert.ok(counts['新規'] > 0, `nothing imported: ${JSON.stringify(counts)}`);
  await page.getByRole('button', { name: '完了' }).click();
  await page.getByRole('article').first().waitFor();
  await album.save(page, '4-list');
});

test('a search marks its hits, and they open on x.com', async () => {
  await search(page, '料理');
  await album.save(page, '5-search');
  const hit = page.getByRole('article').filter({ has: page.locator('mark') }).first();
  const link = hit.getByRole('link', { name: 'x.com で開く' });
  assert.match(await link.getAttribute('href'), /^https:\/\/x\.com\//);
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
});

test('the search survives a reload, and Back leaves it', async () => {
  await page.reload();
  await page.getByRole('feed').locator('mark').first().waitFor();
  assert.equal(await page.getByRole('searchbox', { name: '検索' }).inputValue(), '料理');
  await page.goBack();
  await page.getByRole('heading', { name: 'すべてのブックマーク' }).waitFor();
  await page.waitForFunction(() => document.querySelectorAll('[role=feed] article').length > 0 && !document.querySelector('mark'));
  assert.equal(await page.getByRole('searchbox', { name: '検索' }).inputValue(), '');
});

test('the page also speaks English and keeps the choice', async () => {
  await page.getByRole('button', { name: 'アカウント' }).click();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'All bookmarks' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'All bookmarks' }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
  await album.save(page, '6-english');
});

test('on a phone nothing is wider than the screen', async () => {
  const phone = await openBrowser({ ...kPhone, colorScheme: 'dark' });
  try {
    phone.context.setDefaultTimeout(kWaitMs);
    const seenOnPhone = await watch(phone.context, new URL(server.url).origin);
    const small = await phone.context.newPage();
    const check = async (name) => {
      await album.save(small, `phone-${name}`);
      assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] }, name);
    };
    await logIn(small);
    await check('list');
    await search(small, '料理');
    await check('search');
    await small.getByRole('button', { name: '絞り込み', exact: true }).click();
    await check('facets');
    await small.getByRole('button', { name: 'カテゴリーとタグ' }).click();
    await small.getByRole('dialog').waitFor();
    await check('drawer');
    assert.deepEqual(seenOnPhone, []);
  } finally {
    await phone.close();
  }
});

test('logging out ends the session', async () => {
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.reload();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
