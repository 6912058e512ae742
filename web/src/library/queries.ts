// Categories and tags as the server has them now.
import { useQuery, type QueryClient } from '@tanstack/react-query';
import { listCategories, listTags } from '../api/endpoints';
import type { Category } from '../api/types';

export const kCategoriesKey = ['categories'] as const;
const kTagsKey = ['tags'] as const;
const kTagCount = 30;

export function useCategories() {
  return useQuery({ queryKey: kCategoriesKey, queryFn: ({ signal }) => listCategories(signal), staleTime: 30_000 });
}

export function useTags() {
  return useQuery({ queryKey: kTagsKey, queryFn: ({ signal }) => listTags({ limit: kTagCount }, signal), staleTime: 30_000 });
}

/** Counts moved: load categories and tags again where they are shown. */
export function refreshCounts(client: QueryClient): Promise<unknown> {
  return Promise.all([client.invalidateQueries({ queryKey: kCategoriesKey }), client.invalidateQueries({ queryKey: kTagsKey })]);
}

export interface FlatCategory {
  category: Category;
  /** 0 for a root. */
  depth: number;
}

/** The tree in reading order. */
export function flatten(tree: readonly Category[], depth = 0): FlatCategory[] {
  return tree.flatMap((category) => [{ category, depth }, ...flatten(category.children, depth + 1)]);
}
