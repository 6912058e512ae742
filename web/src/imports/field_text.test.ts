import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldText } from './field_text';

test('values of fields in one line', () => {
  assert.equal(fieldText(null), '–');
  assert.equal(fieldText(''), '–');
  assert.equal(fieldText([]), '–');
  assert.equal(fieldText(['a', 'b']), 'a, b');
  assert.equal(fieldText(false), 'false');
  assert.equal(fieldText({ a: 1 }), '{"a":1}');
});

test('long text is cut between characters, not inside of one', () => {
  const text = fieldText('😀'.repeat(200));
  assert.equal(text, `${'😀'.repeat(160)}…`);
});
