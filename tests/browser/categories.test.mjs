// Categories and tags themselves: the tree by keys, mouse and finger, looks and names; tags renamed and merged; cards dropped on a category.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';
import { call, register } from './connected.mjs';
import { addBookmarks, logIn } from './library.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kCount = 8;
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
  await addBookmarks(page, kCount, (number) => ({ tags: number % 2 ? ['夕飯'] : ['夕食'] }));
  await page.reload();
  await page.getByRole('article').first().waitFor();
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const treeOf = async (on = page) => {
  const { body } = await call(on, 'GET', '/api/categories?includeCount=true');
  const write = (nodes) => nodes.map(({ name, children }) => name + (children.length ? `(${write(children)})` : '')).join(' ');
  return write(body.data.categories);
};
const handle = (name, on = page) => on.getByRole('button', { name: `「${name}」を移動` });
// What is done shows at once; the server follows.
async function treeBecomes(expected, on = page) {
  const deadline = Date.now() + kWaitMs;
  for (let tree = await treeOf(on); tree !== expected; tree = await treeOf(on)) assert.ok(Date.now() < deadline, `the tree is ${tree}`);
}
async function press(name, key, expected) {
  await handle(name).focus();
  await page.keyboard.press(key);
  await treeBecomes(expected);
  assert.ok(await handle(name).evaluate((element) => element === document.activeElement), 'the focus stays on the handle');
}
const center = async (locator) => {
  const { x, y, width, height } = await locator.boundingBox();
  return [x + width / 2, y + height / 2];
};

test('the tree by keys', async () => {
  await page.getByRole('button', { name: 'カテゴリーを編集' }).click();
  await handle('読書・書籍').waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await press('読書・書籍', 'ArrowUp', '技術・AI 趣味・ゲーム 読書・書籍 料理・レシピ 未分類');
  await press('読書・書籍', 'ArrowRight', '技術・AI 趣味・ゲーム(読書・書籍) 料理・レシピ 未分類');
  await page.getByText('「読書・書籍」は「趣味・ゲーム」の 1 番目です').waitFor({ state: 'attached' });
  await press('読書・書籍', 'ArrowLeft', '技術・AI 趣味・ゲーム 読書・書籍 料理・レシピ 未分類');
  await press('技術・AI', 'ArrowUp', '技術・AI 趣味・ゲーム 読書・書籍 料理・レシピ 未分類');
});

test('the tree by mouse', async () => {
  const [x, y] = await center(handle('未分類'));
  const [, target] = await center(handle('趣味・ゲーム'));
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 26, target - 8, { steps: 6 });
  await page.locator('.tree-mark').waitFor({ state: 'attached' });
  await album.save(page, 'category-drag');
  await page.mouse.up();
  await treeBecomes('技術・AI(未分類) 趣味・ゲーム 読書・書籍 料理・レシピ');
});

test('looks, names, a new one and its end', async () => {
  const dialog = page.getByRole('dialog', { name: 'カテゴリーを編集' });
  await dialog.getByLabel('新しいカテゴリー').fill('旅');
  await page.keyboard.press('Enter');
  await handle('旅').waitFor();
  await dialog.getByRole('button', { name: '「旅」の色とアイコン' }).click();
  await dialog.getByRole('button', { name: '世界' }).click();
  await page.waitForFunction(() => document.querySelector('.icon-choice [aria-label="世界"]')?.getAttribute('aria-pressed') === 'true');
  await dialog.getByLabel('色', { exact: true }).fill('#1c5a85');
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'category-editor');
  await dialog.getByRole('button', { name: '「旅」の名前を変える' }).click();
  await dialog.getByLabel('「旅」の名前を変える').fill('旅行');
  await page.keyboard.press('Enter');
  await handle('旅行').waitFor();
  const trip = (await call(page, 'GET', '/api/categories')).body.data.categories.find(({ name }) => name === '旅行');
  assert.deepEqual([trip.icon, trip.color.toLowerCase()], ['globe', '#1c5a85']);
  await dialog.getByRole('button', { name: '「旅行」を削除' }).click();
  await dialog.getByRole('button', { name: '削除', exact: true }).click();
  await handle('旅行').waitFor({ state: 'detached' });
  assert.doesNotMatch(await treeOf(), /旅行/);
});

