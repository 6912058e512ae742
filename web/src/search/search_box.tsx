// The search box: searches as one types, `/` goes to it, Escape empties it.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { isSearch, kTextLengthMax, type View } from '../library/view';
import { Icon } from '../ui/icon';
import { Popover } from '../ui/popover';
import { SearchHelp } from './search_help';

const kDebounceMs = 150;

const isEditable = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

export function SearchBox({ view, change }: { view: View; change: Change }) {
  const { t } = useText();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const composing = useRef(false);
  const [text, setText] = useState(view.text);

  // Back, forward and links change the address under us.
  useEffect(() => {
    clearTimeout(timer.current);
    setText(view.text);
  }, [view.text]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || isEditable(event.target)) return;
      if (document.querySelector('dialog[open]')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
      clearTimeout(timer.current);
    };
  }, []);

  const commit = (value: string) => {
    clearTimeout(timer.current);
    // The first letter is a step in the history, the rest of the typing is the same step.
    change({ text: value }, isSearch(view) && value.trim() !== '' ? 'replace' : 'push');
  };
  const onInput = (value: string) => {
    setText(value);
    clearTimeout(timer.current);
    // Kana that is still being converted is not yet what is meant.
    if (!composing.current) timer.current = setTimeout(() => commit(value), kDebounceMs);
  };

  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        commit(text);
      }}
    >
      <label class="visually-hidden" for={id}>{t.search}</label>
      <Icon name="search" />
      <input
        ref={input}
        id={id}
        type="search"
        name="q"
        value={text}
        maxLength={kTextLengthMax}
        placeholder={t.searchHint}
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        enterkeyhint="search"
        aria-keyshortcuts="/"
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(event) => {
          composing.current = false;
          onInput(event.currentTarget.value);
        }}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || composing.current || text === '') return;
          event.preventDefault();
          setText('');
          commit('');
        }}
      />
      {text === '' ? (
        <kbd class="only-wide" aria-hidden="true">/</kbd>
      ) : (
        <button type="button" class="icon-button" aria-label={t.clearSearch} title={t.clearSearch} onClick={() => { setText(''); commit(''); input.current?.focus(); }}>
          <Icon name="close" />
        </button>
      )}
      <Popover label={t.searchHelp} icon="help">
        <SearchHelp />
      </Popover>
    </form>
  );
}
