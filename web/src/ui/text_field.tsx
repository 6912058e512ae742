// A labelled text field with a hint, for forms that are no login (account/field.tsx knows passwords).
import { useId } from 'preact/hooks';

interface Props {
  label: string;
  name: string;
  type?: 'text' | 'password' | 'date';
  inputMode?: 'decimal' | 'text';
  hint?: string | undefined;
  value?: string;
  pattern?: string;
  maxLength?: number;
  max?: string;
  required?: boolean;
}

export function TextField({ label, hint, value = '', type = 'text', ...input }: Props) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        {...(type === 'password' ? { type } : type === 'date' ? { type } : { type })}
        defaultValue={value}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        aria-describedby={hint ? `${id}-hint` : undefined}
      />
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}
