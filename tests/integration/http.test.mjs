// What holds for every route: framing, errors, headers, codings, conditional requests (contract 1, 2, 3.1).
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import {
  Client, expectHeaders, expectOk, expectProblem, faultsOf, kTime, sendRaw, startTestServer, stopClean, until,
} from '../support/client.mjs';
import { expectDocumented } from '../support/openapi.mjs';

const kDecoders = { gzip: gunzipSync, br: brotliDecompressSync, identity: (bytes) => bytes };
let server;
let nobody;
let user;

before(async () => {
  server = await startTestServer();
  nobody = new Client(server.url);
  user = await nobody.register('http_user');
  for (let i = 0; i < 15; ++i) await user.addBookmark({ content: `compressible ${'text '.repeat(30)}` });
});
after(() => stopClean(server));

// Without fetch, which decodes bodies and chooses headers by itself.
async function plainRequest(path, options = {}) {
  const answer = await receive(path, options);
  const { status, headers, bytes } = answer;
  const decode = kDecoders[headers['content-encoding'] ?? 'identity'];
  if (!decode) return answer; // Node 18 cannot read zstd
  const text = decode(bytes).toString();
  const isReadable = /json/.test(headers['content-type'] ?? '') && text !== '';
  expectDocumented(options.method ?? 'GET', path, { status, headers, text, body: isReadable ? JSON.parse(text) : undefined });
  return answer;
}

