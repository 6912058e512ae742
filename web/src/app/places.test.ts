import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf } from './places';

test('the address names a place; what is unknown is the library', () => {
  assert.equal(placeOf('/'), 'library');
  assert.equal(placeOf('/sync'), 'sync');
  assert.equal(placeOf('/Settings/'), 'settings');
  assert.equal(placeOf('/login'), 'library');
  assert.equal(placeOf('/sync/more'), 'library');
});
