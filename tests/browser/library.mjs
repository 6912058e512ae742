// A library to look at: bookmarks made through the API with the page's own session.
import { kAccount } from './connected.mjs';

/** Adds `count` bookmarks, number 1 the oldest; `part(number)` gives fields of one's own. */
export function addBookmarks(page, count, part = () => ({})) {
  const bookmarks = Array.from({ length: count }, (_, i) => ({
    xTweetId: String(1_000_000 + i + 1), url: `https://x.com/writer_${i % 7}/status/${1_000_000 + i + 1}`, content: `本文 ${i + 1} 号`,
    authorUsername: `writer_${i % 7}`, authorDisplayName: `書き手 ${i % 7}`, bookmarkedAt: new Date(Date.UTC(2026, 0, 1) + i * 3_600_000).toISOString(), ...part(i + 1),
  }));
  return page.evaluate(async (bodies) => {
    const csrf = /csrfToken=([0-9a-f]+)/.exec(document.cookie)?.[1] ?? '';
    for (const body of bodies) {
      const answer = await fetch('/api/bookmarks', { method: 'POST', headers: { 'content-type': 'application/json', 'x-csrf-token': csrf }, body: JSON.stringify(body) });
      if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
    }
  }, bookmarks);
}

/** Logs in in Japanese and waits for the list. */
export async function logIn(page, url) {
  await page.goto(url);
  await page.getByLabel('ユーザー名またはメールアドレス').fill(kAccount.username);
  await page.getByLabel('パスワード', { exact: true }).fill(kAccount.password);
  await page.getByRole('button', { name: 'ログイン', exact: true }).click();
  await page.getByRole('feed').waitFor();
}
