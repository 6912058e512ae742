// What the buttons of a card do: one set of functions that never changes, so that cards need not be drawn again.
import { useMemo, useRef } from 'preact/hooks';
import type { Asked } from '../filing/filing_dialogs';
import { archiveAll, type Filing } from '../filing/use_filing';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import type { View } from '../library/view';
import type { CardActions } from './bookmark_card';

interface Needs {
  view: View;
  change: Change;
  filing: Filing;
  ask: (asked: Asked) => void;
}

export function useCardActions(needs: Needs): CardActions {
  const text = useText();
  const latest = useRef({ ...needs, text });
  latest.current = { ...needs, text };
  return useMemo<CardActions>(() => ({
    edit: (bookmark) => latest.current.ask({ what: 'edit', bookmark }),
    remove: (bookmark) => latest.current.ask({ what: 'delete', bookmarks: [bookmark] }),
    archive: (bookmark) => archiveAll([bookmark], latest.current.filing, latest.current.text),
    choose: (bookmark, range) => latest.current.filing.choose(bookmark, range),
    showTag: (tag) => latest.current.change({ tags: [...new Set([...latest.current.view.tags, tag])] }),
    showCategory: (id) => latest.current.change({ categories: [id], uncategorized: false }),
    showAuthor: (author) => latest.current.change({ author }),
  }), []);
}
