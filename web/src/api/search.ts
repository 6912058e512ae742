// What helps with a search: completion, past and saved searches.
import type { KeptQuery } from '../search/saved';
import { request } from './client';
import type { Schemas } from './schemas';

export type Suggestions = Schemas['Suggestions'];

export interface SavedSearch {
  id: string;
  version: number;
  name: string;
  query: KeptQuery;
  order: number;
  pinned: boolean;
}

/** What contains `q`, of one kind; the other lists are empty. */
export const suggest = (type: keyof Suggestions, q: string, limit: number, signal: AbortSignal) =>
  request<{ suggestions: Suggestions }>('GET', '/suggestions/search', { query: { type, q, limit }, signal }).then((answer) => answer.suggestions);

/** What was used most of late. */
export const popular = (type: keyof Suggestions, signal: AbortSignal) =>
  request<{ popular: Suggestions }>('GET', '/suggestions/popular', { query: { type, limit: 50 }, signal }).then((answer) => answer.popular);

export const listHistory = (signal: AbortSignal) =>
  request<{ data: { history: { query: KeptQuery }[] } }>('GET', '/search/history', { query: { limit: 60 }, signal })
    .then((answer) => answer.data.history.map((entry) => entry.query));

export const clearHistory = () => request<unknown>('DELETE', '/search/history');

export const listSaved = (signal: AbortSignal) =>
  request<{ data: { searches: SavedSearch[] } }>('GET', '/search/saved', { query: { limit: 100 }, signal }).then((answer) => answer.data.searches);

export const createSaved = (body: Pick<SavedSearch, 'name' | 'query'> & Partial<Pick<SavedSearch, 'order' | 'pinned'>>) =>
  request<unknown>('POST', '/search/saved', { body });

export const updateSaved = ({ id, ...body }: { id: string } & Partial<Pick<SavedSearch, 'name' | 'order' | 'pinned' | 'query'>>) =>
  request<unknown>('PUT', `/search/saved/${id}`, { body });

export const deleteSaved = (id: string) => request<unknown>('DELETE', `/search/saved/${id}`);
