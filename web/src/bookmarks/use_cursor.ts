// The bookmark that the keys work on: where the focus is or last was. It follows the focus, and the focus follows `j` and `k`.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Bookmark } from '../api/types';

export interface Cursor {
  /** For the list: an element inside of this bookmark got the focus. */
  follow: (index: number, id: string) => void;
  /** One on (1) or back (-1); from nowhere to `start`. */
  move: (by: number, start: number) => void;
  current: () => Bookmark | undefined;
}

interface Needs {
  bookmarks: readonly Bookmark[];
  list: { current: HTMLElement | null };
  /** Brings a bookmark near the screen, so that it exists as an element. */
  show: (index: number) => void;
}

export function useCursor({ bookmarks, list, show }: Needs): Cursor {
  const place = useRef<{ id: string; index: number } | null>(null);
  const wanted = useRef<string | null>(null);

  // What was filed away leaves its place to the next one.
  const indexNow = () => {
    if (place.current === null) return -1;
    const { id, index } = place.current;
    if (bookmarks[index]?.id === id) return index;
    const moved = bookmarks.findIndex((item) => item.id === id);
    return moved >= 0 ? moved : Math.min(index, bookmarks.length - 1);
  };

  const focusOn = (index: number) => {
    const bookmark = bookmarks[index];
    if (!bookmark) return;
    place.current = { id: bookmark.id, index };
    wanted.current = bookmark.id;
    show(index);
    give();
  };
  const give = () => {
    if (wanted.current === null) return;
    const element = list.current?.querySelector<HTMLElement>(`[data-bookmark="${CSS.escape(wanted.current)}"]`);
    if (!element) return;
    wanted.current = null;
    element.focus({ preventScroll: true });
  };

  useLayoutEffect(() => {
    const id = place.current?.id;
    const gone = id !== undefined && !bookmarks.some((item) => item.id === id);
    // The focus went with the card: it goes on where the reader was, not at the top of the page.
    if (gone && document.activeElement === document.body) focusOn(indexNow());
  }, [bookmarks]);
  useLayoutEffect(give);

  return {
    follow: (index, id) => {
      place.current = { id, index };
    },
    move: (by, start) => {
      const from = indexNow();
      focusOn(from < 0 ? start : Math.max(0, Math.min(bookmarks.length - 1, from + by)));
    },
    current: () => bookmarks[indexNow()],
  };
}
