// The rows of the list near the screen, in one column or several, and the keys that work on them.
import { useWindowVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Asked } from '../filing/filing_dialogs';
import { useShortcuts } from '../filing/shortcuts';
import { archiveAll, type Filing } from '../filing/use_filing';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import type { View } from '../library/view';
import { BookmarkCard } from './bookmark_card';
import { useCardActions } from './card_actions';
import type { BookmarkListState } from './queries';
import { safeHref } from './rich_text';
import { useCursor } from './use_cursor';

const kEstimatedHeight = 210;
/** Of a card in several columns; library.css has the same. */
const kGridHeight = 272;
const kGap = 12;
/** Bookmarks before the end at which the next page is fetched. */
const kAhead = 40;

export interface RowsProps {
  view: View;
  change: Change;
  list: BookmarkListState;
  filing: Filing;
  ask: (asked: Asked) => void;
  columns: number;
}

export function Rows({ view, change, list, filing, ask, columns }: RowsProps) {
  const { query, bookmarks } = list;
  const feed = useRef<HTMLDivElement>(null);
  const offset = useOffset(feed);
  const actions = useCardActions({ view, change, filing, ask });
  const grid = columns > 1;
  const virtualizer = useWindowVirtualizer({
    count: Math.ceil(bookmarks.length / columns),
    estimateSize: () => (grid ? kGridHeight : kEstimatedHeight),
    getItemKey: (row) => bookmarks[row * columns]?.id ?? row,
    gap: kGap,
    overscan: grid ? 2 : 4,
    scrollMargin: offset,
  });
  const rows = virtualizer.getVirtualItems();
  const isDrawn = useDrawn(rows, virtualizer.isScrolling, virtualizer.scrollOffset ?? 0);
  const last = ((rows[rows.length - 1]?.index ?? 0) + 1) * columns;
  const wanted = last >= bookmarks.length - kAhead && query.hasNextPage && !query.isPlaceholderData;
  const idle = !query.isFetchingNextPage && !query.isFetchNextPageError;
  useEffect(() => {
    if (wanted && idle) void query.fetchNextPage();
  }, [wanted, idle, last]);

  const cursor = useCursor({ bookmarks, list: feed, show: (index) => virtualizer.scrollToIndex(Math.floor(index / columns), { align: 'auto' }) });
  const topRow = () => (rows.find((row) => row.end > window.scrollY + feedTop())?.index ?? 0) * columns;
  useListKeys({ cursor, topRow, filing, ask });

  return (
    <div
      ref={feed}
      class={query.isPlaceholderData ? 'feed feed-stale' : 'feed'}
      role="feed"
      aria-busy={query.isFetching}
      style={{ height: `${virtualizer.getTotalSize()}px` }}
    >
      {rows.map((row) => (
        <div
          key={row.key}
          ref={grid || !isDrawn(row) ? null : virtualizer.measureElement}
          data-index={row.index}
          class={grid ? 'row row-grid' : 'row'}
          style={{ transform: `translateY(${row.start - virtualizer.options.scrollMargin}px)`, ...(grid && { '--columns': String(columns) }) }}
        >
          {!isDrawn(row) && Array.from({ length: columns }, (_, column) => <div key={column} class="card card-blur" />)}
          {isDrawn(row) && bookmarks.slice(row.index * columns, (row.index + 1) * columns).map((bookmark, column) => {
            const index = row.index * columns + column;
            return (
              <BookmarkCard
                key={bookmark.id} bookmark={bookmark} actions={actions} selected={filing.chosen.has(bookmark.id)} compact={grid}
                position={index + 1} count={list.total ?? -1} onFocus={cursor.follow}
              />
            );
          })}
        </div>
      ))}
    </div>
  );
}

/** Pixels in a millisecond, more than a hand on a trackpad scrolls: only a dragged scrollbar or a long fling does. */
const kBlurFrom = 20;

/**
 * Which rows are drawn. At a speed at which nobody can read, new rows are empty cards: a frame then costs next to nothing. Those that
 * are drawn already stay.
 */
function useDrawn(rows: readonly VirtualItem[], isScrolling: boolean, offset: number): (row: VirtualItem) => boolean {
  const last = useRef({ offset, at: 0, blurred: false, drawn: new Set<VirtualItem['key']>() });
  const before = last.current;
  const now = performance.now();
  const moved = Math.abs(offset - before.offset);
  // Drawn again at the same place, because a page came: as fast as before.
  const blurred = isScrolling && (moved === 0 ? before.blurred : moved > kBlurFrom * Math.max(1, now - before.at));
  const next = new Set(rows.filter((row) => !blurred || before.drawn.has(row.key)).map((row) => row.key));
  last.current = { offset, at: moved === 0 ? before.at : now, blurred, drawn: next };
  return (row) => next.has(row.key);
}

/** The height of what stays above the list while it scrolls. */
const feedTop = () => document.querySelector('.top')?.getBoundingClientRect().height ?? 0;

// What stands above the list (filters, facets) moves it.
function useOffset(feed: { current: HTMLElement | null }): number {
  const [offset, setOffset] = useState(0);
  useLayoutEffect(() => {
    const above = feed.current?.parentElement;
    if (!above) return;
    const measure = () => setOffset((feed.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(above);
    return () => observer.disconnect();
  }, []);
  return offset;
}

interface KeyNeeds extends Pick<RowsProps, 'filing' | 'ask'> {
  cursor: ReturnType<typeof useCursor>;
  topRow: () => number;
}

function useListKeys({ cursor, topRow, filing, ask }: KeyNeeds): void {
  const text = useText();
  // On the selection, or on the one bookmark in focus.
  const targets = () => {
    if (filing.chosen.size > 0) return [...filing.chosen.values()];
    const bookmark = cursor.current();
    return bookmark ? [bookmark] : [];
  };
  useShortcuts({
    j: () => cursor.move(1, topRow()),
    k: () => cursor.move(-1, topRow()),
    x: (event) => {
      const bookmark = cursor.current();
      if (bookmark) filing.choose(bookmark, event.shiftKey);
    },
    c: () => void (targets().length > 0 && ask({ what: 'category', bookmarks: targets() })),
    t: () => void (targets().length > 0 && ask({ what: 'tags', bookmarks: targets() })),
    e: () => archiveAll(targets(), filing, text),
    o: () => {
      const href = safeHref(cursor.current()?.url ?? '');
      if (href) window.open(href, '_blank', 'noopener,noreferrer');
    },
    Enter: (event) => {
      const bookmark = cursor.current();
      // Only on the card itself: its buttons and links have an Enter of their own.
      if (!bookmark || !(event.target instanceof HTMLElement) || event.target.dataset['bookmark'] !== bookmark.id) return false;
      ask({ what: 'edit', bookmark });
    },
    Escape: () => (filing.chosen.size > 0 ? filing.clear() : false),
    '?': () => ask({ what: 'shortcuts' }),
  });
}
