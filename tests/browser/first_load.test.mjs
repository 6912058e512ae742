// What the first visit costs: the JavaScript that comes before the library is shown, and no code of places nobody went to.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { kDesktop, openBrowser, openServer } from './browser.mjs';
import { register } from './connected.mjs';

const kBytesMax = 80 * 1024;
const kWaitMs = Number(process.env.XBM_BROWSER_WAIT_MS ?? 30_000);
let server;
let desktop;

before(async () => {
  server = await openServer();
  desktop = await openBrowser(kDesktop);
  desktop.context.setDefaultTimeout(kWaitMs);
});

after(async () => {
  await desktop?.close();
  await server?.stop();
});

test('login and library need at most 80 KB of JavaScript, compressed', async (t) => {
  const page = await desktop.context.newPage();
  const scripts = new Map();
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.endsWith('.js')) scripts.set(pathname, response.body());
  });
  await register(page, server.url);
  await page.getByRole('heading', { name: 'ブックマークはまだありません' }).waitFor();
  const bodies = await Promise.all(scripts.values());
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body).length, 0);
  t.diagnostic(`${scripts.size} files, ${bytes} bytes`);
  assert.ok(bytes > 0 && bytes <= kBytesMax, `${bytes} bytes in ${[...scripts.keys()].join(' ')}`);
  assert.deepEqual([...scripts.keys()].filter((name) => /_view|import_steps/.test(name)), []);
});
