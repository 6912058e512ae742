// What a hostile client sends over a raw socket: requests that two programs would cut differently, requests that never end,
// bodies that unpack to gigabytes. The server answers briefly, closes, and stays as small as it was.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { constants, deflateRawSync, gzipSync } from 'node:zlib';
import { Client, expectOk, sendRaw, startTestServer, stopClean } from '../support/client.mjs';

const kMiB = 1 << 20;
const kGrowthMax = 96 * kMiB; // of one attack; what it would unpack to is a hundred times as much
const kCanary = '/api/canary-of-the-second-request';
let server;
let user;

before(async () => {
  server = await startTestServer({ env: { MAX_UPLOAD_SIZE: '64m' } });
  user = await new Client(server.url).register('attacked');
});
after(() => stopClean(server));

const statusesOf = (text) => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1]));
const bearer = () => `Authorization: Bearer ${user.token}\r\n`;
const alive = async () => expectOk(await user.get('/healthz'));

async function residentBytes() {
  const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
  return Number(status.match(/VmRSS:\s+(\d+) kB/)[1]) * 1024;
}

/** The largest growth of the server's memory while `action` runs, in bytes. */
async function growthDuring(action) {
  const start = await residentBytes();
  let most = start;
  let ended = false;
  const watch = (async () => {
    while (!ended) {
      most = Math.max(most, await residentBytes());
      await sleep(10);
    }
  })();
  try {
    return { result: await action(), get growth() { return most - start; } };
  } finally {
    ended = true;
    await watch;
  }
}

// Each is followed by a request for the canary: whoever takes the body for a request answers it.
const kAmbiguous = {
  'length and chunks': 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n',
  'chunks and length': 'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n',
  'two lengths': 'Content-Length: 4\r\nContent-Length: 0\r\n',
  'two lengths in one': 'Content-Length: 4, 0\r\n',
  'a positive sign': 'Content-Length: +4\r\n',
  'a negative length': 'Content-Length: -4\r\n',
  'a hexadecimal length': 'Content-Length: 0x4\r\n',
  'a length that overflows': 'Content-Length: 18446744073709551620\r\n',
  'a length with a blank': 'Content-Length: 4 4\r\n',
  'an empty length': 'Content-Length:\r\n',
  'a blank before the colon': 'Transfer-Encoding : chunked\r\n',
  'a blank before the colon of the length': 'Content-Length : 4\r\n',
  'an unknown coding': 'Transfer-Encoding: xchunked\r\n',
  'chunked not last': 'Transfer-Encoding: chunked, identity\r\n',
  'chunked twice': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n',
  'chunked and another': 'Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n',
  'a quoted coding': 'Transfer-Encoding: "chunked"\r\n',
  'a vertical tab': 'Transfer-Encoding: \x0bchunked\r\n',
  'a NUL in the name': 'Transfer-Encod\0ing: chunked\r\n',
  'a NUL in the value': 'Transfer-Encoding: chunked\0\r\n',
  'a folded coding': 'Transfer-Encoding:\r\n chunked\r\n',
  'a folded first line': ' X: y\r\nContent-Length: 4\r\n',
  'a bare line feed': 'X: y\nTransfer-Encoding: chunked\r\n',
  'a bare carriage return': 'X: y\rTransfer-Encoding: chunked\r\n',
  'a line without a colon': 'Transfer-Encoding\r\n',
  'an empty name': ': chunked\r\n',
};

