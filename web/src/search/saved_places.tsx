// The pinned searches beside the categories, and the way to all of them.
import { useState } from 'preact/hooks';
import { lazyView } from '../app/lazy_view';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { ViewLink } from '../library/view_link';
import { writeView, type View } from '../library/view';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { viewOf } from './saved';
import { useSaved } from './saved_queries';

const SavedList = lazyView<{ onGo: (view: View) => void }>(() => import('./saved_list').then((module) => module.SavedList));

interface Props {
  view: View;
  change: Change;
  onGo?: () => void;
}

export function SavedPlaces({ view, change, onGo }: Props) {
  const { t } = useText();
  const saved = useSaved();
  const [open, setOpen] = useState(false);
  // Nothing is saved, or it is not known yet: no heading that moves what is below.
  if (!saved.data || saved.data.length === 0) return null;
  const here = writeView(view);
  const go = (to: View) => {
    setOpen(false);
    change(to);
    onGo?.();
  };
  return (
    <>
      <div class="navigation-head">
        <h2>{t.savedSearches}</h2>
        <button type="button" class="icon-button" aria-label={t.manageSaved} title={t.manageSaved} onClick={() => setOpen(true)}>
          <Icon name="settings" />
        </button>
      </div>
      <ul>
        {saved.data.filter((search) => search.pinned).map((search) => {
          const to = viewOf(search.query);
          return <ViewLink key={search.id} to={to} here={writeView(to) === here} icon="search" onGo={() => go(to)}>{search.name}</ViewLink>;
        })}
      </ul>
      {open && <Dialog title={t.savedSearches} onClose={() => setOpen(false)}><SavedList onGo={go} /></Dialog>}
    </>
  );
}
