// The loaded pages of a list, edited in place so that nothing on screen jumps. Pure.
import type { Bookmark, BookmarkPage } from '../api/types';

type Pages = readonly BookmarkPage[];

function recounted(pages: Pages, difference: number): BookmarkPage[] {
  return pages.map((page) => ({ ...page, pagination: { ...page.pagination, total: page.pagination.total + difference } }));
}

/** Every bookmark of `ids` as `edit` makes it; null takes it out. Pages without one of them stay the same objects. */
export function editedPages(pages: Pages, ids: ReadonlySet<string>, edit: (old: Bookmark) => Bookmark | null): BookmarkPage[] {
  let removed = 0;
  const next = pages.map((page) => {
    if (!page.bookmarks.some((item) => ids.has(item.id))) return page;
    const bookmarks = page.bookmarks.flatMap((item) => {
      if (!ids.has(item.id)) return [item];
      const edited = edit(item);
      if (edited === null) removed += 1;
      return edited === null ? [] : [edited];
    });
    return { ...page, bookmarks };
  });
  return removed === 0 ? next : recounted(next, -removed);
}

/** `pages` with `returning` at the places that they had in `before`, an older state of the same list. */
export function restoredPages(pages: Pages, before: Pages, returning: ReadonlyMap<string, Bookmark>): BookmarkPage[] {
  const present = new Map(pages.flatMap((page) => page.bookmarks.map((item) => [item.id, item] as const)));
  let added = 0;
  const next = pages.map((page, index) => {
    const old = before[index];
    if (!old?.bookmarks.some((item) => returning.has(item.id) && !present.has(item.id))) return page;
    const here = new Set(page.bookmarks.map((item) => item.id));
    const bookmarks = old.bookmarks.flatMap((item) => {
      if (here.delete(item.id)) return [present.get(item.id) as Bookmark];
      const back = present.has(item.id) ? undefined : returning.get(item.id);
      if (back) added += 1;
      return back ? [back] : [];
    });
    return { ...page, bookmarks: [...bookmarks, ...page.bookmarks.filter((item) => here.has(item.id))] };
  });
  return added === 0 ? next : recounted(next, added);
}
