import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kEverything, type View } from '../library/view';
import { complete, openAt } from './completion';
import { monthsBetween } from './months';
import { pastTexts, queryOf, viewOf } from './saved';

test('a value is completed where the caret is', () => {
  assert.deepEqual(openAt('料理 tag:夕', 8), { kind: 'tags', typed: '夕', from: 7, to: 8 });
  assert.deepEqual(openAt('-author:@co rest', 11), { kind: 'authors', typed: 'co', from: 8, to: 11 });
  assert.deepEqual(openAt('category:"To re', 15), { kind: 'categories', typed: 'To re', from: 9, to: 15 });
  assert.deepEqual(openAt('TAG:', 4), { kind: 'tags', typed: '', from: 4, to: 4 });
  for (const text of ['tag:a ', 'xtag:a', 'tag:"a" ', 'tag', 'has:media']) assert.equal(openAt(text, text.length), null, text);
});

test('in the middle of a text only the value is replaced', () => {
  const open = openAt('tag:ab cd', 5);
  assert.deepEqual(open, { kind: 'tags', typed: 'a', from: 4, to: 6 });
  assert.deepEqual(open && complete('tag:ab cd', open, 'xyz'), { text: 'tag:xyz cd', caret: 8 });
});

test('a value with blanks is quoted', () => {
  const text = 'ramen category:"To';
  const open = openAt(text, text.length);
  assert.deepEqual(open && complete(text, open, 'To read'), { text: 'ramen category:"To read" ', caret: 25 });
  const tag = openAt('tag:', 4);
  assert.equal(tag && complete('tag:', tag, 'a"b').text, 'tag:"a b" ');
});

test('a view survives as a saved query', () => {
  const views: View[] = [
    kEverything,
    { ...kEverything, text: '料理 -"a b"', sort: 'newest', tags: ['夕食'], author: 'cook', from: '2025-11', to: '2026-02' },
    { ...kEverything, categories: ['c1'], archived: true },
    { ...kEverything, uncategorized: true },
  ];
  for (const view of views) assert.deepEqual(viewOf(queryOf(view)), view);
  assert.deepEqual(queryOf(kEverything), {});
});

test('what others saved is read as far as the page knows it', () => {
  assert.equal(viewOf({ dateFrom: 'soon', dateTo: '2026-01-31' }).from, '');
  assert.equal(viewOf({ sortBy: 'date' }).sort, 'relevance');
});

test('past searches: no steps of typing, no repetition', () => {
  const past = ['料理', 'ramen*', 'rame*', 'ra*', '', '料理', 'soba', 'ramen*'].map((text) => ({ text }));
  assert.deepEqual(pastTexts(past, 8), ['料理', 'ramen', 'soba']);
  assert.deepEqual(pastTexts(past, 2), ['料理', 'ramen']);
});

test('months without a bookmark stand between the others', () => {
  const months = monthsBetween([{ date: '2026-02', count: 3 }, { date: '2025-11', count: 1 }]);
  assert.deepEqual(months, [{ date: '2025-11', count: 1 }, { date: '2025-12', count: 0 }, { date: '2026-01', count: 0 }, { date: '2026-02', count: 3 }]);
  assert.deepEqual(monthsBetween([]), []);
});
