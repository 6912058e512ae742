// Chromium for the tests of the page, and a record of everything a page must not do.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';

const kArguments = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

export const kDesktop = { viewport: { width: 1280, height: 800 } };
export const kPhone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };

/** The server to test: XBM_URL, which must be fresh, or one of our own, with the page of WEB_ROOT. `{url, stop()}`. */
export async function openServer() {
  if (process.env.XBM_URL) return { url: process.env.XBM_URL.replace(/\/$/, ''), stop: async () => {} };
  const { startServer } = await import('../support/server.mjs');
  return startServer({ env: process.env.WEB_ROOT ? { WEB_ROOT: process.env.WEB_ROOT } : {} });
}

/** A browser with a profile of its own; CHROMIUM names another program. `close()` removes the profile. */
export async function openBrowser(options) {
  const profile = await mkdtemp(path.join(tmpdir(), 'xbm-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: kArguments,
    locale: 'ja-JP',
    ...options,
  });
  const close = async () => {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  };
  return { context, close };
}

/** Collects, from now on, what `context` must not show: errors, policy violations, requests to other origins but `allowed`. */
export async function watch(context, origin, allowed = []) {
  const seen = [];
  await context.exposeFunction('xbmReportViolation', (text) => seen.push(`policy violation: ${text}`));
  await context.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      globalThis.xbmReportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}`);
    });
  });
  context.on('console', (message) => {
    if (message.type() === 'error') seen.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => seen.push(`uncaught: ${error.error().stack}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== origin && !allowed.includes(url.origin)) seen.push(`external request: ${url.href}`);
  });
  return seen;
}

/** Saves screenshots below SCREENSHOTS, or a temporary folder. */
export async function openAlbum() {
  const folder = process.env.SCREENSHOTS ?? (await mkdtemp(path.join(tmpdir(), 'xbm-screenshots-')));
  await mkdir(folder, { recursive: true });
  return { folder, save: (page, name, options) => page.screenshot({ path: path.join(folder, `${name}.png`), ...options }) };
}

/** CSS pixels by which the page is wider than its window, and the elements that reach beyond the right edge. */
export function overflowOf(page) {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const beyond = [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > width + 1 && element.checkVisibility())
      .filter((element) => !element.closest('.visually-hidden'))
      .map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
    return { pixels: document.documentElement.scrollWidth - width, beyond: beyond.slice(0, 5) };
  });
}
