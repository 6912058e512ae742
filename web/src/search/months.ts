// The months of a search's hits. Pure.

export interface Month {
  /** `YYYY-MM` */
  date: string;
  count: number;
}

/** Older ones than this before the newest are not drawn: the server counts at most as many months that have hits. */
const kMonthsMax = 120;

function following(date: string): string {
  const [year, month] = date.split('-').map(Number) as [number, number];
  return month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`;
}

/** Oldest first, with the empty months between. */
export function monthsBetween(found: readonly Month[]): Month[] {
  const counts = new Map(found.map(({ date, count }) => [date, count]));
  const dates = [...counts.keys()].sort();
  const [first, last] = [dates[0], dates.at(-1)];
  if (first === undefined || last === undefined) return [];
  const months: Month[] = [];
  for (let date = first; date <= last; date = following(date)) months.push({ date, count: counts.get(date) ?? 0 });
  return months.slice(-kMonthsMax);
}
