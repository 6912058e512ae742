// The page of a logged-in user: header with search, navigation, the bookmarks.
import { useCallback, useRef, useState } from 'preact/hooks';
import type { User } from '../api/types';
import { BookmarkList } from '../bookmarks/bookmark_list';
import { useBookmarks } from '../bookmarks/queries';
import { BulkBar } from '../filing/bulk_bar';
import { CardDrag } from '../filing/card_drag';
import { FilingDialogs, type Asked } from '../filing/filing_dialogs';
import { useFiling } from '../filing/use_filing';
import { useText } from '../i18n/context';
import { ImportDialog } from '../imports/import_dialog';
import { useImport } from '../imports/use_import';
import { FilterBar } from '../search/filter_bar';
import { FacetPanel } from '../search/facet_panel';
import { SearchBox } from '../search/search_box';
import { Dialog } from '../ui/dialog';
import { Icon, Ribbon } from '../ui/icon';
import { useToast } from '../ui/toast';
import { AccountMenu } from './account_menu';
import { Navigation } from './navigation';
import { useColumns } from './use_columns';
import { useView } from './use_view';
import { isSearch, kEverything } from './view';

export function LibraryPage({ user }: { user: User }) {
  const { t } = useText();
  const [view, change] = useView();
  const [drawer, setDrawer] = useState(false);
  const [importing, setImporting] = useState(false);
  const [facetsOpen, setFacetsOpen] = useState(false);
  const list = useBookmarks(view);
  const filing = useFiling(view, list.bookmarks);
  const [asked, setAsked] = useState<Asked | null>(null);
  const ruler = useRef<HTMLDivElement>(null);
  const columns = useColumns(ruler, user.settings.viewMode);
  const toast = useToast();
  const dialogOpen = useRef(false);
  dialogOpen.current = importing;
  const run = useImport((job) => {
    if (dialogOpen.current) return;
    const done = job.status === 'completed';
    toast({ text: done ? t.importDone : t.importFailed, tone: done ? 'plain' : 'bad' });
  });
  const openImport = useCallback(() => setImporting(true), []);
  const facets = isSearch(view) ? list.facets : undefined;

  return (
    <div class="library">
      <a class="skip" href="#bookmarks">{t.skipToContent}</a>
      <header class="top">
        <div class="top-inner">
          <button type="button" class="icon-button only-narrow" aria-label={t.openMenu} title={t.openMenu} onClick={() => setDrawer(true)}>
            <Icon name="menu" />
          </button>
          <a
            class="brand"
            href="/"
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              change(kEverything);
            }}
          >
            <Ribbon />
            <span>{t.appName}</span>
          </a>
          <SearchBox view={view} change={change} />
          <button type="button" class="button top-import" onClick={openImport}>
            <Icon name="upload" />
            <span>{t.import}</span>
          </button>
          <AccountMenu user={user} />
        </div>
      </header>
      <div class={`columns${facets ? ' columns-search' : ''}${columns > 1 ? ' columns-grid' : ''}`}>
        <aside class="side only-wide">
          <Navigation view={view} change={change} />
        </aside>
        <main class="main" id="bookmarks" tabIndex={-1}>
          <div ref={ruler} class="ruler" />
          <FilterBar view={view} change={change} list={list} viewMode={user.settings.viewMode} facetsOpen={facetsOpen} onToggleFacets={facets ? () => setFacetsOpen(!facetsOpen) : null} />
          {facets && <FacetPanel facets={facets} view={view} change={change} open={facetsOpen} />}
          <BookmarkList view={view} change={change} list={list} filing={filing} ask={setAsked} columns={columns} onImport={openImport} />
          <BulkBar view={view} list={list} filing={filing} ask={(what, bookmarks) => setAsked({ what, bookmarks })} />
        </main>
      </div>
      {drawer && (
        <Dialog kind="drawer" title={t.navigation} onClose={() => setDrawer(false)}>
          <Navigation view={view} change={change} onGo={() => setDrawer(false)} />
        </Dialog>
      )}
      <CardDrag bookmarks={list.bookmarks} filing={filing} />
      <FilingDialogs asked={asked} filing={filing} close={() => setAsked(null)} />
      {importing && <ImportDialog run={run} onClose={() => setImporting(false)} />}
    </div>
  );
}
