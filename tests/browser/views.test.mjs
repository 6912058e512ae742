// The library in every dress: desktop and phone, light and dark, Japanese and English; each looked at by axe and kept as a picture.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violationsOf } from './accessibility.mjs';
import { kDesktop, kPhone, openAlbum, openBrowser, openServer, overflowOf, watch } from './browser.mjs';
import { call, register } from './connected.mjs';
import { addBookmarks, logIn } from './library.mjs';

const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
const kSizes = { desktop: kDesktop, phone: kPhone };
const kWords = {
  ja: { search: '検索', filters: '絞り込み', menu: 'カテゴリーとタグ', edit: '編集', note: 'メモ' },
  en: { search: 'Search', filters: 'Filters', menu: 'Categories and tags', edit: 'Edit', note: 'Note' },
};
const kPosts = [
  { authorDisplayName: '森の台所', authorUsername: 'mori_kitchen', content: '今日の料理は茄子の煮びたし。油を熱して皮目から焼くと色がきれいに残ります。\n\n材料:茄子3本、だし200ml、醤油大さじ1', tags: ['夕食', '作り置き'], at: '料理・レシピ' },
  { authorDisplayName: 'Systems Notes', authorUsername: 'systems_notes', content: 'A cache is a promise about the past. The hard part is to know when the past has ended. https://example.org/cache', tags: ['cache'], at: '技術・AI' },
  { authorDisplayName: '雪の機械学習ノート', authorUsername: 'yuki_ml', content: '料理と同じで、学習も下ごしらえが九割。データを切りそろえてから火にかける。', tags: ['機械学習'], note: '勉強会で引用する', at: '技術・AI' },
  { authorDisplayName: '週末の本棚', authorUsername: 'weekend_shelf', content: '読み終えた。静かな料理小説で、台所の音だけで人の気持ちがわかる。', tags: ['小説', 'あとで買う'], at: '読書・書籍' },
  { authorDisplayName: 'Indie Game Diary', authorUsername: 'indie_diary', content: 'Small games, long evenings. This one is about a lighthouse and nothing else, and it is enough.', tags: [], at: '趣味・ゲーム' },
];
let server;

before(async () => {
  server = await openServer();
  const first = await openBrowser(kDesktop);
  try {
    first.context.setDefaultTimeout(kWaitMs);
    const page = await first.context.newPage();
    await register(page, server.url);
    const { categories } = (await call(page, 'GET', '/api/categories')).body.data;
    await addBookmarks(page, 40, (number) => {
      const { at, ...post } = kPosts[number % kPosts.length];
      const cooking = number % 2 === 0 && !post.content.includes('料理') ? { content: `${post.content} 料理` } : {};
      return {
        ...post, ...cooking, bookmarkedAt: new Date(Date.UTC(2025, 7, 1) + number * 8 * 86_400_000).toISOString(),
        ...(number % 3 && { categoryId: categories.find(({ name }) => name === at).id }), ...(number % 4 === 0 && { mediaUrls: ['https://media.example/a.jpg'] }),
      };
    });
    await call(page, 'POST', '/api/search/saved', { name: '台所', query: { text: '料理', tags: ['夕食'] }, pinned: true, order: 1 });
  } finally {
    await first.close();
  }
});

after(async () => server?.stop());

async function look(page, album, name) {
  await page.mouse.move(0, 0);
  await album.save(page, name);
  assert.deepEqual(await overflowOf(page), { pixels: 0, beyond: [] }, name);
  assert.deepEqual(await violationsOf(page), [], name);
}

for (const [size, shape] of Object.entries(kSizes)) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [language, words] of Object.entries(kWords)) {
      test(`${size}, ${colorScheme}, ${language}`, async () => {
        const album = await openAlbum();
        const browser = await openBrowser({ ...shape, colorScheme });
        try {
          browser.context.setDefaultTimeout(kWaitMs);
          const seen = await watch(browser.context, new URL(server.url).origin);
          const page = await browser.context.newPage();
          const name = (view) => `view-${view}-${size}-${colorScheme}-${language}`;
          await logIn(page, server.url);
          await page.evaluate((value) => localStorage.setItem('xbm.language', value), language);
          await page.reload();
          await page.getByRole('article').first().waitFor();
          await look(page, album, name('library'));
          await page.getByRole('searchbox', { name: words.search }).fill('料理');
          await page.getByRole('feed').locator('mark').first().waitFor();
          if (size === 'phone') await page.getByRole('button', { name: words.filters, exact: true }).tap();
          await page.locator('.histogram').waitFor();
          await look(page, album, name('search'));
          if (size === 'phone') await page.getByRole('button', { name: words.filters, exact: true }).tap();
          await page.getByRole('article').first().getByRole('button', { name: words.edit, exact: true }).click();
          await page.getByRole('dialog').getByLabel(words.note).waitFor();
          await look(page, album, name('detail'));
          await page.keyboard.press('Escape');
          if (size === 'phone') {
            await page.getByRole('button', { name: words.menu }).tap();
            await page.getByRole('dialog').waitFor();
            await look(page, album, name('drawer'));
          }
          assert.deepEqual(seen, []);
        } finally {
          await browser.close();
        }
      });
    }
  }
}