test('a request whose length is ambiguous ends the connection; nothing behind it is served', async () => {
  for (const [name, framing] of Object.entries(kAmbiguous)) {
    const bytes = `POST /api/auth/login HTTP/1.1\r\nHost: x\r\n${bearer()}Content-Type: application/json\r\n${framing}\r\n` +
      `0\r\n\r\nGET ${kCanary} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const answer = await sendRaw(server.url, Buffer.from(bytes, 'latin1'), { halfClose: true });
    const statuses = statusesOf(answer);
    assert.equal(statuses.length, 1, `${name}: ${answer}`);
    assert.ok([400, 501].includes(statuses[0]), `${name}: ${answer}`);
    assert.ok(!answer.includes('canary'), name);
    assert.match(answer, /\r\nconnection: close\r\n/i, name);
  }
  await alive();
});

test('HTTP/1.0 knows no chunks', async () => {
  const answer = await sendRaw(server.url,
    `POST /api/auth/login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET ${kCanary} HTTP/1.1\r\nHost: x\r\n\r\n`,
    { halfClose: true });
  assert.deepEqual(statusesOf(answer), [400]);
});

test('chunks that are not what they say', async () => {
  const bodies = {
    'no number': 'zz\r\nab\r\n0\r\n\r\n', 'a sign': '+2\r\n{}\r\n0\r\n\r\n', 'a minus': '-2\r\n{}\r\n0\r\n\r\n',
    'a prefix': '0x2\r\n{}\r\n0\r\n\r\n', 'an overflow': '10000000000000002\r\n{}\r\n0\r\n\r\n',
    'a blank in front': ' 2\r\n{}\r\n0\r\n\r\n', 'a longer chunk': '2\r\n{} \r\n0\r\n\r\n',
    'a bare line feed': '2\n{}\n0\n\n', 'an empty size': '\r\n{}\r\n0\r\n\r\n',
    'a line feed in an extension': '2;a\nb\r\n{}\r\n0\r\n\r\n', 'a huge extension': `2;${'a'.repeat(1 << 20)}\r\n{}\r\n0\r\n\r\n`,
  };
  for (const [name, body] of Object.entries(bodies)) {
    const answer = await sendRaw(server.url,
      `POST /api/bookmarks HTTP/1.1\r\nHost: x\r\n${bearer()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
      `${body}GET ${kCanary} HTTP/1.1\r\nHost: x\r\n\r\n`, { halfClose: true });
    const statuses = statusesOf(answer);
    assert.equal(statuses.length, 1, `${name}: ${answer}`);
    assert.equal(statuses[0], 400, name);
    assert.match(answer, /The chunked body is malformed|MALFORMED/, `${name}: ${answer}`);
  }
  await alive();
});

test('trailers are no headers, and a pipelined request has no credentials but its own', async () => {
  const answer = await sendRaw(server.url,
    `POST /api/bookmarks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
    `2\r\n{}\r\n0\r\n${bearer()}\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.equal(statusesOf(answer)[0], 401, answer);
  const pair = await sendRaw(server.url,
    `GET /api/bookmarks HTTP/1.1\r\nHost: x\r\n${bearer()}\r\nGET /api/bookmarks HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  assert.deepEqual(statusesOf(pair), [200, 401]);
});

test('methods and hosts', async () => {
  const get = (line, host = 'Host: x\r\n') =>
    sendRaw(server.url, `${line}\r\n${host}Connection: close\r\n\r\n`, { halfClose: true }).then((text) => statusesOf(text));
  for (const line of ['TRACE / HTTP/1.1', 'CONNECT example.com:443 HTTP/1.1', 'PRI * HTTP/2.0', 'A'.repeat(5000) + ' / HTTP/1.1',
    'GET  / HTTP/1.1', 'GET /\t HTTP/1.1', 'G\0T / HTTP/1.1', 'GET / HTTP/1.1 ', 'get /healthz HTTP/1.1']) {
    const [status] = await get(line);
    assert.ok(status >= 400 && status <= 505 && status !== 500, `${line.slice(0, 30)}: ${status}`);
  }
  assert.deepEqual(await get('GET /healthz HTTP/1.1', ''), [400]);
  assert.deepEqual(await get('GET /healthz HTTP/1.1', 'Host: a\r\nHost: b\r\n'), [400]);
  for (const [name, value] of [['Host', 'evil.example'], ['X-Forwarded-Host', 'evil.example'], ['X-Original-URL', '/api/user']]) {
    const text = await sendRaw(server.url, `GET /api/auth/x HTTP/1.1\r\n${name === 'Host' ? '' : 'Host: x\r\n'}${name}: ${value}\r\n` +
      'Connection: close\r\n\r\n');
    assert.ok(!/^location:.*evil\.example/im.test(text), text);
  }
});

test('bombs of headers and targets', async () => {
  const send = async (head) => statusesOf(await sendRaw(server.url, head))[0];
  const { growth } = await growthDuring(async () => {
    assert.equal(await send(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(65 << 10)}\r\n\r\n`), 431);
    assert.equal(await send(`GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(10_000)}\r\n`), 431);
    assert.equal(await send(`GET / HTTP/1.1\r\nHost: x\r\nCookie: ${'a=b; '.repeat(16 << 10)}\r\n\r\n`), 431);
    assert.equal(await send(`GET /${'a'.repeat(17 << 10)} HTTP/1.1\r\nHost: x\r\n\r\n`), 414);
    assert.equal(await send(`GET /${'a'.repeat(100 << 10)}`), 414);
    // Who goes on sending after that may find the connection reset before he reads the answer.
    assert.ok([414, undefined].includes(await send(`GET /${'a'.repeat(8 << 20)}`)));
    assert.equal(await send('\r\n'.repeat(100_000)), 400);
  });
  assert.ok(growth < kGrowthMax, `${growth} bytes`);
  await alive();
});

