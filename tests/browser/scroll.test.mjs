// 100,000 bookmarks from the first to the last: all are there, few exist as elements, and frames that took too long are counted.
//   XBM_SCROLL_COUNT   another number of bookmarks
//   XBM_MEASURE=1      long frames fail the test; only on a machine that has nothing else to do
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { kDesktop, openBrowser, openServer, watch } from './browser.mjs';
import { kAccount } from './connected.mjs';
import { logIn } from './library.mjs';

const kCount = Number(process.env.XBM_SCROLL_COUNT ?? 100_000);
const kWaitMs = 300_000;
const kLongMs = 50;
const kElementsMax = 4000;
const kTexts = ['今日の料理は茄子の煮びたし。油を熱して皮目から焼くと色がきれいに残ります', 'Notes on how the cache stays correct while three processes write', '明日は雨。\n洗濯は早めに。\n夕方から風も強くなるらしい', '短い'];
let server;
let desktop;
let page;
let seen;

async function api(method, path, body, token) {
  const form = body instanceof FormData;
  const headers = { ...(!form && { 'content-type': 'application/json' }), ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(server.url + path, { method, headers, ...(body && { body: form ? body : JSON.stringify(body) }) });
  const json = await answer.json();
  assert.ok(answer.ok, `${path}: ${answer.status} ${JSON.stringify(json)}`);
  return json;
}

// As twitter-web-exporter writes them.
function exported() {
  const posts = Array.from({ length: kCount }, (_, i) => ({
    id: String(2_000_000_000_000 + i), created_at: new Date(Date.UTC(2020, 0, 1) + i * 600_000).toISOString(),
    full_text: `${kTexts[i % kTexts.length].repeat(1 + (i % 5))} ${i + 1}`, media: [], screen_name: `writer_${i % 997}`, name: `書き手 ${i % 997}`,
    profile_image_url: '', in_reply_to: null, retweeted_status: null, quoted_status: null, bookmarked: true, url: `https://twitter.com/writer_${i % 997}/status/${2_000_000_000_000 + i}`,
  }));
  return new Blob([JSON.stringify(posts)]);
}

before(async () => {
  server = await openServer();
  const { username, password } = kAccount;
  const { data: { token } } = await api('POST', '/api/auth/register', { username, password, confirmPassword: password });
  const form = new FormData();
  form.append('file', exported(), 'library.json');
  const { jobId } = await api('POST', '/api/import', form, token);
  const deadline = Date.now() + kWaitMs;
  for (let status = ''; status !== 'completed';) {
    assert.ok(status !== 'failed' && Date.now() < deadline, `the import: ${status}`);
    ({ status } = await api('GET', `/api/import/status/${jobId}`, undefined, token));
  }
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
  seen = await watch(desktop.context, new URL(server.url).origin);
  page = await desktop.context.newPage();
  await logIn(page, server.url);
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

/** Scrolls `step` pixels a frame, `frames` times or to the end of the list; answers what was seen on the way. */
const scroll = (step, frames) => page.evaluate(async ([by, limit, longMs]) => {
  const found = { frames: 0, long: [], elements: 0, atEnd: false };
  let last = performance.now();
  while (found.frames < limit && !found.atEnd) {
    window.scrollBy(0, by);
    const now = await new Promise(requestAnimationFrame);
    if (now - last > longMs) found.long.push(Math.round(now - last));
    last = now;
    found.frames += 1;
    if (found.frames % 50 === 0) found.elements = Math.max(found.elements, document.querySelectorAll('*').length);
    found.atEnd = by > 0 && window.scrollY + window.innerHeight >= document.documentElement.scrollHeight - 2 && document.querySelector('.tail.fine') !== null;
  }
  return found;
}, [step, frames, kLongMs]);

function report(t, name, { frames, long, elements }) {
  t.diagnostic(`${name}: ${frames} frames, ${long.length} longer than ${kLongMs} ms (${long.slice(0, 8).join(' ')}), at most ${elements} elements`);
  assert.ok(elements <= kElementsMax, `${elements} elements`);
  if (process.env.XBM_MEASURE) assert.deepEqual(long, [], name);
}

const positions = () => page.getByRole('article').evaluateAll((cards) => cards.map((card) => Number(card.getAttribute('aria-posinset'))));

test('at the speed of a hand', async (t) => {
  report(t, 'slow', await scroll(100, 200));
  report(t, 'fast', await scroll(250, 200));
});

test('all the way down, and every bookmark is there', { timeout: 2 * kWaitMs }, async (t) => {
  const found = await scroll(1500, Infinity);
  report(t, 'fling', found);
  await page.locator(`[aria-posinset="${kCount}"]`).waitFor();
  const last = await positions();
  assert.deepEqual(last, Array.from({ length: last.length }, (_, i) => kCount - last.length + 1 + i));
  assert.equal(await page.locator(`[aria-posinset="${kCount}"]`).getAttribute('aria-setsize'), String(kCount));
});

test('and back up from the end', async (t) => {
  report(t, 'up', await scroll(-250, 200));
  const here = await positions();
  assert.ok(here.length > 0 && here.at(-1) < kCount, `${here}`);
});

test('no error, no policy violation, no request to another server', () => {
  assert.deepEqual(seen, []);
});
