// The benchmark's own arithmetic and its reading of what other programs print: node --test bench/lib
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseTerms, countPairs } from '../rows/search.mjs';
import { plainAnswer } from '../rows/hit.mjs';
import { draw, makeTree, parseStacks } from './flame.mjs';
import { readPgbench } from './pgbench.mjs';
import { barValue, plot } from './plot.mjs';
import { readCpuMicros } from './processes.mjs';
import { markdown, rowText, shown, verdict } from './report.mjs';
import { readAnswer } from './requests.mjs';
import { fulfilment, median, meets, percentile, ratioOf, summaries } from './statistics.mjs';
import { signToken } from './tokens.mjs';
import { readWrk } from './wrk.mjs';

test('median and percentile', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.9), 9);
  assert.equal(percentile([5], 0.99), 5);
});

test('a metric that one round lacks has no summary', () => {
  const found = summaries([{ a: 1, b: 2 }, { a: 3, b: null }]);
  assert.deepEqual(found, { a: { median: 2, min: 1, max: 3, rounds: 2 } });
});

test('a ratio is taken round by round, so that a slow minute changes nothing', () => {
  const ours = [{ x: 80 }, { x: 40 }, { x: 160 }];
  const theirs = [{ x: 100 }, { x: 50 }, { x: 200 }];
  assert.deepEqual(ratioOf(ours, theirs, 'x'), { median: 0.8, min: 0.8, max: 0.8, rounds: 3 });
});

test('targets and how far they are passed', () => {
  assert.ok(meets(0.8, { atLeast: 0.8 }) && !meets(0.79, { atLeast: 0.8 }));
  assert.ok(meets(1.35, { atMost: 1.35 }) && !meets(1.36, { atMost: 1.35 }) && !meets(NaN, { atMost: 1 }));
  assert.equal(fulfilment(0.4, { atLeast: 0.8 }), 0.5);
  assert.equal(fulfilment(2, { atMost: 4 }), 2);
  const ratio = { median: 1.2, target: { atMost: 1.35 }, beyond: { atMost: 1.1 } };
  assert.equal(verdict(ratio), 'met');
  assert.equal(verdict({ ...ratio, median: 1.05 }), 'met, and beyond');
  assert.equal(verdict({ ...ratio, median: 1.4 }), 'missed');
  assert.equal(barValue({ median: 0, target: { atMost: 0 } }), 8);
});

test('what wrk says', () => {
  const line = 'Requests/sec: 1\nXBM {"requests":1000,"durationUs":2000000,"bytes":100000,"p50Us":100,"p95Us":200,"p99Us":300,'
    + '"connect":0,"read":1,"write":0,"timeout":2,"status":4}\n';
  const said = readWrk(line);
  assert.equal(said.requestsPerSecond, 500);
  assert.equal(said.p99Ms, 0.3);
  assert.equal(said.bytesEach, 100);
  assert.equal(said.failures, 7);
  assert.throws(() => readWrk('unable to connect'));
});

test('what pgbench says', () => {
  const said = 'number of failed transactions: 0 (0.000%)\nlatency average = 0.712 ms\ntps = 22461.5 (without initial connection time)\n';
  assert.equal(readPgbench(said).requestsPerSecond, 22461.5);
  assert.throws(() => readPgbench(said.replace('transactions: 0', 'transactions: 3')));
});

test('processor time of a process whose name has blanks and parentheses', () => {
  const stat = `7 (a) b (c) S ${Array.from({ length: 10 }, (_, i) => i).join(' ')} 250 50 9 9`;
  assert.equal(readCpuMicros(stat), 3_000_000);
});

test('an answer is complete with its last byte', () => {
  const bytes = Buffer.from(plainAnswer(300));
  assert.equal(bytes.length, 300);
  assert.equal(readAnswer(bytes.subarray(0, 299)), null);
  assert.equal(readAnswer(bytes).status, 200);
  assert.equal(readAnswer(Buffer.from('HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n')).body.length, 0);
});

test('terms are counted once a text', () => {
  assert.equal(countPairs(['料理料理', '料理']).get('料理'), 2);
  const texts = Array.from({ length: 20 }, (_, i) => (i < 4 ? '料理' : '') + (i < 10 ? '読書' : ''));
  assert.deepEqual(chooseTerms(texts), { rare: { term: '料理', hits: 4 }, frequent: { term: '読書', hits: 10 } });
});

test('a token has three parts and our claims', () => {
  const [, payload] = signToken({ id: 'i', name: 'n' }, 'secret', 1_000_000).split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url'));
  assert.equal(claims.iat, 1000);
  assert.equal(claims.aud, 'x-bookmarker-app');
});

test('report and picture hold every ratio', () => {
  const ratio = { name: 'a < b', median: 0.5, min: 0.4, max: 0.6, rounds: 3, target: { atLeast: 0.8 } };
  const result = { at: '2026-01-02T00:00:00Z', commit: 'abc', settings: { rounds: 3, seconds: 5 }, notes: [], ratios: [ratio],
    contestants: [{ name: 'we', metrics: { requestsPerSecond: { median: 12345.6, min: 1, max: 2, rounds: 3 } } }] };
  const machine = { processor: 'p', cores: 2, memoryGiB: 8, kernel: 'Linux 6', node: '18' };
  const text = markdown({ machine, rows: { r: result } }, [{ name: 'r', about: 'row' }, { name: 's', about: 'other' }], { t: 'no feature' });
  assert.match(text, /\| r \| a < b \| 0\.500 \| ≥ 0\.8 \| missed \|/);
  assert.match(text, /\| s \| not run yet \|\n\| t \| no feature \|/);
  assert.match(text, /12,346 \(1–2\)/);
  assert.match(rowText('r', result), /MISSED a < b: 0\.500 \(0\.400–0\.600\), target ≥ 0\.8/);
  assert.match(plot([['r', ratio]]), /r: a &lt; b<\/text>[^]*0\.50 \(≥ 0\.8\)/);
  assert.equal(shown(1234567.891, 2), '1,234,567.89');
});

test('stacks of perf become a flame graph', () => {
  const stacks = parseStacks('server\n\t 1a f(int)\n\t 2b std::vector<int>::g(a<b>)\n\t 3c main\n\nserver\n\t 9 h\n\t 3c main\n\n');
  assert.deepEqual(stacks, [['main', 'std::vector::g', 'f'], ['main', 'h']]);
  const tree = makeTree([...stacks, ['main', 'main', 'h']]);
  assert.equal(tree.value, 3);
  assert.equal(tree.children.get('main').children.get('h').value, 2);
  const picture = draw('a < b', tree);
  assert.match(picture, /a &lt; b/);
  assert.match(picture, /<title>h 66\.7 %<\/title>/);
});