test('many parameters cost no more than their bytes', async () => {
  const names = Array.from({ length: 1500 }, (_, i) => `k${i}=1`).join('&');
  const json = `{${Array.from({ length: 200_000 }, (_, i) => `"k${i}":1`).join()}}`;
  const form = Array.from({ length: 200_000 }, (_, i) => `k${i}=1`).join('&');
  const start = Date.now();
  assert.ok((await user.get(`/api/bookmarks?${names}`)).status < 500);
  assert.ok((await user.get(`/api/bookmarks?${'limit=1&'.repeat(1800)}limit=1`)).status < 500);
  for (const [type, raw] of [['application/json', json], ['application/x-www-form-urlencoded', form],
    ['application/json', `{"content":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`],
    ['application/json', '['.repeat(9_000_000)], ['application/json', `{"content":1${'0'.repeat(1_000_000)}}`]]) {
    const answer = await user.request('POST', '/api/bookmarks', { raw, headers: { 'content-type': type } });
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}: ${answer.text.slice(0, 200)}`);
  }
  assert.ok(Date.now() - start < 10_000, 'seconds of work for kilobytes');
  await alive();
});

test('headers cannot be split by what is reflected in them', async () => {
  const inject = '%0d%0aX-Injected:%201%0d%0a%0d%0a';
  for (const path of [`/api/files/exports/a/${inject}`, `/api/auth/x/callback?state=${inject}&code=${inject}`, `/api/auth/x?redirect=${inject}`,
    `/api/jobs/${inject}`, `/${inject}`, `/api/bookmarks?cursor=${inject}`]) {
    const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\n${bearer()}Origin: http://a${'\t'}b\r\n` +
      'X-Request-ID: a\tb\r\nAccept: text/html\r\nConnection: close\r\n\r\n');
    const head = answer.slice(0, answer.indexOf('\r\n\r\n'));
    assert.ok(statusesOf(head)[0] < 500, `${path}: ${head}`);
    assert.ok(!/^x-injected/im.test(head), head);
  }
});

