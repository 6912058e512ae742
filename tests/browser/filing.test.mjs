// Filing: many bookmarks selected and moved at once, by keys and by hand, and taken back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';
import { addBookmarks, logIn } from './library.mjs';
import { call, register } from './connected.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kCount = 250;
let server;
let album;
let desktop;
let page;
let seen;

before(async () => {
  server = await openServer();
  album = await openAlbum();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, new URL(server.url).origin);
  page = await desktop.context.newPage();
  await register(page, server.url);
  await addBookmarks(page, kCount);
  await page.reload();
  await page.getByRole('article').first().waitFor();
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const card = (number) => page.getByRole('article').filter({ hasText: `本文 ${number} ` });
const toast = (text) => page.locator('.toast').filter({ hasText: text }).waitFor();
const totalOf = async (query) => (await call(page, 'GET', `/api/bookmarks?limit=1&${query}`)).body.data.pagination.total;
const categoryId = async (name) => (await call(page, 'GET', '/api/categories')).body.data.categories.find((category) => category.name === name).id;

test('keys move, select, and a range goes from the last one', async () => {
  await page.keyboard.press('j');
  assert.ok(await card(kCount).evaluate((element) => element === document.activeElement), 'j begins at the first bookmark');
  await page.keyboard.press('x');
  for (const key of ['j', 'j', 'k', 'j', 'Shift+X']) await page.keyboard.press(key);
  await page.getByText('3 件を選択中').waitFor();
  await page.evaluate(() => window.scrollTo(0, 0));
  await album.save(page, 'filing-selected');
  // The bar floats over the list; axe measures what is half below it, a reader scrolls on. Here it stands at the end.
  const float = (position) => page.locator('.bulk-bar').evaluate((bar, value) => { bar.style.position = value; }, position);
  await float('static');
  assert.deepEqual(await violationsOf(page), []);
  await float('');
});

test('c files the selection under a category found by its letters', async () => {
  await page.keyboard.press('c');
  const field = page.getByRole('combobox', { name: 'カテゴリーを探す・作る' });
  await field.waitFor();
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox');
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.type('料理');
  await album.save(page, 'filing-category');
  await page.keyboard.press('Enter');
  await toast('3 件を「料理・レシピ」に分類しました');
  assert.equal(await totalOf(`categoryIds=${await categoryId('料理・レシピ')}`), 3);
  await page.getByRole('button', { name: '元に戻す' }).click();
  await toast('元に戻しました');
  assert.equal(await totalOf(`categoryIds=${await categoryId('料理・レシピ')}`), 0);
});

test('a category that is missing is made on the way', async () => {
  await page.keyboard.press('c');
  await page.getByRole('combobox').fill('あとで読む');
  await page.getByRole('option', { name: '「あとで読む」を作る' }).click();
  await toast('3 件を「あとで読む」に分類しました');
  assert.equal(await totalOf(`categoryIds=${await categoryId('あとで読む')}`), 3);
  await page.getByRole('link', { name: 'あとで読む 3' }).waitFor();
});

test('t puts tags on all and takes one off', async () => {
  await page.keyboard.press('t');
  await page.waitForFunction(() => document.activeElement?.matches('.tag-field input'));
  await page.keyboard.type('夕食,週末');
  await page.keyboard.press('Enter');
  assert.deepEqual(await violationsOf(page), []);
  await page.keyboard.press('Enter');
  await toast('3 件のタグを変更しました');
  assert.equal(await totalOf(`tags=${encodeURIComponent('夕食')}`), 3);
  await page.keyboard.press('t');
  await page.getByRole('dialog').getByRole('button', { name: '#夕食' }).click();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await card(kCount).getByRole('button', { name: '#夕食' }).waitFor({ state: 'detached' });
  assert.equal(await totalOf(`tags=${encodeURIComponent('夕食')}`), 0);
  assert.equal(await totalOf(`tags=${encodeURIComponent('週末')}`), 3);
});

test('e archives, the cards leave, and undo brings them back to their places', async () => {
  const order = () => page.getByRole('article').evaluateAll((cards) => cards.slice(0, 6).map((item) => item.dataset.bookmark));
  const before = await order();
  await page.keyboard.press('e');
  await toast('3 件をアーカイブしました');
  await card(kCount).waitFor({ state: 'detached' });
  assert.deepEqual((await order()).slice(0, 3), before.slice(3, 6));
  await page.getByRole('button', { name: '元に戻す' }).click();
  await card(kCount).waitFor();
  assert.deepEqual(await order(), before);
  assert.equal(await totalOf('isArchived=true'), 0);
});

test('all hits are selected, not only those on screen', async () => {
  await page.getByRole('button', { name: `${kCount} 件すべてを選択` }).click();
  await page.getByText(`${kCount} 件を選択中`).waitFor();
  await page.getByRole('toolbar').getByRole('button', { name: 'アーカイブ' }).click();
  await toast(`${kCount} 件をアーカイブしました`);
  await page.getByRole('heading', { name: 'ここには何もありません' }).or(page.getByRole('heading', { name: 'ブックマークはまだありません' })).waitFor();
  await page.getByRole('button', { name: '元に戻す' }).click();
  await page.getByRole('article').first().waitFor();
  assert.equal(await totalOf('isArchived=true'), 0);
});

test('Escape ends the selection; archiving one leads on to the next', async () => {
  await page.keyboard.press('Escape');
  await page.getByRole('toolbar').waitFor({ state: 'detached' });
  await page.getByRole('article').first().locator('.card-name').click();
  const [first, second] = await page.getByRole('article').evaluateAll((cards) => cards.map((item) => item.dataset.bookmark));
  await page.keyboard.press('e');
  await page.locator(`[data-bookmark="${first}"]`).waitFor({ state: 'detached' });
  await page.waitForFunction((id) => document.activeElement?.dataset.bookmark === id, second);
  await page.getByRole('button', { name: '元に戻す' }).click();
  await page.locator(`[data-bookmark="${first}"]`).waitFor();
});

test('? lists the keys, and they can be switched off', async () => {
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'キーボードショートカット' }).waitFor();
  await page.getByLabel('1文字のキーをショートカットとして使う').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'shortcuts');
  await page.getByLabel('1文字のキーをショートカットとして使う').uncheck();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.keyboard.press('?');
  assert.equal(await page.getByRole('dialog').count(), 0);
  await page.evaluate(() => localStorage.removeItem('xbm.shortcuts'));
});

