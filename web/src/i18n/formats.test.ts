import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeMoreFormats } from './formats';

const now = () => new Date(2026, 10, 26, 12, 0);
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).toISOString();

test('today is a time of day, another day has its date, another year its year', () => {
  const { moment } = makeMoreFormats('en-GB', now);
  assert.equal(moment(at(2026, 10, 26, 14, 5)), '14:05');
  assert.match(moment(at(2026, 10, 27, 0, 0)), /^27 Nov,? /);
  assert.match(moment(at(2025, 10, 27, 0, 0)), /2025/);
  assert.equal(moment('later'), 'later');
});

test('money has a tenth of a cent where it needs one', () => {
  const { money } = makeMoreFormats('en-US', now);
  assert.equal(money(1.25), '$1.25');
  assert.equal(money(0.005), '$0.005');
});

test('sizes keep to the unit that reads best', () => {
  const { bytes } = makeMoreFormats('en', now);
  assert.equal(bytes(1), '1 byte');
  assert.equal(bytes(41_200), '41.2 kB');
  assert.equal(bytes(999_999_999_999), '1,000 GB');
});

test('days are days of UTC, whatever the zone of the reader', () => {
  assert.equal(makeMoreFormats('en-GB', now).day('2026-11-26'), '26 Nov');
  assert.equal(makeMoreFormats('en-GB', now).day('soon'), 'soon');
});
