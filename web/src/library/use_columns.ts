// How many cards stand side by side: what the account prefers, as far as there is room.
import { useLayoutEffect, useState } from 'preact/hooks';
import type { Settings } from '../api/schemas';

const kCardWidthMin = 300;
const kGap = 12;

export function columnsFor(width: number, viewMode: Settings['viewMode']): number {
  return viewMode === 'grid' ? Math.max(1, Math.floor((width + kGap) / (kCardWidthMin + kGap))) : 1;
}

/** `ruler` is an element without height, as wide as the list could be. */
export function useColumns(ruler: { current: HTMLElement | null }, viewMode: Settings['viewMode']): number {
  const [columns, setColumns] = useState(1);
  useLayoutEffect(() => {
    const element = ruler.current;
    if (!element) return;
    const measure = () => setColumns(columnsFor(element.clientWidth, viewMode));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [viewMode]);
  return columns;
}
