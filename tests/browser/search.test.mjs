// Search: completion, recent and saved searches, the months of the hits, and how soon a key shows.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';
import { call, register } from './connected.mjs';
import { addBookmarks, logIn } from './library.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kDayMs = 86_400_000;
let server;
let album;
let desktop;
let page;
let seen;
let box;

before(async () => {
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser({ ...kDesktop, timezoneId: 'Asia/Tokyo' });
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, new URL(server.url).origin);
  page = await desktop.context.newPage();
  await register(page, server.url);
  // One in ten days, from September 2025 on; every third is about cooking.
  await addBookmarks(page, 40, (number) => ({
    bookmarkedAt: new Date(Date.UTC(2025, 8, 1, 3) + number * 10 * kDayMs).toISOString(),
    ...(number % 3 === 0 && { content: `料理の話 ${number} 回目`, tags: ['夕食の献立', 'a b'] }),
  }));
  await page.reload();
  await page.getByRole('article').first().waitFor();
  box = page.getByRole('searchbox', { name: '検索' });
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const hits = (text) => page.locator('.count').filter({ hasText: text }).waitFor();
const empty = async () => {
  await box.press('Escape');
  if (await box.inputValue()) await box.press('Escape');
  await hits('40 件');
};

test('tag:, author: and category: are completed by keys', async () => {
  await page.keyboard.press('/');
  await page.keyboard.type('話 tag:献');
  await page.getByRole('option', { name: '夕食の献立' }).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'search-completion');
  await page.keyboard.press('ArrowDown');
  assert.equal(await box.getAttribute('aria-activedescendant'), await page.getByRole('option').first().getAttribute('id'));
  await page.keyboard.press('Enter');
  assert.equal(await box.inputValue(), '話 tag:夕食の献立 ');
  await hits('13 件');
  await page.keyboard.type('author:writer_3');
  await page.getByRole('option', { name: /書き手 3/ }).click();
  assert.equal(await box.inputValue(), '話 tag:夕食の献立 author:writer_3 ');
  await empty();
});

test('a value with a blank is quoted', async () => {
  await page.keyboard.type('tag:a');
  await page.getByRole('option', { name: 'a b' }).click();
  assert.equal(await box.inputValue(), 'tag:"a b" ');
  await hits('13 件');
  await empty();
});

test('recent searches are offered while nothing is typed', async () => {
  await box.click();
  await page.getByRole('option', { name: 'tag:"a b"' }).click();
  await hits('13 件');
  await empty();
});

test('the months of the hits narrow the search', async () => {
  await box.fill('料理');
  await hits('13 件');
  await page.getByRole('heading', { name: '保存した月' }).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'search-months');
  const months = page.getByLabel('開始').locator('option');
  const counts = (await call(page, 'GET', '/api/search?text=%E6%96%99%E7%90%86&tz=Asia%2FTokyo&limit=1')).body.data.facets.dates;
  assert.equal(await months.count(), counts.length);
  await page.getByLabel('開始').selectOption('2026-01');
  const expected = counts.filter(({ date }) => date >= '2026-01').reduce((sum, { count }) => sum + count, 0);
  assert.ok(expected > 0 && expected < 13);
  await hits(`${expected} 件`);
  assert.match(page.url(), /from=2026-01&to=/);
  await page.reload();
  await hits(`${expected} 件`);
  await page.getByRole('button', { name: 'すべての月' }).click();
  await hits('13 件');
});

test('a stroke over the bars does the same', async () => {
  const bars = page.locator('.histogram-bars');
  const { x, y, width, height } = await bars.boundingBox();
  await page.mouse.move(x + 1, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 3, y + height / 2, { steps: 4 });
  await page.mouse.up();
  await page.getByRole('button', { name: /絞り込みを外す: 2025年/ }).waitFor();
  await page.getByRole('button', { name: /絞り込みを外す: 2025年/ }).click();
  await hits('13 件');
});

