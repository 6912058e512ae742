// A modal window on the platform's own <dialog>: focus stays inside, Escape closes, focus returns to the opener.
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Icon } from './icon';

interface Props {
  title: string;
  onClose: () => void;
  /** `drawer` slides in from the side, `window` stands in the middle (a sheet at phone width), `page` is as wide as a card. */
  kind?: 'window' | 'drawer' | 'page';
  children: ComponentChildren;
}

export function Dialog({ title, onClose, kind = 'window', children }: Props) {
  const { t } = useText();
  const id = useId();
  const ref = useRef<HTMLDialogElement>(null);
  const onCloseRef = useRef(onClose);
  onCloseRef.current = onClose;

  // Before the first paint: nothing flashes, and the focus is inside at once.
  useLayoutEffect(() => {
    const dialog = ref.current;
    if (!dialog) return;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      if (dialog.open) dialog.close();
      // The element leaves the page with us, so the browser's own return of focus may find nothing to return from.
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${kind === 'page' ? 'window dialog-page' : kind}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onCloseRef.current();
      }}
      onMouseDown={(event) => {
        if (event.target === ref.current) onCloseRef.current();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={id}>{title}</h2>
          <button type="button" class="icon-button" aria-label={t.close} title={t.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
