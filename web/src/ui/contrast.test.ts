import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whiteOn } from './contrast';

test('the icon of a category is seen on its colour', () => {
  assert.equal(whiteOn('#000000'), true);
  assert.equal(whiteOn('#8B5CF6'), false);
  assert.equal(whiteOn('#1c5a85'), true);
  assert.equal(whiteOn('#F59E0B'), false);
  assert.equal(whiteOn('#ffffff'), false);
});
