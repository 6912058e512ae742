// The list on screen, page by page, and what changes a bookmark in it.
import {
  keepPreviousData, useInfiniteQuery, useMutation, useQueryClient,
  type InfiniteData, type QueryClient, type UseInfiniteQueryResult,
} from '@tanstack/react-query';
import { useMemo } from 'preact/hooks';
import { deleteBookmark, listBookmarks, searchBookmarks, updateBookmark } from '../api/endpoints';
import type { Bookmark, BookmarkChange, BookmarkPage, Facets } from '../api/types';
import { refreshCounts } from '../library/queries';
import { isSearch, toQuery, type View } from '../library/view';

const kListKey = 'bookmarks';
const kPageSize = 40;
const kStaleMs = 5 * 60_000;
// The observer's answer forgets the cursor's type.
type Pages = InfiniteData<BookmarkPage>;

export interface BookmarkListState {
  query: UseInfiniteQueryResult<Pages>;
  bookmarks: Bookmark[];
  /** Null until the first answer. */
  total: number | null;
  facets: Facets | undefined;
}

/** The bookmarks of a view. While another view loads the last one stays (`query.isPlaceholderData`). */
export function useBookmarks(view: View): BookmarkListState {
  const query = useInfiniteQuery({
    queryKey: [kListKey, view],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
      const parameters = { ...toQuery(view, tz), limit: kPageSize, cursor: pageParam };
      if (!isSearch(view)) return listBookmarks(parameters, signal);
      // Facets are counted over all hits: the first page has them all.
      return searchBookmarks({ ...parameters, includeFacets: pageParam === null }, signal);
    },
    getNextPageParam: (last: BookmarkPage) => last.pagination.nextCursor,
    placeholderData: keepPreviousData,
    // Loading a stale list again means all its pages; what this page changes it edits in place.
    staleTime: kStaleMs,
    refetchOnWindowFocus: false,
  });
  const pages = query.data?.pages;
  const bookmarks = useMemo(() => pages?.flatMap((page) => page.bookmarks) ?? [], [pages]);
  return { query, bookmarks, total: pages?.[0]?.pagination.total ?? null, facets: pages?.[0]?.facets };
}

function editPages(pages: Pages, id: string, edit: (old: Bookmark) => Bookmark | null): Pages {
  let removed = 0;
  const next = pages.pages.map((page) => {
    if (!page.bookmarks.some((item) => item.id === id)) return page;
    const bookmarks = page.bookmarks.flatMap((item) => {
      if (item.id !== id) return [item];
      const edited = edit(item);
      if (edited === null) removed += 1;
      return edited === null ? [] : [edited];
    });
    return { ...page, bookmarks };
  });
  const counted = next.map((page) => ({
    ...page,
    pagination: { ...page.pagination, total: page.pagination.total - removed },
  }));
  return { ...pages, pages: counted };
}

function belongs(view: View, bookmark: Bookmark): boolean {
  return view.archived === bookmark.isArchived || /\bis:archived\b/.test(view.text);
}

// Lists on screen are edited in place, so that nothing jumps; the others load anew when they are next shown.
function editLists(client: QueryClient, id: string, edit: (old: Bookmark, view: View) => Bookmark | null): void {
  client.removeQueries({ queryKey: [kListKey], type: 'inactive' });
  for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: [kListKey] })) {
    const view = key[1] as View;
    if (pages) client.setQueryData(key, editPages(pages, id, (old) => edit(old, view)));
  }
}

// One that comes back from the archive has no place in the list to be edited at; only such lists load again.
function reloadWhereMissing(client: QueryClient, bookmark: Bookmark): void {
  void client.invalidateQueries({
    queryKey: [kListKey],
    type: 'active',
    predicate: ({ queryKey, state }) => {
      const pages = (state.data as Pages | undefined)?.pages ?? [];
      const present = pages.some((page) => page.bookmarks.some((item) => item.id === bookmark.id));
      return !present && belongs(queryKey[1] as View, bookmark);
    },
  });
}

export function useUpdateBookmark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: BookmarkChange }) => updateBookmark(id, change),
    onSuccess: (bookmark, { change }) => {
      editLists(client, bookmark.id, (old, view) => {
        const merged = old.highlights ? { ...bookmark, highlights: old.highlights } : bookmark;
        return belongs(view, bookmark) ? merged : null;
      });
      if (change.isArchived !== undefined) reloadWhereMissing(client, bookmark);
      refreshCounts(client);
    },
  });
}

export function useDeleteBookmark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => deleteBookmark(id),
    onSuccess: (_, id) => {
      editLists(client, id, () => null);
      refreshCounts(client);
    },
  });
}

/** Loads lists and counts anew, after an import. */
export function refreshLibrary(client: QueryClient): void {
  void client.resetQueries({ queryKey: [kListKey] });
  refreshCounts(client);
}
