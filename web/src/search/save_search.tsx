// Saving the search on screen, under a name.
import { useState } from 'preact/hooks';
import { lazyView } from '../app/lazy_view';
import { useText } from '../i18n/context';
import type { View } from '../library/view';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';

const SaveForm = lazyView<{ view: View; onClose: () => void }>(() => import('./save_form').then((module) => module.SaveForm));

export function SaveSearch({ view }: { view: View }) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button button-quiet save-search" aria-label={t.saveSearch} title={t.saveSearch} onClick={() => setOpen(true)}>
        <Icon name="star" />
        <span>{t.saveSearch}</span>
      </button>
      {open && <Dialog title={t.saveSearch} onClose={() => setOpen(false)}><SaveForm view={view} onClose={() => setOpen(false)} /></Dialog>}
    </>
  );
}
