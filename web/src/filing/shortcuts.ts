// Single keys, as long as nobody types and no dialog is open. They can be switched off (WCAG 2.1.4).
import { useEffect, useRef } from 'preact/hooks';

const kStorageKey = 'xbm.shortcuts';

export function shortcutsOn(): boolean {
  try {
    return localStorage.getItem(kStorageKey) !== 'off';
  } catch {
    return true; // storage may be switched off
  }
}

export function switchShortcuts(on: boolean): void {
  try {
    localStorage.setItem(kStorageKey, on ? 'on' : 'off');
  } catch {
    // As above: they stay on.
  }
}

const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName) || isTextInput(target));

const isTextInput = (target: HTMLElement) => target instanceof HTMLInputElement && !/^(checkbox|radio|button)$/.test(target.type);

/** Calls the function of the pressed key (`KeyboardEvent.key`; letters in lower case). One that answers false lets the key pass. */
export function useShortcuts(keys: Record<string, (event: KeyboardEvent) => void | false>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isEditable(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      if (event.key.length === 1 && !shortcutsOn()) return;
      const run = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (run && run(event) !== false) event.preventDefault();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
