// Tags as removable chips with a field behind them: Enter or a comma adds, Backspace in the empty field takes the last.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'preact/compat';
import { useEffect, useId, useRef } from 'preact/hooks';
import { listTags } from '../api/endpoints';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { isTooLong, joinTags, splitTags } from './tags';

interface Props {
  tags: string[];
  onTags: (tags: string[]) => void;
  typed: string;
  onTyped: (text: string) => void;
  /** Takes the focus when it appears. */
  focused?: boolean;
}

const kSuggested = 10;

function useTagSuggestions(text: string): string[] {
  const q = useDeferredValue(text.trim());
  const found = useQuery({
    queryKey: ['tags', 'like', q],
    queryFn: ({ signal }) => listTags({ ...(q ? { q } : {}), limit: kSuggested }, signal),
    staleTime: 60_000,
  });
  return found.data?.map((tag) => tag.name) ?? [];
}

export function TagField({ tags, onTags, typed, onTyped, focused = false }: Props) {
  const { t } = useText();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (focused) input.current?.focus();
  }, []);
  const suggestions = useTagSuggestions(typed);
  const tooLong = splitTags(typed).some(isTooLong);
  const add = (text: string) => {
    const more = splitTags(text);
    if (more.some(isTooLong)) return;
    onTags(joinTags(tags, more));
    onTyped('');
  };
  return (
    <div class="field">
      <label for={id}>{t.tags}</label>
      <div class="tag-field">
        {tags.map((tag) => (
          <button key={tag} type="button" class="chip chip-remove" aria-label={t.removeTag(tag)} onClick={() => onTags(tags.filter((other) => other !== tag))}>
            <span>#{tag}</span>
            <Icon name="close" />
          </button>
        ))}
        <input
          ref={input}
          id={id}
          value={typed}
          list={`${id}-list`}
          placeholder={t.addTag}
          autoComplete="off"
          aria-describedby={`${id}-hint`}
          aria-invalid={tooLong ? true : undefined}
          onInput={(event) => {
            const text = event.currentTarget.value;
            const composing = event instanceof InputEvent && event.isComposing;
            // A comma ends a tag, and so does choosing a suggestion, which arrives as an input of its own kind.
            const chosen = !(event instanceof InputEvent) || event.inputType === 'insertReplacementText';
            if (!composing && (/[,、,]/.test(text) || (chosen && suggestions.includes(text)))) add(text);
            else onTyped(text);
          }}
          onKeyDown={(event) => {
            if (event.isComposing) return;
            if (event.key === 'Enter' && typed.trim() !== '') {
              event.preventDefault();
              add(typed);
            } else if (event.key === 'Backspace' && typed === '' && tags.length > 0) {
              onTags(tags.slice(0, -1));
            }
          }}
        />
        <datalist id={`${id}-list`}>
          {suggestions.filter((name) => !tags.includes(name)).map((name) => <option key={name} value={name} />)}
        </datalist>
      </div>
      <p id={`${id}-hint`} class={tooLong ? 'hint hint-bad' : 'hint'}>{tooLong ? t.tagTooLong : t.tagsHint}</p>
    </div>
  );
}
