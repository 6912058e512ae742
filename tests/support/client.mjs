// A small client of the HTTP contract: logs in, sends JSON, and checks what every answer must have. All answers are
// checked against docs/openapi.yaml.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expectDocumented } from './openapi.mjs';
import { startServer } from './server.mjs';

const kPassword = 'correct horse battery staple';

export const kUuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
export const kTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** A UUID that nobody owns. */
export const kNobodysId = '00000000-0000-7000-8000-000000000000';

const kSecurityHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'strict-origin-when-cross-origin',
  'origin-agent-cluster': '?1',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-permitted-cross-domain-policies': 'none',
  'x-xss-protection': '0',
  'permissions-policy': 'geolocation=(), microphone=(), camera=()',
};
const kPolicy =
  "default-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data: https: blob:; media-src 'self' https:; " +
  "script-src 'self'; script-src-attr 'none'; object-src 'none'; frame-src 'none'; connect-src 'self'; " +
  "worker-src 'self' blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

// An answer in a message of a failed assertion: long enough to see what it is.
const whatOf = ({ path, text }) => `${path}: ${text.slice(0, 600)}`;

/** What contract 1.5 and 1.12 ask of every answer. */
export function expectHeaders(headers) {
  assert.match(headers.get('x-request-id') ?? '', /^[A-Za-z0-9._-]{1,128}$/);
  assert.equal(headers.get('content-security-policy'), kPolicy);
  for (const [name, value] of Object.entries(kSecurityHeaders)) assert.equal(headers.get(name), value, name);
}

/**
 * Checks a problem document (contract 1.3) and returns it.
 * @param {{status: number, headers: Headers, body: object, path: string}} answer
 */
export function expectProblem(answer, status, code) {
  assert.equal(answer.status, status, whatOf(answer));
  assert.equal(answer.headers.get('content-type')?.split(';')[0], 'application/problem+json');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  expectHeaders(answer.headers);
  const { body } = answer;
  assert.equal(body.code, code, whatOf(answer));
  assert.equal(body.status, status);
  assert.equal(body.success, false);
  assert.equal(body.type, `/problems/${code.toLowerCase().replaceAll('_', '-')}`);
  for (const key of ['title', 'detail']) assert.ok(body[key]?.length > 0, `${key} is missing`);
  assert.equal(body.error, body.detail);
  assert.equal(body.requestId, answer.headers.get('x-request-id'));
  assert.equal(body.instance, decodeURIComponent(answer.path.split('?')[0]));
  if (status === 401) assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
  return body;
}

/** Paths and codes of `details`, as `name:too_small`; members of arrays as `tags.0:too_small`. */
export const faultsOf = (problem) => problem.details.map((fault) => `${fault.path.join('.')}:${fault.code}`);

/** Checks a success answer and returns its body. */
export function expectOk(answer, status = 200) {
  assert.equal(answer.status, status, whatOf(answer));
  expectHeaders(answer.headers);
  if (answer.body) assert.equal(answer.body.success, true, whatOf(answer));
  return answer.body;
}

/** Sends requests as one user; without a token as nobody. Fails on answers that are not as documented. */
export class Client {
  constructor(url, { token, user } = {}) {
    Object.assign(this, { url, token, user });
  }

  /**
   * @param {string} method
   * @param {string} path with its query
   * @param {{body?: unknown, headers?: Record<string, string>, raw?: BodyInit}} [options] `body` becomes JSON, `raw` is
   *   sent as it is
   */
  async request(method, path, { body, headers = {}, raw } = {}) {
    const sent = { ...headers };
    if (this.token) sent.authorization ??= `Bearer ${this.token}`;
    if (body !== undefined) sent['content-type'] ??= 'application/json';
    const answer = await fetch(this.url + path, {
      method, headers: sent, redirect: 'manual', body: raw ?? (body === undefined ? undefined : JSON.stringify(body)),
    });
    const text = await answer.text();
    const isJson = /json/.test(answer.headers.get('content-type') ?? '') && text !== '';
    const received = { status: answer.status, headers: answer.headers, text, path, body: isJson ? JSON.parse(text) : undefined };
    expectDocumented(method, path, received);
    return received;
  }

  get(path, headers) { return this.request('GET', path, { headers }); }
  post(path, body, headers) { return this.request('POST', path, { body, headers }); }
  put(path, body, headers) { return this.request('PUT', path, { body, headers }); }
  delete(path, body, headers) { return this.request('DELETE', path, { body, headers }); }

  /** Registers an account and returns its client. `login` is the whole answer. */
  async register(username, fields = {}) {
    const answer = await this.post('/api/auth/register', { username, password: kPassword, ...fields });
    return this.#of(expectOk(answer, 201), answer);
  }

