// Light, dark, or what the system asks for. The account keeps the choice; the browser remembers it for the first paint.
import { useLayoutEffect } from 'preact/hooks';
import type { Settings } from '../api/schemas';
import type { User } from '../api/types';

export type Theme = Settings['theme'];

const kStorageKey = 'xbm.theme';

function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(kStorageKey);
    return value === 'light' || value === 'dark' ? value : 'system';
  } catch {
    return 'system'; // storage may be switched off
  }
}

function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

function storeTheme(theme: Theme): void {
  try {
    localStorage.setItem(kStorageKey, theme);
  } catch {
    // As above: the account still has it.
  }
}

/** Called before the first paint. */
export const showStoredTheme = () => showTheme(storedTheme());

/** Follows the account's choice from then on. */
export function useTheme(user: User | null): void {
  const theme = user?.settings.theme;
  useLayoutEffect(() => {
    if (theme === undefined) return;
    showTheme(theme);
    storeTheme(theme);
  }, [theme]);
}
