import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bookmark, BookmarkPage } from '../api/types';
import { editedPages, restoredPages } from './pages';

const bookmark = (id: string, isArchived = false) => ({ id, isArchived }) as Bookmark;
const page = (total: number, ...ids: string[]): BookmarkPage => ({
  bookmarks: ids.map((id) => bookmark(id)), pagination: { limit: 2, offset: 0, total, hasMore: false, nextCursor: null },
});
const idsOf = (pages: readonly BookmarkPage[]) => pages.map((part) => part.bookmarks.map((item) => item.id).join(''));

test('edits in place, takes out, counts', () => {
  const before = [page(5, 'a', 'b'), page(5, 'c', 'd'), page(5, 'e')];
  const after = editedPages(before, new Set(['b', 'c']), (old) => (old.id === 'b' ? null : { ...old, isArchived: true }));
  assert.deepEqual(idsOf(after), ['a', 'cd', 'e']);
  assert.equal(after[1]?.bookmarks[0]?.isArchived, true);
  assert.deepEqual(after.map((part) => part.pagination.total), [4, 4, 4]);
});

test('pages that do not change stay the same objects', () => {
  const before = [page(3, 'a'), page(3, 'b'), page(3, 'c')];
  const after = editedPages(before, new Set(['b']), (old) => ({ ...old }));
  assert.equal(after[0], before[0]);
  assert.notEqual(after[1], before[1]);
});

test('what was taken out returns to its place', () => {
  const before = [page(5, 'a', 'b'), page(5, 'c', 'd')];
  const without = editedPages(before, new Set(['a', 'b', 'd']), () => null);
  const back = restoredPages([...without, page(2, 'e')], before, new Map([['b', bookmark('b')], ['d', bookmark('d')]]));
  assert.deepEqual(idsOf(back), ['b', 'cd', 'e']);
  assert.equal(back[0]?.pagination.total, 4);
});

test('what is there already comes back only once, and newcomers stay', () => {
  const before = [page(3, 'a', 'b')];
  const after = restoredPages([page(3, 'b', 'n')], before, new Map([['a', bookmark('a')], ['b', bookmark('b')]]));
  assert.deepEqual(idsOf(after), ['abn']);
});
