// What a sync came to; the contract leaves a job's result open, so it is read with care.

export interface SyncResult {
  totalFetched: number;
  newBookmarks: number;
  updatedBookmarks: number;
  unchangedBookmarks: number;
  unbookmarked: number;
  /** Milliseconds. */
  syncTime: number;
  requests: number;
  amount: number;
}

const kKeys = ['totalFetched', 'newBookmarks', 'updatedBookmarks', 'unchangedBookmarks', 'unbookmarked', 'syncTime', 'requests', 'amount'] as const;

/** The numbers of a finished sync; null when there are none. What is missing counts as 0. */
export function readResult(value: unknown): SyncResult | null {
  if (typeof value !== 'object' || value === null) return null;
  const source = value as Record<string, unknown>;
  return Object.fromEntries(kKeys.map((key) => [key, typeof source[key] === 'number' ? source[key] : 0])) as unknown as SyncResult;
}
