// What the editor tells the server, and the tree on screen that follows at once.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeCategory, createCategory, deleteCategory, orderCategories } from '../api/endpoints';
import type { Category } from '../api/types';
import { refreshLibrary } from '../bookmarks/queries';
import { kCategoriesKey, refreshCounts } from '../library/queries';
import { changesFor, moved, type Place } from './tree_moves';

export function useCategoryChanges(tree: readonly Category[]) {
  const client = useQueryClient();
  const onSettled = () => refreshCounts(client);
  const move = useMutation({
    mutationFn: async ({ id, place }: { id: string; place: Place }) => {
      const after = moved(tree, id, place);
      const { parentId, order } = after ? changesFor(tree, after, id) : { order: [] };
      if (parentId !== undefined) await changeCategory(id, { parentId });
      if (order.length > 0) await orderCategories(order);
    },
    onMutate: async ({ id, place }) => {
      await client.cancelQueries({ queryKey: kCategoriesKey });
      const after = moved(tree, id, place);
      if (after) client.setQueryData(kCategoriesKey, after);
      return tree;
    },
    onError: (_error, _input, before) => client.setQueryData(kCategoriesKey, before),
    onSettled,
  });
  // Cards show names and colours: the lists load again.
  const onSuccess = () => refreshLibrary(client);
  const change = useMutation({ mutationFn: ({ id, part }: { id: string; part: Partial<Pick<Category, 'name' | 'color' | 'icon'>> }) => changeCategory(id, part), onSuccess });
  const remove = useMutation({ mutationFn: ({ id, reassignTo }: { id: string; reassignTo: string | null }) => deleteCategory(id, reassignTo), onSuccess });
  const create = useMutation({ mutationFn: createCategory, onSettled });
  return { move, change, remove, create };
}
