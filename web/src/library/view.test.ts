import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asTyped, kEverything, kTextLengthMax, lastDay, period, readView, toggled, toQuery, writeView, type View } from './view';

const full: View = {
  text: '料理 -"a b"', categories: ['c1', 'c2'], uncategorized: true, tags: ['夕食', 'a&b'], author: 'cook_jp', from: '2025-12', to: '2026-02', archived: true, sort: 'newest',
};

test('a view survives the address', () => {
  assert.deepEqual(readView(writeView(full)), full);
  assert.deepEqual(readView(writeView(kEverything)), kEverything);
  assert.equal(writeView(kEverything), '');
});

test('unknown, repeated and empty values are ignored', () => {
  assert.deepEqual(readView('?x=1&sort=foo&archived=yes&tag=a&tag=a&tag=&category='), { ...kEverything, tags: ['a'] });
});

test('a list asks for no order, a search does', () => {
  assert.equal(toQuery(kEverything, 'UTC')['sortBy'], undefined);
  assert.equal(toQuery({ ...kEverything, text: ' a ' }, 'UTC')['text'], 'a');
  assert.equal(toQuery({ ...kEverything, text: 'a' }, 'UTC')['sortBy'], 'relevance');
  assert.equal(toQuery(full, 'UTC')['sortBy'], 'date');
});

test('the last word may still be typed', () => {
  for (const text of ['tech', '料理 tech', '技術AI', 'a -b c', 'tag:x tech', '"a b" tech', '.net', 'node.js', 'Жизнь', 'café']) {
    assert.equal(asTyped(text), `${text}*`);
  }
  for (const text of ['', '料理', 'AI技術', 'テク', '기술', 'tech*', 'c++', '-tech', '"tech', '"a b', '"a b"', 'tag:tech', 'a OR', 'OR']) {
    assert.equal(asTyped(text), text);
  }
  assert.equal(asTyped('tech '), 'tech');
  assert.equal(asTyped(' tech　'), 'tech');
  assert.equal(asTyped('a'.repeat(kTextLengthMax)).length, kTextLengthMax);
  assert.equal(toQuery({ ...kEverything, text: 'tech' }, 'UTC')['text'], 'tech*');
});

test('archived is asked for only when wanted', () => {
  assert.equal(toQuery(kEverything, 'UTC')['isArchived'], undefined);
  assert.equal(toQuery(full, 'UTC')['isArchived'], true);
});

test('toggled', () => {
  assert.deepEqual(toggled(['a'], 'b'), ['a', 'b']);
  assert.deepEqual(toggled(['a', 'b'], 'a'), ['b']);
});

test('a period has two months in their order, and ends with its last day', () => {
  assert.deepEqual(period('2026-03', '2025-11'), { from: '2025-11', to: '2026-03' });
  assert.deepEqual(period('2026-13', '2026-01'), { from: '', to: '' });
  assert.deepEqual(readView('?from=2026-01'), kEverything);
  assert.deepEqual(['2026-02', '2028-02', '2026-12'].map(lastDay), ['2026-02-28', '2028-02-29', '2026-12-31']);
  assert.equal(toQuery(full, 'UTC')['dateTo'], '2026-02-28');
});
