// Views of the library as the queries that the server keeps for saved and past searches, and back. Pure.
import { kEverything, lastDay, period, type View } from '../library/view';

/** The part of the contract's search input that the page writes and reads. */
export interface KeptQuery {
  text?: string;
  categoryIds?: string[];
  uncategorized?: boolean;
  tags?: string[];
  authorUsername?: string;
  dateFrom?: string;
  dateTo?: string;
  isArchived?: boolean;
  sortBy?: 'date' | 'author' | 'relevance';
}

/** Only what differs from everything; the text as it was typed. */
export function queryOf(view: View): KeptQuery {
  const text = view.text.trim();
  return {
    ...(text && { text }),
    ...(view.categories.length > 0 && { categoryIds: view.categories }),
    ...(view.uncategorized && { uncategorized: true }),
    ...(view.tags.length > 0 && { tags: view.tags }),
    ...(view.author && { authorUsername: view.author }),
    ...(view.from && { dateFrom: `${view.from}-01`, dateTo: lastDay(view.to) }),
    ...(view.archived && { isArchived: true }),
    ...(view.sort === 'newest' && { sortBy: 'date' as const }),
  };
}

// A time of the server's is a day of the reader's; a bare date is that day.
function monthOf(date: string | undefined): string {
  if (!date) return '';
  if (/^\d{4}-\d\d-\d\d$/.test(date)) return date.slice(0, 7);
  const time = new Date(date);
  return Number.isNaN(time.getTime()) ? '' : `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, '0')}`;
}

export function viewOf(query: KeptQuery): View {
  return {
    ...kEverything,
    text: query.text ?? '',
    categories: query.categoryIds ?? [],
    uncategorized: query.uncategorized === true,
    tags: query.tags ?? [],
    author: query.authorUsername ?? '',
    ...period(monthOf(query.dateFrom), monthOf(query.dateTo)),
    archived: query.isArchived === true,
    sort: query.sortBy === 'date' && query.text ? 'newest' : 'relevance',
  };
}

/**
 * The texts of past searches, newest first: what was asked for on the way to a longer text while it was typed is left out, and so is
 * the mark of a word that was not finished.
 */
export function pastTexts(queries: readonly KeptQuery[], limit: number): string[] {
  const texts: string[] = [];
  for (const query of queries) {
    const text = (query.text ?? '').replace(/\*$/, '').trim();
    if (text && !texts.some((newer) => newer.startsWith(text)) && texts.length < limit) texts.push(text);
  }
  return texts;
}
