// All bookmarks of the view: only what is near the screen exists as elements, the next page loads ahead of the scroll.
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { hasFilters, isSearch, kEverything, type View } from '../library/view';
import { Icon } from '../ui/icon';
import { Empty, Failure, Loading } from '../ui/states';
import { BookmarkCard } from './bookmark_card';
import { CardDialogs, useCardActions } from './card_actions';
import type { BookmarkListState } from './queries';

const kEstimatedHeight = 210;
const kGap = 12;
/** Rows before the end at which the next page is fetched. */
const kAhead = 12;

interface Props {
  view: View;
  change: Change;
  list: BookmarkListState;
  onImport: () => void;
}

export function BookmarkList({ view, change, list, onImport }: Props) {
  const { query, bookmarks } = list;
  if (query.isPending) return <Skeleton />;
  if (query.isError && bookmarks.length === 0) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (bookmarks.length === 0 && !query.isPlaceholderData) return <Nothing view={view} change={change} onImport={onImport} />;
  return (
    <>
      {query.isError && !query.isFetchNextPageError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <Rows view={view} change={change} list={list} />
      <Tail list={list} />
    </>
  );
}

function Rows({ view, change, list }: Omit<Props, 'onImport'>) {
  const { query, bookmarks } = list;
  const feed = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  const { actions, asked, close } = useCardActions(view, change);

  // What stands above the list (filters, facets) moves it.
  useLayoutEffect(() => {
    const above = feed.current?.parentElement;
    if (!above) return;
    const measure = () => setOffset((feed.current?.getBoundingClientRect().top ?? 0) + window.scrollY);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(above);
    return () => observer.disconnect();
  }, []);

  const virtualizer = useWindowVirtualizer({
    count: bookmarks.length,
    estimateSize: () => kEstimatedHeight,
    getItemKey: (index) => bookmarks[index]?.id ?? index,
    gap: kGap,
    overscan: 4,
    scrollMargin: offset,
  });
  const rows = virtualizer.getVirtualItems();
  const last = rows[rows.length - 1]?.index ?? 0;
  const wanted = last >= bookmarks.length - kAhead && query.hasNextPage && !query.isPlaceholderData;
  const idle = !query.isFetchingNextPage && !query.isFetchNextPageError;
  useEffect(() => {
    if (wanted && idle) void query.fetchNextPage();
  }, [wanted, idle, last]);

  return (
    <div
      ref={feed}
      class={query.isPlaceholderData ? 'feed feed-stale' : 'feed'}
      role="feed"
      aria-busy={query.isFetching}
      style={{ height: `${virtualizer.getTotalSize()}px` }}
    >
      {rows.map((row) => {
        const bookmark = bookmarks[row.index];
        if (!bookmark) return null;
        return (
          <div
            key={row.key}
            ref={virtualizer.measureElement}
            data-index={row.index}
            class="row"
            style={{ transform: `translateY(${row.start - virtualizer.options.scrollMargin}px)` }}
          >
            <BookmarkCard bookmark={bookmark} actions={actions} position={row.index + 1} count={list.total ?? -1} />
          </div>
        );
      })}
      <CardDialogs asked={asked} actions={actions} close={close} />
    </div>
  );
}

function Tail({ list: { query } }: { list: BookmarkListState }) {
  const { t } = useText();
  if (query.isFetchNextPageError) {
    return (
      <div class="tail" role="alert">
        <p>{t.loadMoreFailed}</p>
        <button type="button" class="button" onClick={() => void query.fetchNextPage()}>{t.retry}</button>
      </div>
    );
  }
  if (query.isFetchingNextPage) return <div class="tail"><Loading label={t.loadingMore} /></div>;
  return query.hasNextPage ? null : <p class="tail fine">{t.endOfList}</p>;
}

function Nothing({ view, change, onImport }: Omit<Props, 'list'>) {
  const { t } = useText();
  if (isSearch(view)) return <Empty title={t.emptySearchTitle} lead={t.emptySearchLead} />;
  if (hasFilters(view) || view.archived) {
    return (
      <Empty title={t.emptyCategoryTitle} lead={t.emptyCategoryLead}>
        <button type="button" class="button" onClick={() => change(kEverything)}>{t.allBookmarks}</button>
      </Empty>
    );
  }
  return (
    <Empty title={t.emptyTitle} lead={t.emptyLead}>
      <button type="button" class="button button-main" onClick={onImport}>
        <Icon name="upload" />
        {t.importTitle}
      </button>
    </Empty>
  );
}

function Skeleton() {
  const { t } = useText();
  return (
    <div class="skeleton" role="status" aria-label={t.loading}>
      {[0, 1, 2].map((index) => (
        <div key={index} class="card" aria-hidden="true"><i /><i /><i /></div>
      ))}
    </div>
  );
}
