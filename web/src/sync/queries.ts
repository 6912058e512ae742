// What the server says about syncs, and when to ask again.
import { useInfiniteQuery, useQuery, type QueryClient } from '@tanstack/react-query';
import { getForecast, getSpend, getSyncAnalytics, getXAccount, listSyncs } from '../api/sync';
import { refreshLibrary } from '../bookmarks/queries';
import { newestJobKey } from '../jobs/use_job';

export const kAccountKey = ['x', 'account'] as const;
const kSyncKey = 'sync';
const kDays = 30;

export const useXAccount = () => useQuery({ queryKey: kAccountKey, queryFn: ({ signal }) => getXAccount(signal) });

export const useSpend = () => useQuery({ queryKey: [kSyncKey, 'spend'], queryFn: ({ signal }) => getSpend(kDays, signal) });

export const useAnalytics = () => useQuery({ queryKey: [kSyncKey, 'analytics'], queryFn: ({ signal }) => getSyncAnalytics(kDays, signal) });

export const useForecast = (fullSync: boolean) =>
  useQuery({ queryKey: [kSyncKey, 'forecast', fullSync], queryFn: ({ signal }) => getForecast(fullSync, signal) });

export function useSyncHistory() {
  return useInfiniteQuery({
    queryKey: [kSyncKey, 'history'],
    queryFn: ({ pageParam, signal }) => listSyncs(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.pagination.nextCursor,
  });
}

export async function refreshSpend(client: QueryClient): Promise<void> {
  await client.invalidateQueries({ queryKey: [kSyncKey, 'spend'] });
  await client.invalidateQueries({ queryKey: [kSyncKey, 'forecast'] });
}

export const refreshHistory = (client: QueryClient) => client.invalidateQueries({ queryKey: [kSyncKey, 'history'] });

/** A sync has ended: history, spend and the library itself are others now. */
export function refreshAfterSync(client: QueryClient): void {
  void client.invalidateQueries({ queryKey: [kSyncKey] });
  void client.invalidateQueries({ queryKey: kAccountKey });
  void client.invalidateQueries({ queryKey: newestJobKey('sync') });
  refreshLibrary(client);
}
