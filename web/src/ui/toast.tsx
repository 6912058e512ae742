// Short messages at the bottom edge, read out politely, some with one action (undo).
import { createContext, type ComponentChildren } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Icon } from './icon';

interface Toast {
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

const kVisibleMs = 7000;
const ToastContext = createContext<(toast: Toast) => void>(() => undefined);

export const useToast = () => useContext(ToastContext);

export function ToastProvider({ children }: { children: ComponentChildren }) {
  const { t } = useText();
  const [toast, setToast] = useState<Toast | null>(null);
  const held = useRef(false);
  const show = useCallback((next: Toast) => setToast(next), []);

  useEffect(() => {
    if (!toast) return;
    // Pointer or focus on the message holds it: the time to read and react is the reader's (WCAG 2.2.1).
    const timer = setInterval(() => {
      if (!held.current) setToast(null);
    }, kVisibleMs);
    return () => clearInterval(timer);
  }, [toast]);

  const hold = (value: boolean) => () => {
    held.current = value;
  };
  return (
    <ToastContext.Provider value={show}>
      {children}
      <div class="toasts" role="status" aria-live="polite">
        {toast && (
          <div class={`toast toast-${toast.tone}`} onPointerEnter={hold(true)} onPointerLeave={hold(false)} onFocusIn={hold(true)} onFocusOut={hold(false)}>
            <span>{toast.text}</span>
            {toast.action && (
              <button
                type="button"
                class="toast-action"
                onClick={() => {
                  held.current = false;
                  setToast(null);
                  toast.action?.run();
                }}
              >
                {toast.action.label}
              </button>
            )}
            <button type="button" class="icon-button" aria-label={t.close} onClick={() => { held.current = false; setToast(null); }}>
              <Icon name="close" />
            </button>
          </div>
        )}
      </div>
    </ToastContext.Provider>
  );
}
