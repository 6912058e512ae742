// What the list below the search box offers: completions where the caret is, or past searches while nothing is typed.
import { useQuery } from '@tanstack/react-query';
import { popular, suggest, type Suggestions } from '../api/search';
import { openAt, type Kind, type Open } from './completion';
import { usePast } from './saved_queries';

export type Offer =
  | { what: 'value'; value: string; name: string; count: number; open: Open; color?: string }
  | { what: 'past'; value: string };

function offersOf(found: Suggestions, open: Open): Offer[] {
  if (open.kind === 'tags') return found.tags.map(({ value, count }) => ({ what: 'value', value, name: value, count, open }));
  if (open.kind === 'categories') return found.categories.map(({ name, count, color }) => ({ what: 'value', value: name, name, count, color, open }));
  return found.authors.map(({ username, displayName, count }) => ({ what: 'value', value: username, name: displayName || username, count, open }));
}

const kOffered = 8;
const folded = (text: string) => text.normalize('NFKC').toLowerCase();

// The server looks for two letters or more, or one of a script without spaces; a single one is found among those of late.
async function find(kind: Kind, typed: string, signal: AbortSignal): Promise<Suggestions> {
  if (typed.length > 1 || /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]/u.test(typed)) return suggest(kind, typed, kOffered, signal);
  const { tags, authors, categories } = await popular(kind, signal);
  const has = (...names: string[]) => names.some((name) => folded(name).includes(folded(typed)));
  return {
    tags: tags.filter(({ value }) => has(value)).slice(0, kOffered),
    authors: authors.filter(({ username, displayName }) => has(username, displayName)).slice(0, kOffered),
    categories: categories.filter(({ name }) => has(name)).slice(0, kOffered),
  };
}

/** Nothing while `active` is false. */
export function useOffers(text: string, caret: number, active: boolean): Offer[] {
  const open = active ? openAt(text, caret) : null;
  const past = usePast(active && text === '');
  const found = useQuery({
    queryKey: ['completion', open?.kind, open?.typed],
    queryFn: ({ signal }) => find(open?.kind ?? 'tags', open?.typed.trim() ?? '', signal),
    enabled: open !== null,
    staleTime: 60_000,
  });
  if (open) return found.data ? offersOf(found.data, open) : [];
  return active && text === '' ? (past.data ?? []).map((value) => ({ what: 'past', value })) : [];
}