test('no path leads out of the directories', async () => {
  const ups = ['..', '%2e%2e', '%252e%252e', '.%2e', '..%00', '..;', '%c0%ae%c0%ae', '..%5c'];
  for (const prefix of ['', '/assets', '/api/files/exports', `/api/files/exports/${user.user.id}`, `/api/files/info/${user.user.id}`]) {
    for (const up of ups) {
      for (const slash of ['/', '%2f', '\\', '%5c', '//']) {
        const path = `${prefix}/${Array(8).fill(up).join(slash)}${slash}etc${slash}passwd`;
        const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\n${bearer()}Connection: close\r\n\r\n`);
        const [status] = statusesOf(answer);
        assert.ok(status >= 400 && status < 500, `${path}: ${answer.slice(0, 300)}`);
        assert.ok(!answer.includes('root:'), path);
      }
    }
  }
  for (const path of ['//etc/passwd', '/%2fetc/passwd', '/file:///etc/passwd', '/assets/%00', '/.git/config', '/api/files/exports//etc/passwd']) {
    const answer = await sendRaw(server.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    assert.ok(!answer.includes('root:') && statusesOf(answer)[0] < 500, path);
  }
});

test('forms of many, endless and nameless parts', async () => {
  const post = (boundary, body) => user.request('POST', '/api/import/validate', {
    raw: Buffer.from(body, 'latin1'), headers: { 'content-type': `multipart/form-data; boundary=${boundary}` } });
  const part = (name, value = 'x') => `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = (name) => `--B\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n[]\r\n--B--\r\n`;
  const { growth } = await growthDuring(async () => {
    const bodies = {
      'many parts': part('a').repeat(50_000), 'a long header': part('a'.repeat(1 << 20)), 'no end': part('a', 'x'.repeat(kMiB)),
      'no part': 'x'.repeat(kMiB), 'only boundaries': '--B\r\n'.repeat(100_000), 'a large field': part('source', 'x'.repeat(4 * kMiB)),
      'two files': file('a.json').replace('--B--', '--B') + file('b.json'), 'nothing': '',
    };
    for (const [name, body] of Object.entries(bodies)) {
      const answer = await post('B', body);
      assert.ok(answer.status >= 400 && answer.status < 500, `${name}: ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    assert.equal((await post('B'.repeat(71), file('a.json'))).status, 415, 'a boundary of more than 70 characters');
  });
  assert.ok(growth < kGrowthMax, `${growth} bytes`);
  for (const name of ['../../../etc/cron.d/x.json', '..\\\\x.json', '/etc/passwd.json', 'a\0.json', 'a%00.json']) {
    assert.ok((await post('B', file(name))).status < 500, name);
  }
  await alive();
});

// 64 MiB of zeros that do not end; repeated and ended by an empty last block they are as many as wanted.
const endlessZeros = deflateRawSync(Buffer.alloc(64 * kMiB), { level: 9, finishFlush: constants.Z_FULL_FLUSH });
const zeros = (gigabytes) => Buffer.concat([...Array(16 * gigabytes).fill(endlessZeros), Buffer.from([3, 0])]);

test('a coded body of 10 GB is refused at its limit', async () => {
  const bomb = Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), zeros(10)]);
  const coded = bomb.subarray(0, 64 << 10);
  const members = Buffer.concat(Array(160).fill(gzipSync(Buffer.alloc(64 * kMiB), { level: 9 })));
  const { growth } = await growthDuring(async () => {
    for (const [coding, raw, expected] of [['gzip', bomb, 413], ['gzip', members, 413], ['br', coded, 415], ['zstd', coded, 415],
      ['gzip, gzip', coded, 415], ['deflate', coded, 415]]) {
      const head = `POST /api/bookmarks HTTP/1.1\r\nHost: x\r\n${bearer()}Content-Type: application/json\r\n` +
        `Content-Encoding: ${coding}\r\nContent-Length: ${raw.length}\r\n\r\n`;
      const answer = await sendRaw(server.url, Buffer.concat([Buffer.from(head), raw]));
      assert.equal(statusesOf(answer)[0], expected, `${coding}: ${answer}`);
    }
  });
  assert.ok(growth < kGrowthMax, `${growth} bytes`);
  await alive();
});

/** A zip archive of `[name, deflated bytes, size that it tells]`. */
function archive(entries) {
  const local = [];
  const central = [];
  let offset = 0;
  for (const [name, bytes, told] of entries) {
    const fields = (signature, extra) => {
      const head = Buffer.alloc(extra ? 46 : 30);
      let at = head.writeUInt32LE(signature);
      if (extra) at = head.writeUInt16LE(20, at);
      at = head.writeUInt16LE(20, at);
      at = head.writeUInt16LE(0, at);
      at = head.writeUInt16LE(8, at) + 8; // deflated; no time, no checksum
      at = head.writeUInt32LE(bytes.length, at);
      at = head.writeUInt32LE(told, at);
      head.writeUInt16LE(name.length, at);
      if (extra) head.writeUInt32LE(offset, 42);
      return head;
    };
    const piece = Buffer.concat([fields(0x04034b50, false), Buffer.from(name), bytes]);
    central.push(fields(0x02014b50, true), Buffer.from(name));
    local.push(piece);
    offset += piece.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

test('archives that unpack to gigabytes, hold archives or never end', { timeout: 240_000 }, async () => {
  const small = deflateRawSync(Buffer.from('[]'));
  const inner = archive([['bookmarks.json', zeros(1), 1 << 30]]);
  const files = {
    'bomb.zip': archive([['data/tweets.js', zeros(10), 2]]),
    'bomb.json.gz': Buffer.concat([Buffer.from('1f8b0800000000000003', 'hex'), zeros(10)]),
    'nested.zip': archive([['inner.zip', deflateRawSync(inner), inner.length]]),
    'many.zip': archive(Array.from({ length: 60_000 }, (_, i) => [`${i}.json`, small, 2])),
    'outside.zip': archive([['../../../../etc/cron.d/x.json', small, 2], ['/etc/x.json', small, 2]]),
    'cut.zip': archive([['a.json', zeros(1), 2]]).subarray(0, 2000),
    'lies.zip': archive([['a.json', small, 0xfffffffe]]),
  };
  const { growth } = await growthDuring(async () => {
    for (const [name, bytes] of Object.entries(files)) {
      const start = Date.now();
      const answer = await user.upload(name, bytes);
      assert.ok(answer.status < 500, `${name}: ${answer.text}`);
      if (answer.status !== 202) continue;
      const status = await user.waitForImport(answer.body.jobId);
      assert.equal(status.result?.imported ?? 0, 0, `${name}: ${JSON.stringify(status)}`);
      assert.ok(Date.now() - start < 60_000, `${name} took ${Date.now() - start} ms`);
    }
  });
  assert.ok(growth < 2 * kGrowthMax, `${growth} bytes`);
  await alive();
});

/** Sends `head`, then `piece` every `everyMs` until the server closes; the answer and after how long. */
function dribble(head, piece, everyMs) {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve) => {
    const start = Date.now();
    let text = '';
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.write(head));
    const timer = setInterval(() => socket.write(piece), everyMs);
    socket.setEncoding('latin1').on('data', (chunk) => (text += chunk)).on('error', () => {});
    socket.on('close', () => {
      clearInterval(timer);
      resolve({ text, ms: Date.now() - start });
    });
  });
}

test('who sends slowly is not waited for', { timeout: 90_000 }, async () => {
  const post = `POST /api/bookmarks HTTP/1.1\r\nHost: x\r\n${bearer()}Content-Type: application/json\r\nContent-Length: 100\r\n\r\n`;
  const slow = Array.from({ length: 200 }, () => dribble('GET / HTTP/1.1\r\nHost: x\r\n', 'a: b\r\n', 500));
  const byBytes = dribble('G', 'E', 700);
  const silent = dribble('GET / HT', '', 60_000);
  const body = dribble(`${post}{`, '', 60_000);
  await alive();
  const quick = Date.now();
  for (let i = 0; i < 20; ++i) expectOk(await user.get('/api/bookmarks'));
  assert.ok(Date.now() - quick < 5000, 'others are served meanwhile');
  for (const { text, ms } of await Promise.all([...slow, byBytes, silent])) {
    assert.ok(ms >= 8000 && ms < 18_000, `${ms} ms`);
    assert.equal(statusesOf(text)[0], 408, text);
  }
  const { text, ms } = await body;
  assert.ok(ms >= 28_000 && ms < 40_000, `${ms} ms`);
  assert.equal(statusesOf(text)[0], 408, text);
  await alive();
});

test('who reads slowly costs bounded memory', { timeout: 60_000 }, async () => {
  await user.importFile('posts.json', JSON.stringify(Array.from({ length: 100 }, (_, i) =>
    ({ id: String(5_000_000 + i), text: `post ${i} ${'text '.repeat(600)}`, author: 'ada' }))));
  const { hostname, port } = new URL(server.url);
  const request = `GET /api/bookmarks?limit=100 HTTP/1.1\r\nHost: x\r\n${bearer()}\r\n`;
  const sockets = [];
  const { growth } = await growthDuring(async () => {
    for (let i = 0; i < 50; ++i) {
      const socket = connect({ host: hostname, port: Number(port) });
      socket.on('error', () => {});
      socket.pause();
      socket.write(request.repeat(500));
      sockets.push(socket);
    }
    await sleep(4000);
    await alive();
  });
  sockets.forEach((socket) => socket.destroy());
  assert.ok(growth < 2 * kGrowthMax, `${growth} bytes for ${50 * 500} requests of 300 KB`);
  await alive();
});
