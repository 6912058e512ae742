// The view that the address names, as state; every change is a step in the browser's history.
import { useCallback, useSyncExternalStore } from 'preact/compat';
import { readView, writeView, type View } from './view';

const kChanged = 'xbm:view';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(kChanged, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(kChanged, listener);
  };
}

// The snapshot must be the same object while the address is the same.
let lastSearch: string | null = null;
let lastView: View = readView('');

function snapshot(): View {
  if (window.location.search !== lastSearch) {
    lastSearch = window.location.search;
    lastView = readView(lastSearch);
  }
  return lastView;
}

export interface Change {
  (change: Partial<View>, how?: 'push' | 'replace'): void;
}

export function useView(): [View, Change] {
  const view = useSyncExternalStore(subscribe, snapshot);
  const change = useCallback<Change>((part, how = 'push') => {
    const search = writeView({ ...snapshot(), ...part });
    if (search === writeView(snapshot())) return;
    const address = window.location.pathname + search;
    if (how === 'push') window.history.pushState(null, '', address);
    else window.history.replaceState(null, '', address);
    window.dispatchEvent(new Event(kChanged));
    window.scrollTo(0, 0);
  }, []);
  return [view, change];
}