test('a name that is taken is refused in words', async () => {
  const dialog = page.getByRole('dialog', { name: 'カテゴリーを編集' });
  await dialog.getByLabel('新しいカテゴリー').fill('未分類');
  await page.keyboard.press('Enter');
  await page.getByText('この名前のカテゴリーはすでにあります。').waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

test('a card dropped on a category, then all selected ones', async () => {
  const drop = async (name) => {
    const [x, y] = await center(page.locator('.avatar').first());
    const [toX, toY] = await center(page.getByRole('link', { name }));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(toX, toY, { steps: 6 });
    await page.locator('.place[data-target]').waitFor();
    await album.save(page, 'card-drag');
    await page.mouse.up();
  };
  await drop(/料理・レシピ/);
  await page.getByText('1 件を「料理・レシピ」に分類しました').waitFor();
  await page.getByRole('link', { name: '料理・レシピ 1' }).waitFor();
  await page.getByRole('checkbox').nth(0).click();
  await page.getByRole('checkbox').nth(2).click({ modifiers: ['Shift'] });
  await drop(/趣味・ゲーム/);
  await page.getByText('3 件を「趣味・ゲーム」に分類しました').waitFor();
  await page.getByRole('button', { name: '元に戻す' }).click();
  await page.getByRole('link', { name: '料理・レシピ 1' }).waitFor();
  await page.getByRole('link', { name: '趣味・ゲーム 0' }).waitFor();
  await page.keyboard.press('Escape');
});

test('a tag renamed to one that exists is merged, after a question', async () => {
  await page.getByRole('button', { name: 'タグを編集' }).click();
  const dialog = page.getByRole('dialog', { name: 'タグを編集' });
  await dialog.getByRole('button', { name: '「夕飯」の名前を変える' }).click();
  await dialog.getByLabel('「夕飯」の名前を変える').fill('夕食');
  await page.keyboard.press('Enter');
  await dialog.getByText(/「夕食」はすでにあります/).waitFor();
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'tag-merge');
  await dialog.getByRole('button', { name: 'まとめる' }).click();
  await page.getByText(/件が「夕食」になりました/).waitFor();
  const { tags } = (await call(page, 'GET', '/api/tags')).body.data;
  assert.deepEqual(tags.map(({ name, count }) => [name, count]), [['夕食', kCount]]);
  await dialog.getByRole('button', { name: '「夕食」を削除' }).click();
  await dialog.getByRole('button', { name: '外す' }).click();
  await dialog.getByText('タグはまだありません').waitFor();
  assert.deepEqual((await call(page, 'GET', '/api/tags')).body.data.tags, []);
  await page.keyboard.press('Escape');
});

test('the tree by finger, on a phone in the dark', async () => {
  const phone = await openBrowser({ ...kPhone, colorScheme: 'dark' });
  try {
    phone.context.setDefaultTimeout(kWaitMs);
    const small = await phone.context.newPage();
    await logIn(small, server.url);
    await small.getByRole('button', { name: 'カテゴリーとタグ' }).tap();
    await small.getByRole('button', { name: 'カテゴリーを編集' }).tap();
    await handle('料理・レシピ', small).waitFor();
    const touch = await phone.context.newCDPSession(small);
    const [x, y] = await center(handle('料理・レシピ', small));
    const [, target] = await center(handle('趣味・ゲーム', small));
    const send = (type, points) => touch.send('Input.dispatchTouchEvent', { type, touchPoints: points.map(([px, py]) => ({ x: px, y: py })) });
    await send('touchStart', [[x, y]]);
    for (let part = 1; part <= 5; part += 1) await send('touchMove', [[x, y + ((target - 10 - y) * part) / 5]]);
    await album.save(small, 'phone-category-drag');
    await send('touchEnd', []);
    await treeBecomes('技術・AI(未分類) 料理・レシピ 趣味・ゲーム 読書・書籍', small);
    assert.deepEqual(await overflowOf(small), { pixels: 0, beyond: [] });
    assert.deepEqual(await violationsOf(small), []);
  } finally {
    await phone.close();
  }
});

test('no error, no policy violation, no request to another server', () => {
  // The refused name is an answer of the server, which the browser reports as well.
  assert.deepEqual(seen.filter((line) => !/409 \(Conflict\).*categories/.test(line)), []);
});
