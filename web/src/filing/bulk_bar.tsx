// What can be done with the selected bookmarks: a bar at the lower edge for as long as there are some.
import { useEffect } from 'preact/hooks';
import type { Bookmark } from '../api/types';
import type { BookmarkListState } from '../bookmarks/queries';
import { useText } from '../i18n/context';
import type { View } from '../library/view';
import { Icon, type IconName } from '../ui/icon';
import { kSelectedMax, type Filed } from './selection';
import { useAllHits } from './use_all_hits';
import { archiveAll, type Filing } from './use_filing';

export type FilingDialog = 'category' | 'tags' | 'delete';

interface Props {
  view: View;
  list: BookmarkListState;
  filing: Filing;
  ask: (what: FilingDialog, bookmarks: readonly Filed[]) => void;
}

export function BulkBar({ view, list, filing, ask }: Props) {
  const text = useText();
  const { t, format } = text;
  const onAll = (bookmarks: readonly Bookmark[]) => filing.chooseAll(bookmarks);
  const hits = useAllHits({ view, bookmarks: list.bookmarks, nextCursor: list.nextCursor, onAll });
  const chosen = [...filing.chosen.values()];
  const shown = chosen.length > 0;
  useEffect(() => {
    if (!shown) return;
    document.documentElement.dataset['bulk'] = '';
    return () => {
      delete document.documentElement.dataset['bulk'];
    };
  }, [shown]);
  if (chosen.length === 0) return null;
  const archiving = chosen.some((item) => !item.isArchived);
  const reachable = Math.min(list.total ?? 0, kSelectedMax);
  return (
    <div class="bulk-bar" role="toolbar" aria-label={t.selectedActions} aria-busy={filing.busy}>
      <p class="bulk-count" role="status">{t.selectedCount(format.number(chosen.length), chosen.length)}</p>
      {chosen.length < reachable && (
        <button type="button" class="link-button" aria-disabled={hits.loading} onClick={hits.run}>
          {hits.loading ? t.loading : t.selectAll(format.number(reachable))}
        </button>
      )}
      <span class="spacer" />
      <Command icon="folder" name={t.category} keys="c" run={() => ask('category', chosen)} />
      <Command icon="tag" name={t.tags} keys="t" run={() => ask('tags', chosen)} />
      <Command icon={archiving ? 'archive' : 'restore'} name={archiving ? t.moveToArchive : t.restore} keys="e" run={() => archiveAll(chosen, filing, text)} />
      <Command icon="trash" name={t.delete} run={() => ask('delete', chosen)} />
      <button type="button" class="icon-button" aria-label={t.clearSelection} title={t.clearSelection} onClick={filing.clear}>
        <Icon name="close" />
      </button>
    </div>
  );
}

function Command({ icon, name, keys, run }: { icon: IconName; name: string; keys?: string; run: () => void }) {
  return (
    <button type="button" class="button button-quiet bulk-command" aria-label={name} title={name} aria-keyshortcuts={keys} onClick={run}>
      <Icon name={icon} />
      <span>{name}</span>
    </button>
  );
}
