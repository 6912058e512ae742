// Which of the page's places the address names. The library keeps its own state in the query string (see library/use_view.ts).
import { useSyncExternalStore } from 'preact/compat';
import { kPaths, placeOf, type Place } from './places';

const kChanged = 'xbm:place';

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
