// The line above the list: how many, which filters, in which order.
import type { Settings } from '../api/schemas';
import { useText } from '../i18n/context';
import type { BookmarkListState } from '../bookmarks/queries';
import { flatten, useCategories } from '../library/queries';
import type { Change } from '../library/use_view';
import { ViewOptions } from '../library/view_options';
import { hasFilters, isSearch, kEverything, type Sort, type View } from '../library/view';
import { Icon } from '../ui/icon';
import { SaveSearch } from './save_search';

interface Props {
  view: View;
  change: Change;
  list: BookmarkListState;
  viewMode: Settings['viewMode'];
  facetsOpen: boolean;
  /** Null where there is nothing to narrow down. */
  onToggleFacets: (() => void) | null;
}

export function FilterBar({ view, change, list, viewMode, facetsOpen, onToggleFacets }: Props) {
  const { t } = useText();
  return (
    <div class="filter-bar">
      <div class="filter-line">
        <Heading view={view} list={list} />
        {(isSearch(view) || hasFilters(view)) && <SaveSearch view={view} />}
        {onToggleFacets && (
          <button type="button" class="button button-quiet facets-toggle" aria-expanded={facetsOpen} aria-controls="facets" onClick={onToggleFacets}>
            <Icon name="filter" />
            {t.filters}
          </button>
        )}
        <ViewOptions viewMode={viewMode} />
        {isSearch(view) && <SortChoice sort={view.sort} onChange={(sort) => change({ sort }, 'replace')} />}
      </div>
      {(hasFilters(view) || view.archived) && <ActiveFilters view={view} change={change} />}
    </div>
  );
}

function Heading({ view, list }: { view: View; list: BookmarkListState }) {
  const { t, format } = useText();
  const count = list.total;
  const words = isSearch(view) ? t.results : t.bookmarkCount;
  return (
    <>
      <h1 class={isSearch(view) || hasFilters(view) ? 'visually-hidden' : undefined}>
        {isSearch(view) ? t.search : view.archived ? t.archive : t.allBookmarks}
      </h1>
      <p class="count" role="status">
        {count !== null ? words(format.number(count), count) : list.query.isError ? '' : isSearch(view) ? t.searching : t.loading}
      </p>
    </>
  );
}

function SortChoice({ sort, onChange }: { sort: Sort; onChange: (sort: Sort) => void }) {
  const { t } = useText();
  return (
    <div class="switch" role="group" aria-label={t.sort}>
      <button type="button" aria-pressed={sort === 'relevance'} onClick={() => onChange('relevance')}>{t.sortRelevance}</button>
      <button type="button" aria-pressed={sort === 'newest'} onClick={() => onChange('newest')}>{t.sortNewest}</button>
    </div>
  );
}

function ActiveFilters({ view, change }: { view: View; change: Change }) {
  const { t, format } = useText();
  const categories = useCategories();
  const names = new Map(flatten(categories.data ?? []).map(({ category }) => [category.id, category.name]));
  const filters: { key: string; name: string; without: Partial<View> }[] = [
    ...(view.archived ? [{ key: 'archived', name: t.archive, without: { archived: false } }] : []),
    ...view.categories.map((id) => ({
      key: id, name: names.get(id) ?? t.category, without: { categories: view.categories.filter((other) => other !== id) },
    })),
    ...(view.uncategorized ? [{ key: 'uncategorized', name: t.uncategorized, without: { uncategorized: false } }] : []),
    ...view.tags.map((tag) => ({ key: `#${tag}`, name: `#${tag}`, without: { tags: view.tags.filter((other) => other !== tag) } })),
    ...(view.from ? [{
      key: 'period', name: view.from === view.to ? format.month(view.from) : t.periodName(format.month(view.from), format.month(view.to)), without: { from: '', to: '' },
    }] : []),
    ...(view.author ? [{ key: 'author', name: `@${view.author}`, without: { author: '' } }] : []),
  ];
  return (
    <ul class="active-filters" aria-label={t.activeFilters}>
      {filters.map(({ key, name, without }) => (
        <li key={key}>
          <button type="button" class="chip chip-remove" aria-label={t.removeFilter(name)} onClick={() => change(without)}>
            <span>{name}</span>
            <Icon name="close" />
          </button>
        </li>
      ))}
      {filters.length > 1 && (
        <li>
          <button type="button" class="link-button" onClick={() => change({ ...kEverything, text: view.text, sort: view.sort })}>
            {t.clearFilters}
          </button>
        </li>
      )}
    </ul>
  );
}
