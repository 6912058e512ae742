import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastDays } from './days';
import { readAmount } from './amount';
import { readResult } from './result';

test('the last days end with today and cross a month', () => {
  assert.deepEqual(lastDays(3, Date.UTC(2026, 2, 1, 23, 59)), ['2026-02-27', '2026-02-28', '2026-03-01']);
});

test('an amount: nothing is none, a comma is a point, words are no amount', () => {
  assert.equal(readAmount(' '), null);
  assert.equal(readAmount('0,5'), 0.5);
  assert.equal(readAmount('.5'), 0.5);
  assert.equal(readAmount('2'), 2);
  for (const wrong of ['a', '-1', '1.2.3', '1e5', '.']) assert.equal(readAmount(wrong), undefined, wrong);
});

test('a result is read with care', () => {
  assert.equal(readResult(null), null);
  assert.equal(readResult('done'), null);
  const result = readResult({ newBookmarks: 3, amount: 'much' });
  assert.equal(result?.newBookmarks, 3);
  assert.equal(result?.amount, 0);
});