function receive(path, { method = 'GET', headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, { method, headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const authorized = (headers = {}) => ({ authorization: `Bearer ${user.token}`, ...headers });
const bearer = () => `Host: x\r\nAuthorization: Bearer ${user.token}\r\n`;
const statusOf = (answer) => Number(answer.match(/^HTTP\/1\.1 (\d{3})/)?.[1]);

test('health, readiness and status', async () => {
  const health = expectOk(await nobody.get('/health'));
  assert.equal(health.status, 'ok');
  assert.match(health.timestamp, kTime);
  assert.equal(typeof health.uptime, 'number');
  assert.equal(typeof health.version, 'string');
  for (const name of ['database', 'redis']) {
    assert.equal(health.services[name].status, 'healthy', name);
    assert.equal(typeof health.services[name].latency, 'number', name);
  }
  assert.deepEqual(Object.keys(health.services.syncQueue).sort(), ['active', 'failed', 'status', 'waiting']);
  assert.equal(expectOk(await nobody.get('/healthz')).status, 'ok');
  const ready = expectOk(await nobody.get('/readyz'));
  assert.equal(ready.status, 'ready');
  assert.deepEqual(Object.keys(ready.checks).sort(), ['database', 'migrations', 'redis']);
  const status = expectOk(await nobody.get('/api/status'));
  assert.match(status.timestamp, kTime);
  assert.equal(status.version, health.version);
});

test('a server whose Redis is away says so, and lives', async () => {
  const alone = await startTestServer({ env: { REDIS_URL: 'unix:///nonexistent/redis.sock' } });
  try {
    const client = await new Client(alone.url).register('alone');
    for (let i = 0; i < 5; ++i) {
      assert.equal((await client.get('/readyz')).body.checks.redis, false);
      const health = await client.get('/health');
      assert.equal(health.status, 503);
      assert.equal(health.body.services.redis.status, 'unhealthy');
      expectOk(await client.get('/api/bookmarks'));
    }
  } finally {
    await stopClean(alone);
  }
});

test('an unknown path is 404 with the path, another method 405 with Allow', async () => {
  const missing = expectProblem(await user.get('/api/nothing/here?secret=1'), 404, 'ENDPOINT_NOT_FOUND');
  assert.equal(missing.path, '/api/nothing/here');
  const answer = await nobody.request('DELETE', '/api/status');
  expectProblem(answer, 405, 'METHOD_NOT_ALLOWED');
  assert.match(answer.headers.get('allow'), /\bGET\b/);
  const bulk = await user.request('GET', '/api/bookmarks/bulk');
  assert.ok([404, 405].includes(bulk.status));
});

test('paths ignore case, one trailing slash and percent coding', async () => {
  for (const path of ['/API/Status', '/api/status/', '/api/st%61tus']) expectOk(await nobody.get(path));
  expectProblem(await nobody.get('/api/status//'), 404, 'ENDPOINT_NOT_FOUND');
});

test('HEAD is GET without a body', async () => {
  for (const path of ['/health', '/api/status', '/api/bookmarks']) {
    const got = await plainRequest(path, { headers: authorized() });
    const head = await plainRequest(path, { method: 'HEAD', headers: authorized() });
    assert.equal(head.status, got.status);
    assert.equal(head.bytes.length, 0);
    assert.equal(head.headers['content-type'], got.headers['content-type']);
    assert.ok(Number(head.headers['content-length']) > 0);
  }
});

test('bodies are coded as asked, by q-value', async () => {
  const path = '/api/bookmarks?limit=15';
  const plain = await plainRequest(path, { headers: authorized({ 'accept-encoding': 'identity' }) });
  assert.equal(plain.headers['content-encoding'], undefined);
  const bookmarksOf = (bytes) => JSON.parse(bytes).data.bookmarks;
  const decoded = { gzip: gunzipSync, br: brotliDecompressSync };
  for (const coding of ['gzip', 'br']) {
    const coded = await plainRequest(path, { headers: authorized({ 'accept-encoding': coding }) });
    assert.equal(coded.headers['content-encoding'], coding);
    assert.match(coded.headers.vary, /Accept-Encoding/i);
    assert.ok(coded.bytes.length < plain.bytes.length / 2);
    assert.deepEqual(bookmarksOf(decoded[coding](coded.bytes)), bookmarksOf(plain.bytes));
  }
  const zstd = await plainRequest(path, { headers: authorized({ 'accept-encoding': 'zstd' }) });
  assert.equal(zstd.headers['content-encoding'], 'zstd');
  assert.equal(zstd.bytes.readUInt32LE(0), 0xfd2fb528, 'magic number of RFC 8878');
  const preference = { 'gzip, br;q=0.5': 'gzip', 'gzip, br, zstd': 'br', 'br;q=0, gzip;q=0.1': 'gzip', 'br;q=0': undefined };
  for (const [accepted, coding] of Object.entries(preference)) {
    const answer = await plainRequest(path, { headers: authorized({ 'accept-encoding': accepted }) });
    assert.equal(answer.headers['content-encoding'], coding, accepted);
  }
  const small = await plainRequest('/healthz', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(small.headers['content-encoding'], undefined, 'below 1024 bytes');
});

test('lists have an ETag that any write changes', async () => {
  for (const path of ['/api/bookmarks', '/api/categories', '/api/tags', '/api/search?text=compressible']) {
    const first = await user.get(path);
    expectOk(first);
    const etag = first.headers.get('etag');
    assert.match(etag, /^W\/"[^"]+"$/, path);
    assert.equal(first.headers.get('cache-control'), 'private, no-cache');
    const same = await user.get(path, { 'if-none-match': etag });
    assert.equal(same.status, 304, path);
    assert.equal(same.text, '');
    assert.equal(same.headers.get('etag'), etag);
    expectHeaders(same.headers);
    const made = await user.addBookmark();
    const changed = await user.get(path, { 'if-none-match': etag });
    assert.equal(changed.status, 200, path);
    assert.notEqual(changed.headers.get('etag'), etag);
    expectOk(await user.delete(`/api/bookmarks/${made.id}`));
  }
});

test('request ids are taken over when well formed', async () => {
  const kept = await nobody.get('/health', { 'x-request-id': 'abc-1.2_3' });
  assert.equal(kept.headers.get('x-request-id'), 'abc-1.2_3');
  for (const bad of ['a b', 'x'.repeat(129), '<script>']) {
    const answer = await nobody.get('/health', { 'x-request-id': bad });
    assert.notEqual(answer.headers.get('x-request-id'), bad);
    expectHeaders(answer.headers);
  }
});

test('every problem type has a page', async () => {
  const known = expectOk(await nobody.get('/problems/invalid-cursor'));
  assert.equal(known.code, 'INVALID_CURSOR');
  assert.equal(known.status, 400);
  assert.ok(known.title && known.description);
  const unknown = await nobody.get('/problems/no-such-problem');
  assert.equal(unknown.status, 404);
  assert.equal(unknown.headers.get('content-type').split(';')[0], 'application/problem+json');
});

test('a browser gets the page, a program does not', async () => {
  for (const path of ['/', '/search', '/login?next=/']) {
    const page = await nobody.get(path, { accept: 'text/html,application/xhtml+xml;q=0.9' });
    assert.equal(page.status, 200, path);
    assert.match(page.headers.get('content-type'), /^text\/html/);
    assert.match(page.text, /<html/i);
    expectHeaders(page.headers);
  }
  expectProblem(await nobody.get('/search', { accept: 'application/json' }), 404, 'ENDPOINT_NOT_FOUND');
});

test('bodies that are no JSON object', async () => {
  const send = (raw, type = 'application/json') =>
    user.request('POST', '/api/bookmarks', { raw, headers: { 'content-type': type } });
  const malformed = {
    cut: '{"content":"a"', 'trailing comma': '{"a":1,}', array: '[]', number: '3', text: '"a"', null: 'null',
    'two values': '{} {}', 'not UTF-8': Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xff, 0xfe, 0x22, 0x7d]),
    'overlong UTF-8': Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc0, 0xaf, 0x22, 0x7d]),
    'deep nesting': `${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}`,
  };
  for (const [name, raw] of Object.entries(malformed)) {
    const answer = await send(raw);
    assert.equal(answer.status, 400, `${name}: ${answer.text}`);
    expectProblem(answer, 400, 'INVALID_JSON');
  }
  expectProblem(await send('<a/>', 'application/xml'), 415, 'UNSUPPORTED_MEDIA_TYPE');
  const empty = expectProblem(await user.request('POST', '/api/bookmarks'), 400, 'INVALID_BOOKMARK_DATA');
  assert.ok(faultsOf(empty).includes('content:invalid_type'), 'a missing body is {}');
});

