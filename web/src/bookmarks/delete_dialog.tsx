// Deletion has no way back, so it asks, offers the archive, and Enter does not delete.
import { asProblem } from '../api/problem';
import type { Bookmark } from '../api/types';
import type { Filed } from '../filing/selection';
import type { Filing } from '../filing/use_filing';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Complaint } from '../ui/states';
import { useToast } from '../ui/toast';
import { useDeleteBookmarks } from './queries';

interface Props {
  /** A single one may be whole: then the dialog quotes it. */
  bookmarks: readonly (Filed | Bookmark)[];
  filing: Filing;
  onClose: () => void;
}

const kQuoteLength = 120;

const isWhole = (item: Filed | Bookmark): item is Bookmark => 'content' in item;

function quoteOf(bookmarks: Props['bookmarks']): string {
  const only = bookmarks.length === 1 ? bookmarks[0] : undefined;
  return only && isWhole(only) ? Array.from(only.title || only.content).slice(0, kQuoteLength).join('') : '';
}

export function DeleteDialog({ bookmarks, filing, onClose }: Props) {
  const { t, format, explain } = useText();
  const toast = useToast();
  const remove = useDeleteBookmarks();
  const count = bookmarks.length;
  const quote = quoteOf(bookmarks);
  const run = () => {
    if (remove.isPending) return;
    const ids = bookmarks.map((item) => item.id);
    remove.mutate(ids, {
      onSuccess: () => {
        onClose();
        filing.forget(ids);
        toast({ text: t.deletedMany(format.number(count), count), tone: 'plain' });
        // The button that opened this goes with its card; the list can take the focus once the dialog is closed.
        setTimeout(() => document.getElementById('bookmarks')?.focus({ preventScroll: true }));
      },
    });
  };
  const archive = () => {
    onClose();
    filing.apply(bookmarks, { isArchived: true }, (done) => t.archivedMany(format.number(done), done));
  };
  return (
    <Dialog title={count === 1 ? t.deleteTitle : t.deleteManyTitle(format.number(count))} onClose={onClose}>
      {quote && <blockquote class="quote" dir="auto">{quote}</blockquote>}
      <p>{count === 1 ? t.deleteLead : t.deleteManyLead}</p>
      {remove.isError && <Complaint>{explain(asProblem(remove.error))}</Complaint>}
      <div class="dialog-actions">
        <button type="button" class="button" autofocus onClick={onClose}>{t.cancel}</button>
        {bookmarks.some((item) => !item.isArchived) && <button type="button" class="button" onClick={archive}>{t.archiveInstead}</button>}
        <button type="button" class="button button-danger" aria-disabled={remove.isPending} onClick={run}>{t.delete}</button>
      </div>
    </Dialog>
  );
}
