// The list on screen, page by page, and what changes a bookmark in it.
import {
  keepPreviousData, useInfiniteQuery, useMutation, useQueryClient,
  type InfiniteData, type QueryClient, type QueryKey, type UseInfiniteQueryResult,
} from '@tanstack/react-query';
import { useMemo } from 'preact/hooks';
import { deleteBookmark, deleteBookmarks, listBookmarks, searchBookmarks, updateBookmark } from '../api/endpoints';
import type { Bookmark, BookmarkChange, BookmarkPage, Facets } from '../api/types';
import { refreshCounts } from '../library/queries';
import { isSearch, toQuery, type View } from '../library/view';
import { editedPages, restoredPages } from './pages';

const kListKey = 'bookmarks';
/** The first page is what a reader waits for; the next ones are as large as the server allows. */
const kFirstPageSize = 40;
const kPageSize = 100;
const kStaleMs = 5 * 60_000;
// The observer's answer forgets the cursor's type.
type Pages = InfiniteData<BookmarkPage>;

export interface BookmarkListState {
  query: UseInfiniteQueryResult<Pages>;
  bookmarks: Bookmark[];
  /** Null until the first answer. */
  total: number | null;
  facets: Facets | undefined;
  /** Where the loaded pages end; null when they are all there. */
  nextCursor: string | null;
}

function fetchPage(view: View, cursor: string | null, signal: AbortSignal): Promise<BookmarkPage> {
  const tz = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const parameters = { ...toQuery(view, tz), limit: cursor === null ? kFirstPageSize : kPageSize, cursor };
  if (!isSearch(view)) return listBookmarks(parameters, signal);
  // Facets are counted over all hits: the first page has them all.
  return searchBookmarks({ ...parameters, includeFacets: cursor === null }, signal);
}

/** `loaded` and what follows behind `cursor`, at most `limit` together. */
export async function listOnwards(view: View, loaded: readonly Bookmark[], cursor: string | null, limit: number, signal: AbortSignal): Promise<Bookmark[]> {
  const found = [...loaded];
  for (let next = cursor; next !== null && found.length < limit;) {
    const page = await fetchPage(view, next, signal);
    found.push(...page.bookmarks);
    next = page.pagination.nextCursor;
  }
  return found.slice(0, limit);
}

/** The bookmarks of a view. While another view loads the last one stays (`query.isPlaceholderData`). */
export function useBookmarks(view: View): BookmarkListState {
  const query = useInfiniteQuery({
    queryKey: [kListKey, view],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => fetchPage(view, pageParam, signal),
    getNextPageParam: (last: BookmarkPage) => last.pagination.nextCursor,
    placeholderData: keepPreviousData,
    // Loading a stale list again means all its pages; what this page changes it edits in place.
    staleTime: kStaleMs,
    refetchOnWindowFocus: false,
  });
  const pages = query.data?.pages;
  const bookmarks = useMemo(() => pages?.flatMap((page) => page.bookmarks) ?? [], [pages]);
  return { query, bookmarks, total: pages?.[0]?.pagination.total ?? null, facets: pages?.[0]?.facets, nextCursor: pages?.at(-1)?.pagination.nextCursor ?? null };
}

/** Whether a bookmark that was changed still is where `view` looks. What a query's text says only the server knows. */
function belongs(view: View, bookmark: Bookmark): boolean {
  if (view.archived !== bookmark.isArchived && !/\bis:archived\b/.test(view.text)) return false;
  if (view.uncategorized && bookmark.categoryId !== null) return false;
  if (view.categories.length > 0 && !view.categories.includes(bookmark.categoryId ?? '')) return false;
  return view.tags.length === 0 || view.tags.some((tag) => bookmark.tags.includes(tag));
}

// Lists on screen are edited in place, so that nothing jumps; the others load anew when they are next shown.
function editLists(client: QueryClient, ids: ReadonlySet<string>, edit: (old: Bookmark, view: View) => Bookmark | null): void {
  client.removeQueries({ queryKey: [kListKey], type: 'inactive' });
  for (const [key, pages] of client.getQueriesData<Pages>({ queryKey: [kListKey] })) {
    const view = key[1] as View;
    if (pages) client.setQueryData(key, { ...pages, pages: editedPages(pages.pages, ids, (old) => edit(old, view)) });
  }
}

// One that comes back from the archive has no place in the list to be edited at; only such lists load again.
function reloadWhereMissing(client: QueryClient, changed: readonly Bookmark[]): void {
  void client.invalidateQueries({
    queryKey: [kListKey],
    type: 'active',
    predicate: ({ queryKey, state }) => {
      const pages = (state.data as Pages | undefined)?.pages ?? [];
      const present = new Set(pages.flatMap((page) => page.bookmarks.map((item) => item.id)));
      return changed.some((bookmark) => !present.has(bookmark.id) && belongs(queryKey[1] as View, bookmark));
    },
  });
}

export function useUpdateBookmark() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change, version }: { id: string; change: BookmarkChange; version?: number }) => updateBookmark(id, change, version),
    onSuccess: (bookmark) => {
      editLists(client, new Set([bookmark.id]), (old, view) => {
        const merged = old.highlights ? { ...bookmark, highlights: old.highlights } : bookmark;
        return belongs(view, bookmark) ? merged : null;
      });
      reloadWhereMissing(client, [bookmark]);
      void refreshCounts(client);
    },
  });
}

/** What a change of many left behind for its undo: the lists as they were. */
export type ListsBefore = readonly (readonly [key: QueryKey, pages: Pages])[];

/** Shows in all lists what the server has just done to bookmarks; answers the lists as they were. */
export function showChanged(client: QueryClient, ids: readonly string[], edit: (old: Bookmark) => Bookmark | null): ListsBefore {
  const before = client.getQueriesData<Pages>({ queryKey: [kListKey], type: 'active' })
    .flatMap(([key, pages]) => (pages ? [[key, pages] as const] : []));
  editLists(client, new Set(ids), (old, view) => {
    const edited = edit(old);
    return edited && belongs(view, edited) ? edited : null;
  });
  void refreshCounts(client);
  return before;
}

/** The other way: bookmarks return to the places that they had in `before`; lists that never had them load again. */
export function showReturned(client: QueryClient, before: ListsBefore, ids: ReadonlySet<string>, edit: (old: Bookmark) => Bookmark): void {
  editLists(client, ids, (old, view) => {
    const edited = edit(old);
    return belongs(view, edited) ? edited : null;
  });
  const everything = new Map<string, Bookmark>();
  for (const [key, old] of before) {
    const pages = client.getQueryData<Pages>(key);
    const items = old.pages.flatMap((page) => page.bookmarks.filter((item) => ids.has(item.id)));
    for (const item of items) everything.set(item.id, item);
    if (pages) client.setQueryData(key, { ...pages, pages: restoredPages(pages.pages, old.pages, new Map(items.map((item) => [item.id, item]))) });
  }
  reloadWhereMissing(client, [...everything.values()]);
  void refreshCounts(client);
}

export function useDeleteBookmarks() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: string[]) => (ids.length === 1 ? deleteBookmark(ids[0] as string) : deleteBookmarks(ids)),
    onSuccess: (_, ids) => {
      editLists(client, new Set(ids), () => null);
      void refreshCounts(client);
    },
  });
}

/** Loads lists and counts anew, after an import. */
export function refreshLibrary(client: QueryClient): void {
  void client.resetQueries({ queryKey: [kListKey] });
  void refreshCounts(client);
}
