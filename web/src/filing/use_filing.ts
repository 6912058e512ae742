// Selection and what is done with it: changes of one or many bookmarks, each with an undo that touches only what was changed.
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { updateBookmarks } from '../api/endpoints';
import { asProblem } from '../api/problem';
import type { Bookmark, BookmarkChange, CategoryRef } from '../api/types';
import { showChanged, showReturned } from '../bookmarks/queries';
import { useText, type Speech } from '../i18n/context';
import { flatten, useCategories } from '../library/queries';
import { writeView, type View } from '../library/view';
import { useToast } from '../ui/toast';
import { all, extend, kNothing, renewed, toggle, type Filed, type Selection } from './selection';
import { applied, undoOf } from './undo';

export interface Filing {
  chosen: ReadonlyMap<string, Filed>;
  /** A change is on its way. */
  busy: boolean;
  /** Selects or takes out; with `range` everything between the last one and this. */
  choose: (bookmark: Bookmark, range: boolean) => void;
  chooseAll: (bookmarks: readonly Filed[]) => void;
  clear: () => void;
  /** `done` is what the message says, of that many bookmarks. */
  apply: (bookmarks: readonly Filed[], change: BookmarkChange, done: (count: number) => string) => void;
  /** Deleted elsewhere: no longer selected. */
  forget: (ids: readonly string[]) => void;
}

/** Into the archive if one of them is not there yet, else back from it. */
export function archiveAll(bookmarks: readonly Filed[], filing: Filing, { t, format }: Pick<Speech, 't' | 'format'>): void {
  const isArchived = bookmarks.some((item) => !item.isArchived);
  filing.apply(bookmarks, { isArchived }, (count) => (isArchived ? t.archivedMany : t.restoredMany)(format.number(count), count));
}

export function useFiling(view: View, bookmarks: readonly Bookmark[]): Filing {
  const { t, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const categories = useCategories();
  const [selection, setSelection] = useState<Selection>(kNothing);
  const [busy, setBusy] = useState(false);
  const latest = useRef({ bookmarks, categories: categories.data, busy: false });
  latest.current.bookmarks = bookmarks;
  latest.current.categories = categories.data;

  // Another place in the library is another list: nothing out of sight is selected.
  const address = writeView(view);
  useEffect(() => setSelection(kNothing), [address]);

  const edited = useCallback(<T extends Filed & { category?: CategoryRef | null }>(old: T, change: BookmarkChange): T => {
    const next = applied(old, change);
    if (change.categoryId === undefined) return next;
    const found = flatten(latest.current.categories ?? []).find(({ category }) => category.id === change.categoryId);
    return { ...next, category: found?.category ?? null };
  }, []);

  const apply = useCallback((targets: readonly Filed[], change: BookmarkChange, done: (count: number) => string) => {
    if (latest.current.busy || targets.length === 0) return;
    const setWaiting = (value: boolean) => {
      latest.current.busy = value;
      setBusy(value);
    };
    const fail = (error: unknown) => toast({ text: explain(asProblem(error)), tone: 'bad' });
    const ids = targets.map((item) => item.id);
    const touched = new Set(ids);
    const back = undoOf(change, targets);
    setWaiting(true);
    const run = async () => {
      await updateBookmarks(ids, change);
      const before = showChanged(client, ids, (old) => edited(old, change));
      setSelection((old) => renewed(old, (item) => (touched.has(item.id) ? edited(item, change) : item)));
      const undo = async () => {
        for (const step of back) await updateBookmarks(step.ids, step.change);
        const changes = new Map(back.flatMap((step) => step.ids.map((id) => [id, step.change] as const)));
        showReturned(client, before, new Set(ids), (old) => edited(old, changes.get(old.id) ?? {}));
        setSelection((old) => renewed(old, (item) => edited(item, changes.get(item.id) ?? {})));
        toast({ text: t.undone, tone: 'plain' });
      };
      toast({
        text: done(ids.length), tone: 'plain',
        ...(back.length > 0 ? { action: { label: t.undo, run: () => void undo().catch(fail) } } : {}),
      });
    };
    run().catch(fail).finally(() => setWaiting(false));
  }, [client, edited, explain, t, toast]);

  const steady = useMemo(() => ({
    choose: (bookmark: Bookmark, range: boolean) =>
      setSelection((old) => (range ? extend(old, latest.current.bookmarks, bookmark) : toggle(old, bookmark))),
    chooseAll: (items: readonly Filed[]) => setSelection(all(items)),
    clear: () => setSelection(kNothing),
    forget: (ids: readonly string[]) => setSelection((old) => renewed(old, (item) => (ids.includes(item.id) ? null : item))),
  }), []);
  return useMemo(() => ({ chosen: selection.chosen, busy, apply, ...steady }), [selection, busy, apply, steady]);
}
