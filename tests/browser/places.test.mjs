// Every view at desktop and phone size, light and dark, Japanese and English: nothing that axe-core finds, nothing wider than the
// window, a screenshot of each.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, overflowOf, watch } from './browser.mjs';
import { call, kAccount, openConnected, register } from './connected.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kSample = fileURLToPath(new URL('../data/sample-export.json', import.meta.url));
const kSmall = { name: 'small.ndjson', mimeType: 'application/x-ndjson', buffer: Buffer.from('{"id":"9101","text":"good","screen_name":"w"}\n{"id":\n') };
const words = {
  ja: {
    locale: 'ja-JP', name: 'ユーザー名またはメールアドレス', password: 'パスワード', login: 'ログイン', import: '取り込む', trial: '先に確認する',
    tried: 'まだ何も書き込んでいません', importing: 'ブックマークを取り込む', download: 'ダウンロード', another: '別のファイル', budget: '予算を変更', ownApp: '自分の X アプリ',
    full: 'すべて読み直す', more: '詳しい設定', spend: '利用料金', account: 'アカウント', dark: 'ダーク',
  },
  en: {
    locale: 'en-GB', name: 'User name or e-mail', password: 'Password', login: 'Log in', import: 'Import', trial: 'Try first',
    tried: 'Nothing has been written yet', importing: 'Import bookmarks', download: 'Download', another: 'Another file', budget: 'Change budget', ownApp: 'X app of your own',
    full: 'Read everything again', more: 'More options', spend: 'Spend', account: 'Account', dark: 'Dark',
  },
};
const sizes = { desktop: kDesktop, phone: kPhone };
let server;
let album;

// One account for all: connected, synced, with an import and an export in its history.
before(async () => {
  server = await openConnected();
  album = await openAlbum();
  const first = await openBrowser(kDesktop);
  first.context.setDefaultTimeout(kWaitMs);
  try {
    const page = await first.context.newPage();
    await register(page, server.url);
    await page.goto(`${server.url}/sync`);
    await page.getByRole('button', { name: 'X と連携する' }).click();
    await page.getByRole('button', { name: '今すぐ同期' }).click();
    await page.getByText('新規 250、', { exact: false }).first().waitFor();
    await page.goto(`${server.url}/imports`);
    await page.locator('input[type=file]').setInputFiles(kSmall);
    await page.getByRole('button', { name: '取り込む', exact: true }).click();
    await page.getByText('取り込みが終わりました').first().waitFor();
    assert.equal((await call(page, 'POST', '/api/export', { format: 'json' })).status, 202);
  } finally {
    await first.close();
  }
});

after(() => server?.stop());

function look(page, name, w, found) {
  const check = async (view, options = { fullPage: true }) => {
    await album.save(page, `${name}-${view}`, options);
    const { pixels, beyond } = await overflowOf(page);
    const faults = [...(await violationsOf(page)), ...(pixels > 0 || beyond.length > 0 ? [`${pixels} px too wide: ${beyond.join(' ')}`] : [])];
    found.push(...faults.map((fault) => `${view}: ${fault}`));
  };
  const open = (path) => page.goto(server.url + path);
  return {
    async login() {
      await open('/');
      await page.getByLabel(w.name).waitFor();
      await check('login');
      await page.getByLabel(w.name).fill(kAccount.username);
      await page.getByLabel(w.password, { exact: true }).fill(kAccount.password);
      await page.getByRole('button', { name: w.login, exact: true }).click();
      await page.getByRole('button', { name: w.account, exact: true }).waitFor();
      await page.getByRole('article').first().waitFor();
      await check('library', { fullPage: false });
      await page.getByRole('searchbox').fill('post');
      await page.locator('mark').first().waitFor();
      await check('search', { fullPage: false });
    },
    async sync() {
      await open('/sync');
      await page.getByRole('region', { name: w.spend, exact: true }).locator('svg').first().waitFor();
      await page.getByRole('checkbox', { name: w.full }).waitFor();
      await check('sync');
      await page.getByText(w.ownApp, { exact: true }).click();
      await page.getByRole('button', { name: w.budget }).click();
      await page.getByRole('dialog').waitFor();
      await check('budget');
    },
    async imports() {
      await open('/imports');
      await page.locator('input[type=file]').setInputFiles(kSample);
      await page.getByText(w.more).click();
      await check('import-options');
      await page.getByRole('button', { name: w.trial }).click();
      await page.getByText(w.tried, { exact: false }).waitFor();
      await check('import-trial');
    },
    async exports() {
      await open('/exports');
      await page.getByText(w.more).click();
      await page.getByRole('link', { name: w.download, exact: false }).first().waitFor();
      await check('exports');
    },
    async settings() {
      await open('/settings');
      await page.getByRole('radio', { name: w.dark }).waitFor({ state: 'attached' });
      await page.locator('select').first().waitFor();
      await check('settings');
    },
    async menu() {
      await page.getByRole('button', { name: w.account, exact: true }).click();
      await check('menu');
    },
  };
}

for (const [language, w] of Object.entries(words)) {
  for (const [size, device] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      test(`every view: ${size}, ${colorScheme}, ${language}`, async () => {
        const browser = await openBrowser({ ...device, colorScheme, locale: w.locale });
        try {
          browser.context.setDefaultTimeout(kWaitMs);
          const seen = await watch(browser.context, server.url);
          const steps = look(await browser.context.newPage(), `${language}-${size}-${colorScheme}`, w, seen);
          for (const step of ['login', 'sync', 'imports', 'exports', 'settings', 'menu']) await steps[step]();
          assert.deepEqual(seen, []);
        } finally {
          await browser.close();
        }
      });
    }
  }
}