test('deleting many asks first', async () => {
  await page.getByRole('checkbox').nth(0).click();
  await page.getByRole('checkbox').nth(3).click({ modifiers: ['Shift'] });
  await page.getByText('4 件を選択中').waitFor();
  await page.getByRole('toolbar').getByRole('button', { name: '削除' }).click();
  const dialog = page.getByRole('dialog', { name: '4 件のブックマークを削除しますか?' });
  await dialog.waitFor();
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'detached' });
  assert.equal(await totalOf(''), kCount, 'Enter cancels');
  await page.getByRole('toolbar').getByRole('button', { name: '削除' }).click();
  await dialog.getByRole('button', { name: '削除' }).click();
  await toast('4 件を削除しました');
  assert.equal(await totalOf(''), kCount - 4);
  await page.getByRole('toolbar').waitFor({ state: 'detached' });
});

test('on a phone, in the dark, by touch', async () => {
  const phone = await openBrowser({ ...kPhone, colorScheme: 'dark' });
  try {
    phone.context.setDefaultTimeout(kWaitMs);
    const small = await phone.context.newPage();
    await logIn(small, server.url);
    await small.getByRole('checkbox').nth(0).tap();
    await small.getByText('1 件を選択中').waitFor();
    await album.save(small, 'phone-filing');
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
    await small.getByRole('toolbar').getByRole('button', { name: 'カテゴリー' }).tap();
    await small.getByRole('option', { name: '技術・AI' }).tap();
    await small.getByText('1 件を「技術・AI」に分類しました').waitFor();
    await album.save(small, 'phone-filed');
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
  } finally {
    await phone.close();
  }
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
