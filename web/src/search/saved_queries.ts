// Saved searches and past ones as the server has them now.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { listHistory, listSaved } from '../api/search';
import { pastTexts } from './saved';

const kSavedKey = ['saved searches'] as const;
const kHistoryKey = ['past searches'] as const;
const kPastShown = 6;

export const useSaved = () => useQuery({ queryKey: kSavedKey, queryFn: ({ signal }) => listSaved(signal), staleTime: 60_000 });

/** The latest texts; asked for only while they are shown. */
export function usePast(enabled: boolean) {
  return useQuery({
    queryKey: kHistoryKey,
    queryFn: async ({ signal }) => pastTexts(await listHistory(signal), kPastShown),
    enabled,
    staleTime: 0,
  });
}

/** A change of saved or past searches; what is shown of them loads again. */
export function useSearchChange<T, R>(run: (input: T) => Promise<R>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: kSavedKey }), client.invalidateQueries({ queryKey: kHistoryKey })]),
  });
}
