// The search box: searches as one types, `/` goes to it, Escape empties it.
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useShortcuts } from '../filing/shortcuts';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { isSearch, kTextLengthMax, type View } from '../library/view';
import { Icon } from '../ui/icon';
import { Popover } from '../ui/popover';
import { complete } from './completion';
import { OfferList } from './offer_list';
import { SearchHelp } from './search_help';
import { useOffers, type Offer } from './use_offers';

const kDebounceMs = 150;

export function SearchBox({ view, change }: { view: View; change: Change }) {
  const { t, format } = useText();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const composing = useRef(false);
  const [text, setText] = useState(view.text);
  const [caret, setCaret] = useState(0);
  // Offers are shown from the first key or click on, and until one is taken or Escape closes them.
  const [offering, setOffering] = useState(false);
  const [active, setActive] = useState(-1);
  const offers = useOffers(text, caret, offering);

  // Back, forward and links change the address under us.
  useEffect(() => {
    clearTimeout(timer.current);
    setText(view.text);
  }, [view.text]);

  useEffect(() => () => clearTimeout(timer.current), []);
  useShortcuts({
    '/': () => {
      input.current?.focus();
      input.current?.select();
    },
  });

  const commit = (value: string) => {
    clearTimeout(timer.current);
    // The first letter is a step in the history, the rest of the typing is the same step.
    change({ text: value }, isSearch(view) && value.trim() !== '' ? 'replace' : 'push');
  };
  const take = (offer: Offer) => {
    const done = offer.what === 'past' ? { text: offer.value, caret: offer.value.length } : complete(text, offer.open, offer.value);
    setText(done.text);
    setCaret(done.caret);
    setActive(-1);
    setOffering(false);
    commit(done.text);
    requestAnimationFrame(() => input.current?.setSelectionRange(done.caret, done.caret));
  };
  const onInput = (value: string) => {
    setText(value);
    setCaret(input.current?.selectionStart ?? value.length);
    setOffering(true);
    setActive(-1);
    clearTimeout(timer.current);
    // Kana that is still being converted is not yet what is meant.
    if (!composing.current) timer.current = setTimeout(() => commit(value), kDebounceMs);
  };

  // Whether the key was meant for the list of offers.
  const onOfferKey = (event: KeyboardEvent): boolean => {
    const offer = offers[active];
    if (event.key === 'ArrowDown' && offers.length === 0 && !offering) setOffering(true);
    else if (offers.length === 0) return false;
    else if (event.key === 'ArrowDown') setActive((active + 1) % offers.length);
    else if (event.key === 'ArrowUp') setActive((active <= 0 ? offers.length : active) - 1);
    else if (event.key === 'Enter' && offer) take(offer);
    else if (event.key === 'Escape') setOffering(false);
    else return false;
    return true;
  };

  return (
    <form
      class="search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setOffering(false);
        commit(text);
      }}
      onFocusOut={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOffering(false);
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
        aria-autocomplete="list"
        aria-controls={offers.length > 0 ? `${id}-offers` : undefined}
        aria-activedescendant={offers[active] ? `${id}-offers-${active}` : undefined}
        onClick={() => {
          setCaret(input.current?.selectionStart ?? 0);
          setOffering(true);
        }}
        onKeyUp={() => setCaret(input.current?.selectionStart ?? 0)}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={(event) => {
          composing.current = false;
          onInput(event.currentTarget.value);
        }}
        onInput={(event) => onInput(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (composing.current || event.isComposing) return;
          if (onOfferKey(event)) event.preventDefault();
          else if (event.key === 'Escape' && text !== '') {
            event.preventDefault();
            setText('');
            commit('');
          }
        }}
      />
      {offers.length > 0 && <OfferList id={`${id}-offers`} offers={offers} active={active} onActive={setActive} onTake={take} />}
      <span class="visually-hidden" role="status">{offers.length > 0 ? t.offerCount(format.number(offers.length), offers.length) : ''}</span>
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
