// One of several, by the platform's own list.
import { useId } from 'preact/hooks';

interface Props<T extends string> {
  label: string;
  hint?: string | undefined;
  value: T;
  options: readonly (readonly [value: T, name: string])[];
  onChange: (value: T) => void;
}

export function Select<T extends string>({ label, hint, value, options, onChange }: Props<T>) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onChange={(event) => {
          const chosen = options.find(([key]) => key === event.currentTarget.value);
          if (chosen) onChange(chosen[0]);
        }}
      >
        {options.map(([key, name]) => <option key={key} value={key}>{name}</option>)}
      </select>
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}
