// Days as the server counts them: of UTC.

const kDayMs = 86_400_000;

/** The last `count` days as `YYYY-MM-DD`, today last. */
export function lastDays(count = 30, now = Date.now()): string[] {
  return Array.from({ length: count }, (_, index) => new Date(now - (count - 1 - index) * kDayMs).toISOString().slice(0, 10));
}
