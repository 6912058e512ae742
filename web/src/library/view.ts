// What part of the library is shown: the query string of the page's address, both ways. Pure.
import type { QueryValue } from '../api/client';

export type Sort = 'relevance' | 'newest';

export interface View {
  text: string;
  /** Category ids; any of them. */
  categories: string[];
  uncategorized: boolean;
  tags: string[];
  author: string;
  /** Saved in these months and between them, `YYYY-MM`; both or neither. */
  from: string;
  to: string;
  archived: boolean;
  sort: Sort;
}

export const kEverything: View = {
  text: '', categories: [], uncategorized: false, tags: [], author: '', from: '', to: '', archived: false, sort: 'relevance',
};

const unique = (values: string[]) => [...new Set(values.filter((value) => value !== ''))];

const kMonth = /^\d{4}-(?:0[1-9]|1[0-2])$/;

/** Two months in their order; nothing unless both are months. */
export function period(one: string, other: string): Pick<View, 'from' | 'to'> {
  if (!kMonth.test(one) || !kMonth.test(other)) return { from: '', to: '' };
  return one <= other ? { from: one, to: other } : { from: other, to: one };
}

/** The last day of a month, as a date. */
export function lastDay(month: string): string {
  const [year, number] = month.split('-').map(Number) as [number, number];
  return `${month}-${new Date(Date.UTC(year, number, 0)).getUTCDate()}`;
}

export function readView(search: string): View {
  const params = new URLSearchParams(search);
  return {
    text: params.get('q') ?? '',
    categories: unique(params.getAll('category')),
    uncategorized: params.get('uncategorized') === '1',
    tags: unique(params.getAll('tag')),
    author: params.get('author') ?? '',
    ...period(params.get('from') ?? '', params.get('to') ?? ''),
    archived: params.get('archived') === '1',
    sort: params.get('sort') === 'newest' ? 'newest' : 'relevance',
  };
}

/** The query string of a view, with `?`; empty for everything. Equal views write equal strings. */
export function writeView(view: View): string {
  const params = new URLSearchParams();
  if (view.text.trim()) params.set('q', view.text);
  for (const id of view.categories) params.append('category', id);
  if (view.uncategorized) params.set('uncategorized', '1');
  for (const tag of view.tags) params.append('tag', tag);
  if (view.author) params.set('author', view.author);
  if (view.from) {
    params.set('from', view.from);
    params.set('to', view.to);
  }
  if (view.archived) params.set('archived', '1');
  if (view.sort === 'newest') params.set('sort', 'newest');
  const text = params.toString();
  return text ? `?${text}` : '';
}

export const isSearch = (view: View) => view.text.trim() !== '';

export const hasFilters = (view: View) =>
  view.categories.length > 0 || view.uncategorized || view.tags.length > 0 || view.author !== '' || view.from !== '';

/** The contract's limit in code points; UTF-16 units are never fewer. */
export const kTextLengthMax = 1000;

const kLastWord = /(?:^|\s)(?![-"])[^\s":*]*[\p{L}\p{M}\p{N}]$/u;
const kEndsInCjk = /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}]$/u;

/**
 * The text as it is asked for: the last word may still be typed, so it counts as the beginning of one. A blank behind it
 * ends it. Runs of Han, Kana and Hangul are found anywhere as they are; filters, phrases and exclusions are meant as written.
 */
export function asTyped(text: string): string {
  if (text.length >= kTextLengthMax) return text.trim();
  const isOpen = (text.match(/"/g) ?? []).length % 2 === 1;
  const isWord = kLastWord.test(text) && !kEndsInCjk.test(text) && !/(?:^|\s)OR$/.test(text);
  return isWord && !isOpen ? `${text.trim()}*` : text.trim();
}

/** The server's parameters for a view; days in the query are days of `tz`. */
export function toQuery(view: View, tz: string): Record<string, QueryValue> {
  const common = {
    categoryIds: view.categories,
    uncategorized: view.uncategorized || undefined,
    tags: view.tags,
    authorUsername: view.author,
    ...(view.from && { dateFrom: `${view.from}-01`, dateTo: lastDay(view.to) }),
    isArchived: view.archived || undefined,
    tz,
  };
  if (!isSearch(view)) return common;
  return { ...common, text: asTyped(view.text), sortBy: view.sort === 'newest' ? 'date' : 'relevance' };
}

/** `list` without `item` if it was in, else with it. */
export const toggled = (list: readonly string[], item: string) =>
  list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