test('a search is saved, pinned, renamed, ordered and deleted', async () => {
  const save = async (name) => {
    await page.getByRole('button', { name: '検索を保存' }).click();
    await page.getByLabel('名前').waitFor();
    assert.deepEqual(await violationsOf(page), []);
    await page.getByLabel('名前').fill(name);
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name, exact: true }).waitFor();
  };
  await save('ごはん');
  await box.fill('');
  await hits('40 件');
  await page.getByRole('link', { name: 'ごはん' }).click();
  await hits('13 件');
  assert.equal(await box.inputValue(), '料理');
  assert.equal(await page.getByRole('link', { name: 'ごはん' }).getAttribute('aria-current'), 'page');
  await save('台所');
  await page.getByRole('button', { name: '保存した検索の一覧' }).click();
  const dialog = page.getByRole('dialog', { name: '保存した検索' });
  await dialog.getByRole('button', { name: '「台所」を上へ' }).click();
  await page.waitForFunction(() => document.querySelector('dialog .saved-name .place-name')?.textContent === '台所');
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'search-saved');
  await dialog.getByRole('button', { name: '「ごはん」の名前を変える' }).click();
  await dialog.getByRole('textbox').fill('夜ごはん');
  await page.keyboard.press('Enter');
  await dialog.getByRole('button', { name: '夜ごはん', exact: true }).waitFor();
  await dialog.getByRole('button', { name: '「台所」をカテゴリーの横に表示' }).click();
  await page.locator('.navigation a').filter({ hasText: '台所' }).waitFor({ state: 'detached' });
  await dialog.getByRole('button', { name: '「台所」を削除' }).click();
  await dialog.getByRole('button', { name: '台所', exact: true }).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: '元に戻す' }).click();
  await page.getByRole('button', { name: '保存した検索の一覧' }).click();
  await dialog.getByRole('button', { name: '台所', exact: true }).click();
  await hits('13 件');
});

test('a name that is taken is refused in words', async () => {
  await page.getByRole('button', { name: '検索を保存' }).click();
  await page.getByLabel('名前').fill('夜ごはん');
  await page.keyboard.press('Enter');
  await page.getByText('この名前の検索はすでに保存されています。').waitFor();
  await page.keyboard.press('Escape');
});

test('recent searches can be forgotten', async () => {
  await page.getByRole('button', { name: '保存した検索の一覧' }).click();
  await page.getByRole('button', { name: '最近の検索を消去' }).click();
  await page.getByText('最近の検索を消去しました').waitFor();
  assert.equal((await call(page, 'GET', '/api/search/history')).body.data.pagination.total, 0);
  await page.keyboard.press('Escape');
});

test('on a phone, in English, in the dark', async () => {
  const phone = await openBrowser({ ...kPhone, colorScheme: 'dark' });
  try {
    phone.context.setDefaultTimeout(kWaitMs);
    const small = await phone.context.newPage();
    await logIn(small, server.url);
    await small.evaluate(() => localStorage.setItem('xbm.language', 'en'));
    await small.reload();
    await small.getByRole('searchbox', { name: 'Search' }).pressSequentially('料理 tag:夕');
    await small.getByRole('option').first().waitFor();
    await album.save(small, 'phone-search-completion');
    await small.getByRole('option').first().tap();
    await small.getByText('13 results').waitFor();
    await small.getByRole('button', { name: 'Filters', exact: true }).tap();
    await small.getByRole('heading', { name: 'Saved in' }).waitFor();
    await album.save(small, 'phone-search-filters');
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
    assert.deepEqual(await violationsOf(small), []);
  } finally {
    await phone.close();
  }
});

test('no error, no policy violation, no request to another server', () => {
  // The refused name is an answer of the server, which the browser reports as well.
  assert.deepEqual(seen.filter((line) => !/409 \(Conflict\).*search\/saved/.test(line)), []);
});