  async logIn(username, password = kPassword) {
    const answer = await this.post('/api/auth/login', { username, password });
    return this.#of(expectOk(answer), answer);
  }

  #of(login, answer) {
    const client = new Client(this.url, { token: login.data.token, user: login.user });
    return Object.assign(client, { login, answer });
  }

  /** Makes a bookmark and returns it. */
  async addBookmark(fields = {}) {
    return expectOk(await this.post('/api/bookmarks', bookmark(fields)), 201).data.bookmark;
  }

  /** All pages of a list, or the first `pagesMax`, by its cursors: `{items, total, pages}`. */
  async all(path, key = 'bookmarks', limit = 100, pagesMax = Infinity) {
    const items = [];
    let cursor;
    let pages = 0;
    let total;
    do {
      const sign = path.includes('?') ? '&' : '?';
      const next = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const { data } = expectOk(await this.get(`${path}${sign}limit=${limit}${next}`));
      items.push(...data[key]);
      total = data.pagination.total;
      assert.equal(data.pagination.hasMore, data.pagination.nextCursor !== null);
      cursor = data.pagination.nextCursor;
      pages += 1;
    } while (cursor && pages < pagesMax);
    return { items, total, pages };
  }

  /** Uploads an import and waits for the end of its job; returns the status object. */
  async importFile(name, content, fields = {}) {
    const accepted = await this.upload(name, content, fields);
    assert.equal(accepted.status, 202, accepted.text);
    return this.waitForImport(accepted.body.jobId);
  }

  upload(name, content, fields = {}) {
    const form = new FormData();
    for (const [key, value] of Object.entries({ source: 'auto', ...fields })) form.append(key, value);
    form.append('file', new Blob([content]), name);
    return this.request('POST', '/api/import', { raw: form });
  }

  waitForImport(jobId) {
    return until(async () => {
      const status = expectOk(await this.get(`/api/import/status/${jobId}`));
      return ['completed', 'failed'].includes(status.status) && status;
    }, 120_000);
  }
}

let posts = 0;
/** The required fields of a bookmark with an id of its own, overlaid with `fields`. */
export function bookmark(fields = {}) {
  posts += 1;
  return {
    xTweetId: String(1_700_000_000_000 + posts), content: `post ${posts}`, authorUsername: 'someone',
    authorDisplayName: 'Some One', ...fields,
  };
}

/** A server where anyone may register. */
export const startTestServer = ({ env, ...options } = {}) =>
  startServer({ ...options, env: { REGISTRATION_ENABLED: 'true', LOG_LEVEL: 'info', ...env } });

/** Ends the server; it must end well and no sanitizer may have complained. */
export async function stopClean(server) {
  if (!server) return;
  const status = await server.stop();
  const complaints = server.stderr.filter((line) => /Sanitizer|runtime error:|Assertion/.test(line));
  assert.deepEqual(complaints, []);
  assert.equal(status, 0, server.stderr.slice(-20).join('\n'));
}

/** Calls `probe` until it gives something; its last error is thrown after `timeoutMs`. */
export async function until(probe, timeoutMs = 10_000) {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`nothing within ${timeoutMs} ms`);
    await sleep(20);
  }
}

/** Sends bytes over a new connection and returns, as latin1 text, what comes until the server closes it. */
export function sendRaw(url, bytes, { timeoutMs = 20_000, halfClose = false } = {}) {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect({ host: hostname, port: Number(port) });
    const timer = setTimeout(() => socket.destroy(new Error(`the connection stays open after: ${text}`)), timeoutMs);
    const finish = (done) => {
      clearTimeout(timer);
      socket.destroy();
      done();
    };
    socket.setEncoding('latin1').on('data', (chunk) => (text += chunk));
    socket.on('close', () => finish(() => resolve(text)));
    socket.on('error', (error) => {
      // A server that refuses early may close while we still send.
      finish(() => (['ECONNRESET', 'EPIPE'].includes(error.code) ? resolve(text) : reject(error)));
    });
    if (halfClose) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** Pseudo-random numbers from a seed (mulberry32), so that a failure can be repeated. */
export class Random {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min, max) { return min + Math.floor(this.next() * (max - min + 1)); }
  chance(probability) { return this.next() < probability; }
  pick(list) { return list[this.int(0, list.length - 1)]; }
  some(list, count) {
    const left = [...list];
    return Array.from({ length: Math.min(count, left.length) }, () => left.splice(this.int(0, left.length - 1), 1)[0]);
  }
}
