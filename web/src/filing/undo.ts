// A change of many bookmarks, applied on this side, and the changes that take it back. Pure.
import type { BookmarkChange } from '../api/types';
import type { Filed } from './selection';

export interface Step {
  ids: string[];
  change: BookmarkChange;
}

export function applied<T extends Filed>(old: T, change: BookmarkChange): T {
  const removed = new Set(change.removeTags);
  const kept = removed.size > 0 ? old.tags.filter((tag) => !removed.has(tag)) : old.tags;
  return {
    ...old,
    ...(change.categoryId === undefined ? {} : { categoryId: change.categoryId }),
    ...(change.isArchived === undefined ? {} : { isArchived: change.isArchived }),
    tags: change.addTags ? [...new Set([...kept, ...change.addTags])] : kept,
  };
}

/**
 * What takes `change` back from bookmarks that were `before`: nothing for those that it did not change, and never more than it
 * changed, so that what somebody else did meanwhile stays.
 */
export function undoOf(change: BookmarkChange, before: readonly Filed[]): Step[] {
  const steps = new Map<string, Step>();
  for (const old of before) {
    const back: BookmarkChange = {};
    if (change.categoryId !== undefined && change.categoryId !== old.categoryId) back.categoryId = old.categoryId;
    if (change.isArchived !== undefined && change.isArchived !== old.isArchived) back.isArchived = old.isArchived;
    const added = (change.addTags ?? []).filter((tag) => !old.tags.includes(tag));
    const removed = (change.removeTags ?? []).filter((tag) => old.tags.includes(tag));
    if (added.length > 0) back.removeTags = added;
    if (removed.length > 0) back.addTags = removed;
    if (Object.keys(back).length === 0) continue;
    const key = JSON.stringify(back);
    const step = steps.get(key);
    if (step) step.ids.push(old.id);
    else steps.set(key, { ids: [old.id], change: back });
  }
  return [...steps.values()];
}
