// Which bookmarks are selected. Pure. A selected bookmark stays selected when it scrolls away or another page of the list loads.
import type { Bookmark } from '../api/types';

/** What filing changes in a bookmark. */
export type Filed = Pick<Bookmark, 'id' | 'categoryId' | 'tags' | 'isArchived'>;

export interface Selection {
  chosen: ReadonlyMap<string, Filed>;
  /** Where a range begins: the bookmark that was selected or taken out last. */
  anchor: string | null;
}

export const kNothing: Selection = { chosen: new Map(), anchor: null };

/** The server's limit of one bulk change. */
export const kSelectedMax = 10_000;

export function toggle({ chosen }: Selection, bookmark: Filed): Selection {
  const next = new Map(chosen);
  if (!next.delete(bookmark.id)) next.set(bookmark.id, bookmark);
  return { chosen: capped(next), anchor: bookmark.id };
}

/** Everything from the anchor to `bookmark` in the order of the list; without an anchor there, only `bookmark`. */
export function extend({ chosen, anchor }: Selection, order: readonly Filed[], bookmark: Filed): Selection {
  const to = order.findIndex((item) => item.id === bookmark.id);
  const from = order.findIndex((item) => item.id === anchor);
  const range = from < 0 || to < 0 ? [bookmark] : order.slice(Math.min(from, to), Math.max(from, to) + 1);
  return { chosen: capped(new Map([...chosen, ...range.map((item) => [item.id, item] as const)])), anchor: anchor ?? bookmark.id };
}

export const all = (bookmarks: readonly Filed[]): Selection => ({
  chosen: capped(new Map(bookmarks.map((item) => [item.id, item]))), anchor: null,
});

function capped(chosen: Map<string, Filed>): Map<string, Filed> {
  return chosen.size <= kSelectedMax ? chosen : new Map([...chosen].slice(0, kSelectedMax));
}

/** The selection after a change of what is selected; what was deleted is no longer selected. */
export function renewed(selection: Selection, edit: (old: Filed) => Filed | null): Selection {
  const next = new Map<string, Filed>();
  for (const [id, old] of selection.chosen) {
    const edited = edit(old);
    if (edited) next.set(id, edited);
  }
  return { chosen: next, anchor: selection.anchor };
}
