// Which of the page's places the address names. The library keeps its own state in the query string (see library/use_view.ts).
import { useSyncExternalStore } from 'preact/compat';

export type Place = 'library' | 'sync' | 'imports' | 'exports' | 'settings';

export const kPaths: Record<Place, string> = {
  library: '/',
  sync: '/sync',
  imports: '/imports',
  exports: '/exports',
  settings: '/settings',
};

const kChanged = 'xbm:place';

/** The place of a path; whatever is unknown is the library. */
export function placeOf(path: string): Place {
  const bare = path.toLowerCase().replace(/\/$/, '') || '/';
  const known = (Object.keys(kPaths) as Place[]).find((place) => kPaths[place] === bare);
  return known ?? 'library';
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(kChanged, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(kChanged, listener);
  };
}

const snapshot = () => placeOf(window.location.pathname);

export const usePlace = (): Place => useSyncExternalStore(subscribe, snapshot);

export function go(place: Place): void {
  window.history.pushState(null, '', kPaths[place]);
  window.dispatchEvent(new Event(kChanged));
  window.scrollTo(0, 0);
}

/** Takes a parameter out of the address and answers its value, null when it is not there. */
export function takeParameter(name: string): string | null {
  const url = new URL(window.location.href);
  const value = url.searchParams.get(name);
  if (value === null) return null;
  url.searchParams.delete(name);
  window.history.replaceState(null, '', url.pathname + url.search);
  return value;
}
