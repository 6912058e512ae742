import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Category } from '../api/types';
import { changesFor, dropAt, linesOf, moved, stepFrom, type Step } from './tree_moves';

type Shape = [id: string, ...children: Shape[]];
const build = ([id, ...children]: Shape, parentId: string | null = null): Category =>
  ({ id, name: id, parentId, children: children.map((child) => build(child, id)) }) as Category;
const shown = (tree: readonly Category[]): string => tree.map((node) => node.id + (node.children.length ? `(${shown(node.children)})` : '')).join(' ');
const tree = [build(['a', ['b'], ['c', ['d']]]), build(['e']), build(['f'])];
const go = (id: string, step: Step) => {
  const place = stepFrom(tree, id, step);
  const next = place && moved(tree, id, place);
  return next && shown(next);
};

test('the keys', () => {
  assert.equal(shown(tree), 'a(b c(d)) e f');
  assert.equal(go('e', 'up'), 'e a(b c(d)) f');
  assert.equal(go('e', 'down'), 'a(b c(d)) f e');
  assert.equal(go('e', 'in'), 'a(b c(d) e) f');
  assert.equal(go('c', 'out'), 'a(b) c(d) e f');
  assert.equal(go('c', 'in'), 'a(b(c(d))) e f');
  assert.equal(go('d', 'out'), 'a(b c d) e f');
  for (const [id, step] of [['a', 'up'], ['f', 'down'], ['a', 'in'], ['a', 'out'], ['b', 'in']] as const) assert.equal(go(id, step), null, `${id} ${step}`);
});

test('nothing goes into itself, nor deeper than the server allows', () => {
  assert.equal(moved(tree, 'a', { parentId: 'd', index: 0 }), null);
  assert.equal(moved(tree, 'x', { parentId: null, index: 0 }), null);
  const deep = (levels: number): Shape => (levels === 1 ? ['l1'] : [`l${levels}`, deep(levels - 1)]);
  const ten = [build(deep(10)), build(['x'])];
  assert.equal(moved(ten, 'x', { parentId: 'l1', index: 0 }), null);
  assert.notEqual(moved(ten, 'x', { parentId: 'l2', index: 0 }), null);
});

test('a drop goes as deep as the lines around it allow', () => {
  const lines = linesOf(tree); // a b c d e f, depths 0 1 1 2 0 0
  assert.deepEqual(dropAt(lines, 0, 3), { parentId: null, index: 0, depth: 0 });
  assert.deepEqual(dropAt(lines, 4, 9), { parentId: 'd', index: 0, depth: 3 });
  assert.deepEqual(dropAt(lines, 4, 2), { parentId: 'c', index: 1, depth: 2 });
  assert.deepEqual(dropAt(lines, 4, 1), { parentId: 'a', index: 2, depth: 1 });
  assert.deepEqual(dropAt(lines, 4, 0), { parentId: null, index: 1, depth: 0 });
  // Between c and its child d it can only become a child of c.
  assert.deepEqual(dropAt(lines, 3, 0), { parentId: 'c', index: 0, depth: 2 });
  assert.deepEqual(dropAt(lines, 6, -1), { parentId: null, index: 3, depth: 0 });
  assert.deepEqual(dropAt([], 0, 0), { parentId: null, index: 0, depth: 0 });
});

test('the server hears only what differs', () => {
  const within = moved(tree, 'b', { parentId: 'a', index: 1 });
  assert.deepEqual(within && changesFor(tree, within, 'b'), { order: ['c', 'b'] });
  const out = moved(tree, 'b', { parentId: null, index: 1 });
  assert.deepEqual(out && changesFor(tree, out, 'b'), { parentId: null, order: ['a', 'b', 'e', 'f'] });
  const same = moved(tree, 'e', { parentId: null, index: 1 });
  assert.deepEqual(same && changesFor(tree, same, 'e'), { order: [] });
});
