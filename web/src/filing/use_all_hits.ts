// Selects every hit of the view, also those that no page has loaded yet.
import { useEffect, useRef, useState } from 'preact/hooks';
import { listOnwards } from '../bookmarks/queries';
import type { Bookmark } from '../api/types';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { writeView, type View } from '../library/view';
import { useToast } from '../ui/toast';
import { kSelectedMax } from './selection';

interface Props {
  view: View;
  bookmarks: readonly Bookmark[];
  /** Where the loaded pages end; null when they are all there. */
  nextCursor: string | null;
  onAll: (bookmarks: readonly Bookmark[]) => void;
}

/** `{run, loading}`; another view, or the end of the component, stops it. */
export function useAllHits({ view, bookmarks, nextCursor, onAll }: Props): { run: () => void; loading: boolean } {
  const { explain } = useText();
  const toast = useToast();
  const [loading, setLoading] = useState(false);
  const running = useRef<AbortController | null>(null);
  const address = writeView(view);
  useEffect(() => () => running.current?.abort(), [address]);

  const run = () => {
    if (running.current && !running.current.signal.aborted && loading) return;
    const abort = new AbortController();
    running.current = abort;
    setLoading(true);
    listOnwards(view, bookmarks, nextCursor, kSelectedMax, abort.signal)
      .then((found) => !abort.signal.aborted && onAll(found))
      .catch((error: unknown) => !abort.signal.aborted && toast({ text: explain(asProblem(error)), tone: 'bad' }))
      .finally(() => setLoading(false));
  };
  return { run, loading };
}
