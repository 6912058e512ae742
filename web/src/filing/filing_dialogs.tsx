// The dialogs of filing. Their contents come when they are first asked for.
import { lazyView } from '../app/lazy_view';
import type { Bookmark } from '../api/types';
import { DeleteDialog } from '../bookmarks/delete_dialog';
import { DetailDialog } from '../bookmarks/detail_dialog';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import type { FilingDialog } from './bulk_bar';
import type { Filed } from './selection';
import type { Filing } from './use_filing';

export type Asked =
  | { what: 'edit'; bookmark: Bookmark }
  | { what: FilingDialog; bookmarks: readonly Filed[] }
  | { what: 'shortcuts' };

interface BodyProps {
  bookmarks: readonly Filed[];
  apply: Filing['apply'];
  onClose: () => void;
}

const CategoryChoice = lazyView<BodyProps>(() => import('./category_choice').then((module) => module.CategoryChoice));
const TagsChange = lazyView<BodyProps>(() => import('./tags_change').then((module) => module.TagsChange));
const ShortcutList = lazyView<object>(() => import('./shortcut_list').then((module) => module.ShortcutList));

export function FilingDialogs({ asked, filing, close }: { asked: Asked | null; filing: Filing; close: () => void }) {
  const { t } = useText();
  if (asked === null) return null;
  switch (asked.what) {
    case 'edit': return <DetailDialog bookmark={asked.bookmark} onClose={close} />;
    case 'delete': return <DeleteDialog bookmarks={asked.bookmarks} filing={filing} onClose={close} />;
    case 'category':
      return <Dialog title={t.chooseCategory} onClose={close}><CategoryChoice bookmarks={asked.bookmarks} apply={filing.apply} onClose={close} /></Dialog>;
    case 'tags':
      return <Dialog title={t.changeTags} onClose={close}><TagsChange bookmarks={asked.bookmarks} apply={filing.apply} onClose={close} /></Dialog>;
    case 'shortcuts':
      return <Dialog title={t.shortcutsTitle} onClose={close}><ShortcutList /></Dialog>;
  }
}
