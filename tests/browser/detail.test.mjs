// One bookmark in full: text, media only with leave, note and the rest, and what happens when it was changed elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';
import { call, register } from './connected.mjs';
import { addBookmarks, logIn } from './library.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kMedia = 'https://media.example';
const kPicture = '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#7a9"/></svg>';
let server;
let album;
let desktop;
let page;
let seen;
const asked = [];

async function serveMedia(context) {
  await context.route(`${kMedia}/**`, (route) => {
    asked.push({ url: route.request().url(), referer: route.request().headers()['referer'] });
    return route.request().url().includes('gone') ? route.fulfill({ status: 404 }) : route.fulfill({ contentType: 'image/svg+xml', body: kPicture });
  });
}

before(async () => {
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  await serveMedia(desktop.context);
  seen = await watch(desktop.context, new URL(server.url).origin, [kMedia]);
  page = await desktop.context.newPage();
  await register(page, server.url);
  await addBookmarks(page, 12, (number) => ({
    postedAt: '2025-12-30T03:00:00Z', links: [`https://example.org/${number}`],
    ...(number % 2 === 0 && { mediaUrls: [1, 2, 3].slice(0, 1 + (number % 3)).map((i) => `${kMedia}/${number}-${i}.jpg`) }),
    ...(number === 12 && { content: `${'長い本文です。'.repeat(120)}おわり` }),
    ...(number === 11 && { mediaUrls: [`${kMedia}/gone.jpg`] }),
  }));
  await page.reload();
  await page.getByRole('article').first().waitFor();
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const open = async (on = page) => {
  await on.getByRole('article').first().getByRole('button', { name: '編集' }).click();
  const dialog = on.getByRole('dialog');
  await dialog.getByLabel('メモ').waitFor();
  return dialog;
};
const first = async () => (await call(page, 'GET', '/api/bookmarks?limit=1')).body.data.bookmarks[0];

test('no picture is loaded until the reader asks for it, and then only that one', async () => {
  await page.getByRole('button', { name: /画像・動画/ }).first().waitFor();
  assert.deepEqual(asked, []);
  await page.getByRole('button', { name: '画像・動画 1 点 表示' }).first().click();
  await page.locator('.media img').first().waitFor();
  await page.waitForFunction(() => document.querySelector('.media img')?.complete);
  assert.ok(asked.length >= 1 && asked.every(({ referer }) => referer === undefined), JSON.stringify(asked));
  assert.equal(await page.locator('.media').count(), 1);
});

test('with leave all are shown, in boxes that do not move the list', async () => {
  await page.evaluate(() => {
    window.shift = 0;
    new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
      if (!entry.hadRecentInput) window.shift += entry.value;
    })).observe({ type: 'layout-shift', buffered: false });
  });
  await page.getByRole('button', { name: '表示', exact: true }).click();
  await page.getByLabel('投稿の画像を表示する').check();
  await page.keyboard.press('Escape');
  await page.locator('.media').nth(3).waitFor();
  await page.locator('.media-none').first().waitFor();
  await page.waitForFunction(() => [...document.querySelectorAll('.media img')].every((image) => image.complete));
  assert.equal(await page.evaluate(() => window.shift), 0);
  await album.save(page, 'grid-media');
  assert.deepEqual(await violationsOf(page), []);
  await page.reload();
  await page.locator('.media img').first().waitFor();
});

test('list and grid', async () => {
  assert.equal(await page.locator('.row-grid').count() > 0, true);
  await page.getByRole('button', { name: '表示', exact: true }).click();
  const stored = page.waitForResponse((answer) => answer.url().endsWith('/api/auth/settings') && answer.ok());
  await page.getByText('リスト', { exact: true }).click();
  await stored;
  await page.locator('.row:not(.row-grid)').first().waitFor();
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => [...document.querySelectorAll('.media img')].every((image) => image.complete));
  await album.save(page, 'list-media');
  assert.deepEqual(await violationsOf(page), []);
  await page.reload();
  await page.locator('.row:not(.row-grid)').first().waitFor();
});

test('the whole text, and a note that a search finds', async () => {
  const dialog = await open();
  await dialog.getByText(/おわり$/).waitFor();
  await dialog.getByRole('link', { name: 'https://example.org/12' }).waitFor();
  await dialog.getByText('投稿日時').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'detail');
  await dialog.getByLabel('メモ').fill('夏の合宿で使う\n二行目');
  await dialog.getByLabel('カテゴリー').selectOption({ label: '料理・レシピ' });
  await dialog.getByLabel('タグ', { exact: true }).fill('合宿');
  await page.keyboard.press('Control+Enter');
  await dialog.getByLabel('タイトル').focus();
  await page.keyboard.press('Control+Enter');
  await dialog.waitFor({ state: 'detached' });
  const saved = await first();
  assert.deepEqual([saved.note, saved.category.name, saved.tags], ['夏の合宿で使う\n二行目', '料理・レシピ', ['合宿']]);
  await page.getByRole('searchbox', { name: '検索' }).fill('夏の合宿');
  await page.locator('.count').filter({ hasText: '1 件' }).waitFor();
  await page.getByRole('searchbox', { name: '検索' }).fill('');
  await page.locator('.count').filter({ hasText: '12 件' }).waitFor();
});

test('what was changed elsewhere meanwhile is not lost, nor is what was written here', async () => {
  const dialog = await open();
  const { id } = await first();
  assert.equal((await call(page, 'PUT', `/api/bookmarks/${id}`, { note: '別の端末から', addTags: ['別'] })).status, 200);
  await dialog.getByLabel('メモ').fill('こちらから');
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.getByText(/ほかの場所で変更されています/).waitFor();
  assert.equal((await first()).note, '別の端末から');
  assert.equal(await dialog.getByLabel('メモ').inputValue(), 'こちらから');
  await dialog.getByRole('button', { name: 'タグ「別」を外す' }).waitFor();
  await dialog.getByRole('button', { name: '保存' }).click();
  await dialog.waitFor({ state: 'detached' });
  const saved = await first();
  assert.deepEqual([saved.note, [...saved.tags].sort()], ['こちらから', ['別', '合宿'].sort()]);
});

test('on a phone, in the dark', async () => {
  const phone = await openBrowser({ ...kPhone, colorScheme: 'dark' });
  try {
    phone.context.setDefaultTimeout(kWaitMs);
    await serveMedia(phone.context);
    const small = await phone.context.newPage();
    await logIn(small, server.url);
    await small.evaluate(() => localStorage.setItem('xbm.remote_media', 'on'));
    await small.reload();
    await small.locator('.media img').first().waitFor();
    await album.save(small, 'phone-media');
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
    await open(small);
    await album.save(small, 'phone-detail');
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
    assert.deepEqual(await violationsOf(small), []);
  } finally {
    await phone.close();
  }
});

test('no error, no policy violation, no request but to the pictures', () => {
  // The picture that is gone, and the refused change, are answers that the browser reports as well.
  assert.deepEqual(seen.filter((line) => !/404.*gone\.jpg|412 \(Precondition Failed\)/.test(line)), []);
});
