// One bookmark in full. Its code comes when it is first opened.
import { lazyView } from '../app/lazy_view';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';

interface Props {
  bookmark: Bookmark;
  onClose: () => void;
}

const Detail = lazyView<Props>(() => import('./detail').then((module) => module.Detail));

export function DetailDialog({ bookmark, onClose }: Props) {
  const { t } = useText();
  const name = bookmark.authorDisplayName || bookmark.authorUsername;
  return <Dialog title={t.bookmarkBy(name)} kind="page" onClose={onClose}><Detail bookmark={bookmark} onClose={onClose} /></Dialog>;
}
