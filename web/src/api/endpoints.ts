// One function per route that the page calls.
import { request, type QueryValue } from './client';
import type { Bookmark, BookmarkChange, BookmarkPage, Category, Pagination, Providers, Tag, User } from './types';

interface Data<T> {
  data: T;
}

export const getProviders = (signal: AbortSignal) =>
  request<Data<Providers>>('GET', '/auth/providers', { signal }).then((answer) => answer.data);

export const getMe = (signal: AbortSignal) =>
  request<{ user: User }>('GET', '/auth/me', { signal }).then((answer) => answer.user);

export interface Credentials {
  username: string;
  password: string;
}

/** `name` may be an e-mail address: the server takes either. */
export const login = (name: string, password: string) =>
  request<{ user: User }>('POST', '/auth/login', {
    body: name.includes('@') ? { email: name, password } : { username: name, password },
  }).then((answer) => answer.user);

export const register = (body: Credentials & { confirmPassword: string; displayName?: string }) =>
  request<{ user: User }>('POST', '/auth/register', { body }).then((answer) => answer.user);

export const logout = () => request<unknown>('POST', '/auth/logout');

export const listBookmarks = (query: Record<string, QueryValue>, signal: AbortSignal) =>
  request<Data<BookmarkPage>>('GET', '/bookmarks', { query, signal }).then((answer) => answer.data);

export const searchBookmarks = (query: Record<string, QueryValue>, signal: AbortSignal) =>
  request<Data<BookmarkPage>>('GET', '/search', { query, signal }).then((answer) => answer.data);

export const getBookmark = (id: string, signal: AbortSignal) =>
  request<Data<{ bookmark: Bookmark }>>('GET', `/bookmarks/${id}`, { signal }).then((answer) => answer.data.bookmark);

/** With `version` only if it is still the one that the reader saw. */
export const updateBookmark = (id: string, body: BookmarkChange, version?: number) =>
  request<Data<{ bookmark: Bookmark }>>('PUT', `/bookmarks/${id}`, { body, ifVersion: version }).then((answer) => answer.data.bookmark);

/** All of them or none; at most 10,000. */
export const updateBookmarks = (bookmarkIds: string[], updates: BookmarkChange) =>
  request<Data<{ updatedCount: number }>>('POST', '/bookmarks/bulk', { body: { bookmarkIds, updates } }).then((answer) => answer.data.updatedCount);

export const deleteBookmarks = (bookmarkIds: string[]) => request<unknown>('DELETE', '/bookmarks/bulk', { body: { bookmarkIds } });

export const deleteBookmark = (id: string) => request<unknown>('DELETE', `/bookmarks/${id}`);

export const listCategories = (signal: AbortSignal) =>
  request<Data<{ categories: Category[] }>>('GET', '/categories', { query: { includeCount: true }, signal })
    .then((answer) => answer.data.categories);

export const listTags = (query: { q?: string; limit: number }, signal: AbortSignal) =>
  request<Data<{ tags: Tag[] }>>('GET', '/tags', { query, signal }).then((answer) => answer.data.tags);

export interface CategoryFields {
  name: string;
  color: string;
  icon: string;
  parentId?: string | null;
}

export const createCategory = (body: CategoryFields) =>
  request<Data<{ category: Category }>>('POST', '/categories', { body }).then((answer) => answer.data.category);

export const changeCategory = (id: string, body: Partial<CategoryFields>) => request<unknown>('PUT', `/categories/${id}`, { body });

/** The order of siblings, first to last. */
export const orderCategories = (categoryIds: string[]) => request<unknown>('PUT', '/categories/order', { body: { categoryIds } });

/** Its bookmarks go to `reassignTo` or to no category, its children to the root. */
export const deleteCategory = (id: string, reassignTo: string | null) => request<unknown>('DELETE', `/categories/${id}`, { query: { reassignTo } });

interface TagPage {
  tags: Tag[];
  pagination: Pagination;
}

export const listTagPage = (query: { q?: string; limit: number; cursor: string | null }, signal: AbortSignal) =>
  request<Data<TagPage>>('GET', '/tags', { query, signal }).then((answer) => answer.data);

/** A name that exists merges both. */
export const changeTag = (name: string, body: { name: string }) =>
  request<Data<{ tag: Tag; affectedCount: number; merged: boolean }>>('PUT', `/tags/${encodeURIComponent(name)}`, { body }).then((answer) => answer.data);

export const deleteTag = (name: string) => request<unknown>('DELETE', `/tags/${encodeURIComponent(name)}`);
