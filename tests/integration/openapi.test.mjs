// The document of the interface: it is the one that is served, it has the routes that there are, and the check of all
// answers against it (tests/support/openapi.mjs) can fail.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { readYaml } from '../../cmake/yaml.mjs';
import { compareRoutes, operationsOf, routesOf } from '../../scripts/openapi_routes.mjs';
import { Client, expectHeaders, startTestServer, stopClean } from '../support/client.mjs';
import { Contract, document, expectDocumented, kDocumentFile } from '../support/openapi.mjs';
import { runCommand } from '../support/server.mjs';

const kPath = '/api/openapi.json';
const contract = new Contract(document);
let server;
let user;

before(async () => {
  server = await startTestServer();
  user = await new Client(server.url).register('interface_user');
});
after(() => stopClean(server));

/** The bytes as they come. */
function receive(headers) {
  return new Promise((resolve, reject) => {
    request(server.url + kPath, { headers }, (answer) => {
      const chunks = [];
      answer.on('data', (chunk) => chunks.push(chunk));
      answer.on('end', () => resolve({ headers: answer.headers, bytes: Buffer.concat(chunks) }));
    }).on('error', reject).end();
  });
}

/** Every object below `value` with its pointer. */
function* objectsOf(value, pointer = '') {
  if (value === null || typeof value !== 'object') return;
  yield { pointer, value };
  for (const [key, inner] of Object.entries(value)) {
    yield* objectsOf(inner, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`);
  }
}

test('the reader of the build understands the document as a complete one does', () => {
  const text = readFileSync(kDocumentFile, 'utf8');
  assert.deepEqual(document, parse(text));
  for (const broken of ['a: 1\na: 2', 'a: {b: 1, b: 2}', 'a: [1', 'a: &x 1', 'a: *x', 'a: |\n  b', 'a:\n\tb: 1', 'a: 1\n  b: 2', 'a: {b: c d}}', 'a: b: c', 'a']) {
    assert.throws(() => readYaml(broken), /^Error: line \d/, broken);
  }
});

test('the document is served to everybody, coded and with an ETag', async () => {
  const nobody = new Client(server.url);
  const answer = await nobody.get(kPath);
  assert.equal(answer.status, 200);
  expectHeaders(answer.headers);
  assert.deepEqual(answer.body, document);
  assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  assert.equal(answer.headers.get('cache-control'), 'private, no-cache');
  const again = await nobody.get(kPath, { 'if-none-match': answer.headers.get('etag') });
  assert.equal(again.status, 304);
  assert.equal(again.text, '');
  assert.equal((await nobody.get('/API/OpenAPI.json/')).text, answer.text);
  for (const [coding, decode] of Object.entries({ br: brotliDecompressSync, gzip: gunzipSync })) {
    const { headers, bytes } = await receive({ 'accept-encoding': coding });
    assert.equal(headers['content-encoding'], coding);
    assert.equal(decode(bytes).toString(), answer.text);
  }
});

test('the document and the table of routes agree', async () => {
  const { status, stdout } = await runCommand(['--print-routes']);
  assert.equal(status, 0);
  const table = JSON.parse(stdout);
  assert.ok(table.length > 30, stdout);
  assert.deepEqual(compareRoutes(table, document), []);
  // What lint reads in the source is what the program has.
  const parsed = routesOf(readFileSync(new URL('../../src/routes.cpp', import.meta.url), 'utf8'));
  const pick = ({ method, pattern, auth }) => ({ method, pattern, auth });
  assert.deepEqual(parsed.map(pick), table.map(pick));

  const [{ method, path }] = operationsOf(document).filter((each) => !each.isPlanned);
  const without = structuredClone(document);
  delete without.paths[path][method.toLowerCase()];
  assert.deepEqual(compareRoutes(table, without).map(({ text }) => text), [`${method} ${path} is not in docs/openapi.yaml`]);
  const planned = structuredClone(document);
  planned.paths[path][method.toLowerCase()]['x-planned'] = true;
  assert.match(compareRoutes(table, planned)[0].text, /x-planned/);
  assert.match(compareRoutes(table.slice(1), document)[0].text, /not served/);
});

test('references, schemas, parameters and operation ids hold', () => {
  for (const { pointer, value } of objectsOf(document)) {
    if (typeof value.$ref === 'string') assert.notEqual(contract.resolve(value.$ref.slice(1)).value, undefined, `${pointer}: ${value.$ref}`);
    if (pointer.endsWith('/schema') || /^\/components\/schemas\/[^/]+$/.test(pointer)) contract.schema(pointer);
  }
  const names = new Set();
  for (const { method, path, auth, operation } of operationsOf(document)) {
    const what = `${method} ${path}`;
    assert.ok(!names.has(operation.operationId), `${what}: ${operation.operationId} is used twice`);
    names.add(operation.operationId);
    const parameters = (operation.parameters ?? []).map((each) => (each.$ref ? contract.resolve(each.$ref.slice(1)).value : each));
    const inPath = parameters.filter((each) => each.in === 'path').map((each) => each.name);
    assert.deepEqual([...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1]), inPath, what);
    assert.equal(operation.security.length === 0, auth === 'none', `${what}: security`);
    assert.ok(operation.responses.default, `${what}: default`);
  }
});

test('every error code of a served route can be looked up', async () => {
  const codes = new Set();
  for (const { pointer, value } of objectsOf(document.paths)) {
    const [, path, method, , status] = pointer.split('/').map((key) => key.replaceAll('~1', '/'));
    // The codes of failures come with the routes' own (contract 1.2).
    if (!value.$ref?.endsWith('/Problem') || status === '500' || document.paths[path][method]['x-planned']) continue;
    value.properties.code.enum.forEach((code) => codes.add(code));
  }
  assert.ok(codes.size > 40);
  const unknown = [];
  for (const code of codes) {
    const { status } = await user.get(`/problems/${code.toLowerCase().replaceAll('_', '-')}`);
    if (status !== 200) unknown.push(code);
  }
  assert.deepEqual(unknown, []);
});

const kBookmark = '/data/bookmark';
const kMutations = [
  ['a key is missing', (answer) => delete answer.body.data.bookmark.title, `${kBookmark}: must have required property 'title'`],
  ['a key too much', (answer) => (answer.body.data.bookmark.extra = 1), `${kBookmark}: must NOT have unevaluated properties (extra)`],
  ['a key too much at the top', (answer) => (answer.body.extra = 1), '/: must NOT have additional properties (extra)'],
  ['another type', (answer) => (answer.body.data.bookmark.isArchived = 'no'), `${kBookmark}/isArchived: must be boolean`],
  ['null', (answer) => (answer.body.data.bookmark.content = null), `${kBookmark}/content: must be string`],
  ['a time without milliseconds', (answer) => (answer.body.data.bookmark.createdAt = '2026-01-01T00:00:00Z'), `${kBookmark}/createdAt: must match pattern`],
  ['an unknown word', (answer) => (answer.body.data.bookmark.postStatus = 'gone'), `${kBookmark}/postStatus: must be equal to one of the allowed values (available `],
  ['success is false', (answer) => (answer.body.success = false), '/success: must be equal to constant (true)'],
  ['no body', (answer) => (answer.body = undefined), '/: must be object'],
  ['another type of content', (answer) => answer.headers.set('content-type', 'text/html'), 'content type text/html is not among application/json'],
  ['no ETag', (answer) => answer.headers.delete('etag'), 'header ETag is missing'],
  ['a weak ETag', (answer) => answer.headers.set('etag', 'W/"1.1"'), 'header ETag: W/"1.1" must match pattern'],
  ['an unknown status', (answer) => (answer.status = 202), 'status 202 is not among 200,304'],
];

test('a wrong answer is told', async () => {
  const { id } = await user.addBookmark();
  const path = `/api/bookmarks/${id}`;
  const right = await user.get(path);
  for (const [what, change, fault] of kMutations) {
    const answer = { ...right, headers: new Headers(right.headers), body: structuredClone(right.body) };
    change(answer);
    const faults = contract.faultsOf('GET', path, answer);
    assert.ok(faults.some((text) => text.startsWith(fault)), `${what}: ${JSON.stringify(faults)}`);
    assert.throws(() => expectDocumented('GET', path, answer), (error) => error.message.includes(fault) && error.message.includes(path), what);
  }
});

test('a wrong problem is told', async () => {
  const path = '/api/bookmarks?limit=0&sortBy=x';
  const right = await user.get(path);
  assert.equal(right.status, 400);
  const range = right.body.details.findIndex(({ code }) => code === 'too_small');
  const changes = [
    [(body) => (body.code = 'INVALID_TAG_DATA'), '/code: must be equal to one of the allowed values (INVALID_QUERY_PARAMS '],
    [(body) => (body.status = 404), '/status: must be 400, is 404'],
    [(body) => (body.type = '/problems/other'), '/type: must be /problems/invalid-query-params'],
    [(body) => (body.error = 'other'), '/error: must be '],
    [(body) => (body.requestId = 'other'), '/requestId: must be '],
    [(body) => delete body.details[range].type, `/details/${range}: must have required property 'type'`],
    [(body) => (body.details[range].code = 'wrong'), `/details/${range}: value of tag "code" must be in oneOf`],
    [(body) => (body.stack = 'at main'), '/: must NOT have additional properties (stack)'],
  ];
  for (const [change, fault] of changes) {
    const answer = { ...right, body: structuredClone(right.body) };
    change(answer.body);
    const faults = contract.faultsOf('GET', path, answer);
    assert.ok(faults.some((text) => text.startsWith(fault)), `${fault}: ${JSON.stringify(faults)}`);
  }
});

test('an answer of what the document does not have is told', () => {
  const headers = new Headers({ 'content-type': 'application/json', 'x-request-id': 'a' });
  const served = { status: 200, headers, body: { success: true }, text: '{}' };
  assert.match(contract.faultsOf('GET', '/api/unknown', served)[0], /does not have/);
  assert.match(contract.faultsOf('PUT', '/api/status', served)[0], /does not have/);
  assert.deepEqual(contract.faultsOf('GET', '/some/page', served), []);
  const planned = structuredClone(document);
  planned.paths['/api/status'].get['x-planned'] = true;
  assert.match(new Contract(planned).faultsOf('GET', '/api/status', served)[0], /x-planned/);
});
