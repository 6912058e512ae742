// Whether pictures of posts are loaded from where they are, which tells that server who looks at them: only when the reader says so.
// Kept by the browser: it is the device that asks.
import { useSyncExternalStore } from 'preact/compat';

const kStorageKey = 'xbm.remote_media';
const kChanged = 'xbm:remote_media';
let here = stored();

function stored(): boolean {
  try {
    return localStorage.getItem(kStorageKey) === 'on';
  } catch {
    return false; // storage may be switched off
  }
}

function subscribe(listener: () => void): () => void {
  const elsewhere = (event: StorageEvent) => {
    if (event.key !== kStorageKey) return;
    here = stored();
    listener();
  };
  window.addEventListener(kChanged, listener);
  window.addEventListener('storage', elsewhere);
  return () => {
    window.removeEventListener(kChanged, listener);
    window.removeEventListener('storage', elsewhere);
  };
}

export const useRemoteMedia = (): boolean => useSyncExternalStore(subscribe, () => here);

export function allowRemoteMedia(on: boolean): void {
  here = on;
  try {
    if (on) localStorage.setItem(kStorageKey, 'on');
    else localStorage.removeItem(kStorageKey);
  } catch {
    // As above: it then lasts as long as the page.
  }
  window.dispatchEvent(new Event(kChanged));
}
