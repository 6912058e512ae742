import { useEffect, useId, useRef } from 'preact/hooks';
import { useText } from '../i18n/context';

/** A name in its own field; leaving it empty, or Escape, leaves the name as it was. */
export function RenameForm({ label, name, maxLength = 100, onDone }: { label: string; name: string; maxLength?: number; onDone: (name: string) => void }) {
  const { t } = useText();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        onDone((input.current?.value ?? '').trim());
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onDone('');
      }}
    >
      <div class="field">
        <label class="visually-hidden" for={id}>{label}</label>
        <input ref={input} id={id} name="name" defaultValue={name} maxLength={maxLength} autoComplete="off" />
      </div>
      <button type="submit" class="button">{t.save}</button>
    </form>
  );
}
