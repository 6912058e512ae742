// What the buttons of a card do, and the dialogs that some of them open. It lives beside the list, not in a card: a
// card that scrolls away is gone.
import { useMemo, useRef, useState } from 'preact/hooks';
import { asProblem } from '../api/problem';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import type { View } from '../library/view';
import { useToast } from '../ui/toast';
import type { CardActions } from './bookmark_card';
import { DeleteDialog } from './delete_dialog';
import { EditDialog } from './edit_dialog';
import { useUpdateBookmark } from './queries';

export type Asked = { what: 'edit' | 'delete'; bookmark: Bookmark } | null;

function useArchive(): (bookmark: Bookmark) => void {
  const { t, explain } = useText();
  const toast = useToast();
  const update = useUpdateBookmark();
  const put = (bookmark: Bookmark, isArchived: boolean, undoable: boolean) =>
    update.mutate(
      { id: bookmark.id, change: { isArchived } },
      {
        onSuccess: () =>
          toast({
            text: isArchived ? t.archivedToast : t.restoredToast,
            tone: 'plain',
            ...(undoable ? { action: { label: t.undo, run: () => put(bookmark, !isArchived, false) } } : {}),
          }),
        onError: (error) => toast({ text: explain(asProblem(error)), tone: 'bad' }),
      },
    );
  return (bookmark) => put(bookmark, !bookmark.isArchived, true);
}

export function useCardActions(view: View, change: Change): { actions: CardActions; asked: Asked; close: () => void } {
  const [asked, setAsked] = useState<Asked>(null);
  // The latest view and archive behind one set of functions that never changes, so that cards need not be drawn again.
  const latest = useRef({ view, archive: (_: Bookmark) => undefined as void });
  latest.current = { view, archive: useArchive() };
  const actions = useMemo<CardActions>(
    () => ({
      edit: (bookmark) => setAsked({ what: 'edit', bookmark }),
      remove: (bookmark) => setAsked({ what: 'delete', bookmark }),
      archive: (bookmark) => latest.current.archive(bookmark),
      showTag: (tag) => change({ tags: [...new Set([...latest.current.view.tags, tag])] }),
      showCategory: (id) => change({ categories: [id], uncategorized: false }),
      showAuthor: (author) => change({ author }),
    }),
    [change],
  );
  return { actions, asked, close: () => setAsked(null) };
}

export function CardDialogs({ asked, actions, close }: { asked: Asked; actions: CardActions; close: () => void }) {
  if (asked === null) return null;
  if (asked.what === 'edit') return <EditDialog bookmark={asked.bookmark} onClose={close} />;
  return <DeleteDialog bookmark={asked.bookmark} onArchive={actions.archive} onClose={close} />;
}
