// Files in and out through the page: a trial, an import, its errors and history; an export and its file.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, openAlbum, openBrowser, openServer, watch } from './browser.mjs';
import { call, register } from './connected.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kSample = fileURLToPath(new URL('../data/sample-export.json', import.meta.url));
const jsonFile = (name, value) => ({ name, mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(value)) });
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
  seen = await watch(desktop.context, server.url);
  page = await desktop.context.newPage();
  await register(page, server.url);
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

const panel = (name) => page.getByRole('region', { name, exact: true });
const choose = (file) => page.locator('input[type=file]').setInputFiles(file);
const totalOf = async () => (await call(page, 'GET', '/api/bookmarks?limit=1')).body.data.pagination.total;
const counts = async () => Object.fromEntries(await page.locator('.counts > div').evaluateAll((rows) =>
  rows.map((row) => [row.querySelector('dt').textContent, Number(row.querySelector('dd').textContent.replace(/\D/g, ''))])));

test('a trial shows what would change and writes nothing', async () => {
  await page.goto(`${server.url}/imports`);
  await panel('これまでの取り込み').getByText('取り込みの記録がここに並びます。').waitFor();
  await album.save(page, 'imports-1-empty');
  await choose(kSample);
  await page.getByText('sample-export.json').waitFor();
  await album.save(page, 'imports-2-chosen');
  await page.getByRole('button', { name: '先に確認する' }).click();
  await page.getByText('まだ何も書き込んでいません。', { exact: false }).waitFor();
  await album.save(page, 'imports-3-trial');
  const found = await counts();
  assert.ok(found['新規'] > 0, JSON.stringify(found));
  assert.equal(await totalOf(), 0);
});

test('the import that follows writes just that', async () => {
  const promised = (await counts())['新規'];
  await page.getByRole('button', { name: '取り込む', exact: true }).click();
  await page.getByText('取り込みが終わりました').first().waitFor();
  assert.equal((await counts())['新規'], promised);
  assert.equal(await totalOf(), promised);
  await panel('これまでの取り込み').getByText(`新規 ${promised}、更新 0、エラー 0`).waitFor();
  await panel('これまでの取り込み').getByText(`取り込むと新規 ${promised}`, { exact: false }).waitFor();
});

test('a trial of changes shows the old text beside the new one', async () => {
  await page.getByRole('button', { name: '別のファイルを取り込む' }).click();
  const first = jsonFile('first.json', [{ id: '9001', text: 'before the change', screen_name: 'writer' }]);
  await choose(first);
  await page.getByRole('button', { name: '取り込む', exact: true }).click();
  await page.getByRole('button', { name: '別のファイルを取り込む' }).click();
  await choose(jsonFile('second.json', [{ id: '9001', text: 'after the change', screen_name: 'writer' }]));
  await page.getByLabel('すでにあるブックマーク').selectOption('update');
  await page.getByRole('button', { name: '先に確認する' }).click();
  const samples = page.getByRole('list', { name: '変更の例' });
  await samples.locator('del').filter({ hasText: 'before the change' }).waitFor();
  await samples.locator('ins').filter({ hasText: 'after the change' }).waitFor();
  await album.save(page, 'imports-4-changes');
  assert.deepEqual(await violationsOf(page), []);
  await page.getByRole('button', { name: '設定を変える' }).click();
  assert.equal(await page.getByLabel('すでにあるブックマーク').inputValue(), 'update');
  await page.getByRole('button', { name: '別のファイル', exact: true }).click();
});

test('lines that cannot be read are listed', async () => {
  await choose({ name: 'bad.ndjson', mimeType: 'application/x-ndjson', buffer: Buffer.from('{"id":"9101","text":"good","screen_name":"w"}\n{"id":"9102",\n{"id":"9103","text":"good too","screen_name":"w"}\n') });
  await page.getByRole('button', { name: '取り込む', exact: true }).click();
  await page.getByText('取り込めなかった行').first().waitFor();
  assert.equal((await counts())['エラー'], 1);
  assert.deepEqual(await violationsOf(page), []);
  await album.save(page, 'imports-5-errors');
  await page.getByRole('button', { name: '別のファイルを取り込む' }).click();
});

test('a file that holds no bookmarks is refused in words, and another can be taken', async () => {
  await choose({ name: 'picture.png', mimeType: 'image/png', buffer: Buffer.from('not a bookmark') });
  await page.getByRole('button', { name: '取り込む', exact: true }).click();
  await page.getByRole('alert').filter({ hasText: 'この種類のファイルは取り込めません。' }).waitFor();
  assert.deepEqual(seen.splice(0).map((line) => /status of 400.*\/api\/import/.test(line)), [true]);
});

test('an export is written, listed and can be loaded', async () => {
  await page.getByRole('link', { name: '書き出し' }).click();
  await page.getByRole('heading', { level: 1, name: '書き出し' }).waitFor();
  await page.getByRole('button', { name: '書き出す' }).click();
  const link = panel('これまでの書き出し').getByRole('link', { name: /をダウンロード$/ });
  await link.waitFor();
  await album.save(page, 'exports-1-ready');
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  const content = JSON.parse(await readFile(await download.path(), 'utf8'));
  assert.equal(content.bookmarks.length, await totalOf());
});

test('the choices of an export reach its file', async () => {
  await page.getByText('CSV', { exact: true }).click();
  await page.getByText('詳しい設定').click();
  await page.getByLabel('区切り文字').selectOption(';');
  await page.getByRole('button', { name: '書き出す' }).click();
  const link = panel('これまでの書き出し').getByRole('link', { name: /\.csv をダウンロード$/ });
  await link.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), link.click()]);
  assert.match((await readFile(await download.path(), 'utf8')).split('\n')[0], /;/);
});

test('nothing chosen is nothing to export', async () => {
  for (const name of ['ブックマーク', 'カテゴリー', 'タグ', '保存した検索', '設定']) await page.getByRole('checkbox', { name, exact: true }).uncheck();
  await page.getByText('書き出す内容を1つ以上選んでください。').waitFor();
  assert.ok(await page.getByRole('button', { name: '書き出す' }).isDisabled());
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
