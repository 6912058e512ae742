// A labelled text field with a hint and its own complaint, tied together for assistive technology.
import { useId } from 'preact/hooks';

interface Props {
  label: string;
  name: string;
  type?: 'text' | 'password';
  autocomplete: 'username' | 'current-password' | 'new-password';
  hint?: string;
  complaint?: string | null;
  pattern?: string;
  minLength?: number;
  maxLength: number;
  autofocus?: boolean;
}

export function Field({ label, hint, complaint, type = 'text', autocomplete, autofocus, ...input }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        {...(type === 'password' ? { type } : { type })}
        autoComplete={autocomplete}
        autofocus={autofocus ?? false}
        autoCapitalize="none"
        spellcheck={false}
        required
        aria-invalid={complaint ? true : undefined}
        aria-describedby={hint || complaint ? `${id}-hint` : undefined}
      />
      {(hint || complaint) && (
        <p id={`${id}-hint`} class={complaint ? 'hint hint-bad' : 'hint'}>
          {complaint ?? hint}
        </p>
      )}
    </div>
  );
}

/** The value of a field of a submitted form. */
export const valueOf = (form: FormData, name: string) => String(form.get(name) ?? '');
