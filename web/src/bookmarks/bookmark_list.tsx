// All bookmarks of the view: only what is near the screen exists as elements, the next page loads ahead of the scroll.
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { hasFilters, isSearch, kEverything, type View } from '../library/view';
import { Icon } from '../ui/icon';
import { Empty, Failure, Loading } from '../ui/states';
import type { BookmarkListState } from './queries';
import { Rows, type RowsProps } from './rows';

interface Props extends RowsProps {
  onImport: () => void;
}

export function BookmarkList({ onImport, ...rows }: Props) {
  const { view, change, list, columns } = rows;
  const { query, bookmarks } = list;
  if (query.isPending) return <Skeleton />;
  if (query.isError && bookmarks.length === 0) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  if (bookmarks.length === 0 && !query.isPlaceholderData) return <Nothing view={view} change={change} onImport={onImport} />;
  return (
    <>
      {query.isError && !query.isFetchNextPageError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      <Rows key={columns} {...rows} />
      <Tail list={list} />
    </>
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

function Nothing({ view, change, onImport }: { view: View; change: Change; onImport: () => void }) {
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
