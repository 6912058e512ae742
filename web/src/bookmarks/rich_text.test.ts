import assert from 'node:assert/strict';
import { test } from 'node:test';
import { excerpt, safeHref, toPieces, toUtf16 } from './rich_text';

const join = (pieces: { text: string }[]) => pieces.map((piece) => piece.text).join('');
const marked = (text: string, highlights: [number, number][]) =>
  toPieces(text, highlights).filter((piece) => piece.marked).map((piece) => piece.text);

test('offsets are code points, not UTF-16 units', () => {
  assert.deepEqual(marked('🍝🍜 今日の料理です', [[6, 8]]), ['料理']);
  assert.deepEqual(toUtf16('𠮷野家', [[1, 3]]), [[2, 4]]);
});

test('neighbouring and repeated hits', () => {
  assert.deepEqual(marked('料理料理', [[0, 2], [2, 4]]), ['料理', '料理']);
});

test('damaged ranges are cut or dropped', () => {
  assert.deepEqual(marked('abc', [[1, 99]]), ['bc']);
  assert.deepEqual(marked('abc', [[2, 1], [5, 9]]), []);
  assert.deepEqual(marked('abcdef', [[0, 4], [2, 6]]), ['abcd']);
});

test('pieces put together are the text', () => {
  const text = '見て https://example.com/a?b=1。続き (http://x.jp/料理).';
  assert.equal(join(toPieces(text, [[0, 2], [8, 15], [30, 34]])), text);
});

test('links end before punctuation and Japanese text', () => {
  const links = toPieces('見てhttps://example.com/a、次 http://example.org.', []).filter((piece) => piece.href);
  assert.deepEqual(links.map((piece) => piece.text), ['https://example.com/a', 'http://example.org']);
});

test('a hit inside a link keeps the link', () => {
  const pieces = toPieces('https://example.com/pasta', [[20, 25]]);
  assert.deepEqual(pieces.map((piece) => [piece.text, piece.marked]), [['https://example.com/', false], ['pasta', true]]);
  assert.ok(pieces.every((piece) => piece.href === 'https://example.com/pasta'));
});

test('only http and https become links', () => {
  assert.equal(safeHref('javascript:alert(1)'), null);
  assert.equal(safeHref('data:text/html,x'), null);
  assert.equal(safeHref('//example.com'), null);
  assert.equal(safeHref('https://x.com/a/status/1'), 'https://x.com/a/status/1');
});

test('an excerpt begins at the front, or near the first hit', () => {
  const long = 'あ'.repeat(900) + '料理' + 'い'.repeat(900);
  const front = excerpt(long, [], 500);
  assert.deepEqual([Array.from(front.text).length, front.cutBefore, front.cutAfter], [500, false, true]);
  const hit = excerpt(long, [[900, 902]], 500);
  assert.ok(hit.cutBefore && hit.cutAfter);
  assert.deepEqual(toPieces(hit.text, hit.highlights).filter((piece) => piece.marked).map((piece) => piece.text), ['料理']);
});

test('an excerpt does not split a surrogate pair, and short texts stay whole', () => {
  assert.equal(excerpt('🍜'.repeat(1000), [], 500).text, '🍜'.repeat(500));
  assert.equal(excerpt('a'.repeat(600), [], 500).cutAfter, false);
});