test('lone surrogates and NUL never reach the store as such', async () => {
  const id = `9${Date.now()}`;
  const raw = `{"xTweetId":"${id}","content":"a\\u0000b\\ud800c","authorUsername":"u","authorDisplayName":"\\udc00"}`;
  const answer = await user.request('POST', '/api/bookmarks', { raw, headers: { 'content-type': 'application/json' } });
  if (answer.status === 201) {
    const { content } = answer.body.data.bookmark;
    assert.ok(!content.includes('\0'));
    assert.ok(content.isWellFormed(), 'valid UTF-8');
    expectOk(await user.delete(`/api/bookmarks/${answer.body.data.bookmark.id}`));
  } else {
    assert.equal(answer.status, 400, answer.text);
  }
});

test('forms and gzip are bodies too', async () => {
  const form = await nobody.request('POST', '/api/auth/login', {
    raw: 'username=http_user&password=correct+horse%20battery+staple',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(expectOk(form).user.username, 'http_user');
  const zipped = await nobody.request('POST', '/api/auth/login', {
    raw: gzipSync(JSON.stringify({ username: 'http_user', password: 'correct horse battery staple' })),
    headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  expectOk(zipped);
  const damaged = await nobody.request('POST', '/api/auth/login', {
    raw: 'no gzip', headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  assert.equal(damaged.status, 400);
});

test('a body that is too large is refused, coded or not', async () => {
  const bomb = gzipSync(Buffer.alloc(64 << 20, 'a'), { level: 9 });
  const answer = await user.request('POST', '/api/bookmarks', {
    raw: bomb, headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
  });
  const problem = expectProblem(answer, 413, 'REQUEST_TOO_LARGE');
  assert.equal(problem.maxSize, '10mb');
  const head = `POST /api/bookmarks HTTP/1.1\r\n${bearer()}Content-Type: application/json\r\n`;
  const declared = await sendRaw(server.url, `${head}Content-Length: 10485761\r\nConnection: close\r\n\r\n`);
  assert.equal(statusOf(declared), 413);
  expectOk(await nobody.get('/healthz'));
});

test('long targets and headers are refused', async () => {
  const uri = await sendRaw(server.url, `GET /api/status?${'a'.repeat(17 << 10)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.equal(statusOf(uri), 414);
  assert.match(uri, /"code":"URI_TOO_LONG"/);
  const headers = await sendRaw(server.url, `GET /api/status HTTP/1.1\r\nHost: x\r\nX-A: ${'a'.repeat(66 << 10)}\r\n\r\n`);
  assert.equal(statusOf(headers), 431);
  assert.match(headers, /"code":"HEADERS_TOO_LARGE"/);
});

test('pipelined requests are answered in order', async () => {
  const count = 40;
  const id = (i) => `pipe-${i}`;
  const requests = Array.from({ length: count }, (_, i) => {
    const path = i % 3 === 0 ? '/api/bookmarks?limit=1' : i % 3 === 1 ? '/healthz' : '/api/none';
    const last = i === count - 1 ? 'Connection: close\r\n' : '';
    return `GET ${path} HTTP/1.1\r\n${bearer()}X-Request-ID: ${id(i)}\r\n${last}\r\n`;
  });
  const answer = await sendRaw(server.url, requests.join(''));
  const ids = [...answer.matchAll(/^x-request-id: (\S+)\r$/gim)].map((match) => match[1]);
  assert.deepEqual(ids, Array.from({ length: count }, (_, i) => id(i)));
  const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
  assert.deepEqual(statuses, Array.from({ length: count }, (_, i) => [200, 200, 404][i % 3]));
});

test('malformed HTTP is 400 and closes the connection', async () => {
  const cases = {
    'no version': 'GET /\r\n\r\n',
    'unknown version': 'GET / HTTP/9.9\r\nHost: x\r\n\r\n',
    'blank in a header name': 'GET / HTTP/1.1\r\nHost : x\r\n\r\n',
    'folded header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n',
    'NUL in a header': 'GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n',
    'two lengths': 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
    'negative length': 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'length and chunks': 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'bad chunk size': 'POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    'bad percent coding': 'GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n',
    'NUL in the path': 'GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n',
    'TLS hello': Buffer.from('16030100a5010000a10303000102030405060708', 'hex'),
    'only noise': Buffer.from([0, 1, 2, 3, 0x0d, 0x0a, 0x0d, 0x0a, 0xff]),
  };
  for (const [name, bytes] of Object.entries(cases)) {
    const answer = await sendRaw(server.url, bytes, { halfClose: true });
    const status = statusOf(answer);
    assert.ok(status >= 400 && status < 500 || status === 505 || answer === '', `${name}: ${answer}`);
    if (answer) assert.match(answer, /x-request-id:/i, name);
  }
  expectOk(await nobody.get('/healthz'));
});

test('a client that goes away in the middle does no harm', async () => {
  const head = `POST /api/bookmarks HTTP/1.1\r\n${bearer()}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"con`;
  const pieces = ['G', 'GET /api/book', head];
  await Promise.all(pieces.map((bytes) => sendRaw(server.url, bytes, { halfClose: true })));
  await until(async () => (await nobody.get('/healthz')).status === 200);
});

test('faulty query parameters are listed in schema order', async () => {
  const problem = expectProblem(
    await user.get('/api/bookmarks?limit=0&sortBy=size&categoryIds=abc&offset=10001&sortOrder=up'), 400, 'INVALID_QUERY_PARAMS');
  const faults = faultsOf(problem);
  for (const fault of ['categoryIds.0:invalid_string', 'sortBy:invalid_enum_value', 'sortOrder:invalid_enum_value',
    'limit:too_small', 'offset:too_big']) {
    assert.ok(faults.includes(fault), `${fault} in ${faults}`);
  }
  assert.ok(faults.indexOf('sortBy:invalid_enum_value') < faults.indexOf('limit:too_small'));
  const byName = Object.fromEntries(problem.details.map((fault) => [fault.path[0], fault]));
  assert.deepEqual(byName.sortBy.options, ['date', 'author', 'relevance']);
  assert.equal(byName.limit.minimum, 1);
  assert.equal(byName.limit.type, 'number');
  assert.equal(byName.offset.maximum, 10000);
  expectProblem(await user.get('/api/bookmarks?limit=ten'), 400, 'INVALID_QUERY_PARAMS');
  expectOk(await user.get('/api/bookmarks?hasMedia=perhaps&unknown=1'));
});

test('CORS: no headers for strangers', async () => {
  const stranger = await nobody.get('/health', { origin: 'https://evil.example' });
  assert.equal(stranger.headers.get('access-control-allow-origin'), null);
});
