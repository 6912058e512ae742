// Deletion has no way back, so it asks, offers the archive, and Enter does not delete.
import { asProblem } from '../api/problem';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Complaint } from '../ui/states';
import { useToast } from '../ui/toast';
import { useDeleteBookmark } from './queries';

interface Props {
  bookmark: Bookmark;
  onArchive: (bookmark: Bookmark) => void;
  onClose: () => void;
}

export function DeleteDialog({ bookmark, onArchive, onClose }: Props) {
  const { t, explain } = useText();
  const toast = useToast();
  const remove = useDeleteBookmark();
  const run = () => {
    if (remove.isPending) return;
    remove.mutate(bookmark.id, {
      onSuccess: () => {
        onClose();
        toast({ text: t.deletedToast, tone: 'plain' });
        // The button that opened this goes with its card; the list can take the focus once the dialog is closed.
        setTimeout(() => document.getElementById('bookmarks')?.focus({ preventScroll: true }));
      },
    });
  };
  return (
    <Dialog title={t.deleteTitle} onClose={onClose}>
      <blockquote class="quote" dir="auto">{Array.from(bookmark.title || bookmark.content).slice(0, 120).join('')}</blockquote>
      <p>{t.deleteLead}</p>
      {remove.isError && <Complaint>{explain(asProblem(remove.error))}</Complaint>}
      <div class="dialog-actions">
        <button type="button" class="button" autofocus onClick={onClose}>{t.cancel}</button>
        {!bookmark.isArchived && (
          <button
            type="button"
            class="button"
            onClick={() => {
              onClose();
              onArchive(bookmark);
            }}
          >
            {t.archiveInstead}
          </button>
        )}
        <button type="button" class="button button-danger" aria-disabled={remove.isPending} onClick={run}>{t.delete}</button>
      </div>
    </Dialog>
  );
}
