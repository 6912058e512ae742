import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, extend, kNothing, kSelectedMax, renewed, toggle, type Filed } from './selection';
import { applied, undoOf } from './undo';

const filed = (id: string, part: Partial<Filed> = {}): Filed => ({ id, categoryId: null, tags: [], isArchived: false, ...part });
const list = ['a', 'b', 'c', 'd', 'e'].map((id) => filed(id));
const [a, b, , d] = list as [Filed, Filed, Filed, Filed, Filed];

test('select one by one, and in ranges both ways', () => {
  const one = toggle(kNothing, b);
  assert.deepEqual([...one.chosen.keys()], ['b']);
  assert.deepEqual([...toggle(one, b).chosen.keys()], []);
  assert.deepEqual([...extend(one, list, d).chosen.keys()], ['b', 'c', 'd']);
  assert.deepEqual([...extend(one, list, a).chosen.keys()].sort(), ['a', 'b']);
  assert.deepEqual([...extend(kNothing, list, d).chosen.keys()], ['d']);
});

test('a second range begins where the first did', () => {
  const first = extend(toggle(kNothing, b), list, d);
  assert.deepEqual([...extend(first, list, a).chosen.keys()].sort(), ['a', 'b', 'c', 'd']);
});

test('never more than the server takes in one change', () => {
  const many = Array.from({ length: kSelectedMax + 5 }, (_, i) => filed(String(i)));
  assert.equal(all(many).chosen.size, kSelectedMax);
});

test('what is selected follows changes and loses what was deleted', () => {
  const selection = all(list);
  const next = renewed(selection, (old) => (old.id === 'a' ? null : { ...old, isArchived: true }));
  assert.deepEqual([...next.chosen.keys()], ['b', 'c', 'd', 'e']);
  assert.equal(next.chosen.get('b')?.isArchived, true);
});

test('a change is applied here as the server does', () => {
  const old = filed('a', { tags: ['x', 'y'], categoryId: 'c1' });
  assert.deepEqual(applied(old, { addTags: ['y', 'z'], removeTags: ['x'] }).tags, ['y', 'z']);
  assert.equal(applied(old, { categoryId: null }).categoryId, null);
  assert.equal(applied(old, { isArchived: true }).categoryId, 'c1');
});

test('undo puts every bookmark back where it was, with few requests', () => {
  const before = [filed('a', { categoryId: 'c1' }), filed('b', { categoryId: 'c2' }), filed('c', { categoryId: 'c1' }), filed('d', { categoryId: 'c3' })];
  assert.deepEqual(undoOf({ categoryId: 'c3' }, before), [
    { ids: ['a', 'c'], change: { categoryId: 'c1' } },
    { ids: ['b'], change: { categoryId: 'c2' } },
  ]);
});

test('undo leaves alone what the change did not touch', () => {
  const before = [filed('a', { tags: ['x'] }), filed('b', { tags: ['x', 'y'], isArchived: true }), filed('c')];
  assert.deepEqual(undoOf({ addTags: ['x', 'y'] }, before), [
    { ids: ['a'], change: { removeTags: ['y'] } },
    { ids: ['c'], change: { removeTags: ['x', 'y'] } },
  ]);
  assert.deepEqual(undoOf({ isArchived: true }, before), [{ ids: ['a', 'c'], change: { isArchived: false } }]);
  assert.deepEqual(undoOf({ removeTags: ['z'] }, before), []);
});

test('undo after apply is where one began', () => {
  const before = [filed('a', { tags: ['x', 'q'], categoryId: 'c1' }), filed('b', { tags: ['y'], isArchived: true })];
  const change = { categoryId: 'c2', addTags: ['y'], removeTags: ['x'], isArchived: true };
  const steps = undoOf(change, before);
  for (const old of before) {
    const back = steps.filter((step) => step.ids.includes(old.id)).reduce((item, step) => applied(item, step.change), applied(old, change));
    assert.deepEqual({ ...back, tags: [...back.tags].sort() }, { ...old, tags: [...old.tags].sort() });
  }
});
