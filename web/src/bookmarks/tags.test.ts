import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTooLong, joinTags, splitTags, tagChange } from './tags';

test('commas of both scripts divide, white space folds', () => {
  assert.deepEqual(splitTags(' 夕食、 pasta,to  read,\n'), ['夕食', 'pasta', 'to read']);
  assert.deepEqual(splitTags(' , '), []);
});

test('tags are in NFC, so that a decomposed kana is the same tag', () => {
  assert.deepEqual(splitTags('か\u3099'), ['が']);
});

test('a tag stays once, case counts', () => {
  assert.deepEqual(joinTags(['a', 'b'], ['b', 'B']), ['a', 'b', 'B']);
});

test('length counts code points', () => {
  assert.equal(isTooLong('🍜'.repeat(100)), false);
  assert.equal(isTooLong('🍜'.repeat(101)), true);
});

test('a change names only what differs', () => {
  assert.deepEqual(tagChange(['a', 'b'], ['b', 'c']), { addTags: ['c'], removeTags: ['a'] });
  assert.deepEqual(tagChange(['a'], ['a']), {});
});
