import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kUsualExport, makeOptions } from './options';

const whenever = { from: '', to: '' };

test('what is not asked for is said to be off: the server takes silence for three parts', () => {
  const options = makeOptions({ ...kUsualExport, parts: ['settings'], ...whenever });
  assert.deepEqual([options.includeBookmarks, options.includeCategories, options.includeTags, options.includeSettings], [false, false, false, true]);
});

test('options go only where they mean something', () => {
  const usual = { ...kUsualExport, ...whenever, compressed: true, delimiter: ';' as const };
  assert.deepEqual(makeOptions({ ...usual, format: 'csv' }).csv, { delimiter: ';', bom: false });
  assert.equal(makeOptions({ ...usual, format: 'json' }).csv, undefined);
  assert.equal(makeOptions({ ...usual, format: 'json' }).compressed, true);
  assert.equal(makeOptions({ ...usual, format: 'zip' }).compressed, undefined);
  assert.equal('dateRange' in makeOptions(usual), false);
});

test('a range has both whole days of the reader', () => {
  const range = makeOptions({ ...kUsualExport, from: '2026-01-31', to: '2026-01-31' }).dateRange;
  assert.equal(range?.from, new Date(2026, 0, 31).toISOString());
  assert.equal(range?.to, new Date(2026, 0, 31, 23, 59, 59, 999).toISOString());
  assert.deepEqual(Object.keys(makeOptions({ ...kUsualExport, from: '', to: '2026-01-31' }).dateRange ?? {}), ['to']);
});
