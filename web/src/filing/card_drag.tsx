// Filing by hand: a card is dragged by its picture onto a category beside the list, with mouse, pen or finger. With a selected card all
// selected ones go. `c` does the same without a pointer.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import type { Filed } from './selection';
import type { Filing } from './use_filing';

const kBeginPixels = 6;

interface Needs {
  bookmarks: readonly Bookmark[];
  filing: Filing;
}

/** The place under the pointer that takes bookmarks: its element has `data-file-under`, the id of a category or nothing. */
const targetAt = (event: PointerEvent) =>
  document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-file-under]') ?? null;

export function CardDrag(needs: Needs) {
  const { t, format } = useText();
  const latest = useRef({ ...needs, t, format });
  latest.current = { ...needs, t, format };
  const [count, setCount] = useState(0);
  const ghost = useRef<HTMLDivElement>(null);

  useEffect(() => {
    let from: { id: string; x: number; y: number; pointer: number } | null = null;
    let dragged: Filed[] = [];
    let target: HTMLElement | null = null;
    const end = () => {
      if (target) delete target.dataset['target'];
      from = null;
      dragged = [];
      target = null;
      setCount(0);
    };
    const begin = (id: string) => {
      const { filing, bookmarks } = latest.current;
      const own = bookmarks.find((item) => item.id === id);
      dragged = filing.chosen.has(id) ? [...filing.chosen.values()] : own ? [own] : [];
      setCount(dragged.length);
    };
    const down = (event: PointerEvent) => {
      const avatar = event.button === 0 && event.target instanceof Element ? event.target.closest('.avatar') : null;
      const id = avatar?.closest<HTMLElement>('[data-bookmark]')?.dataset['bookmark'];
      if (id) from = { id, x: event.clientX, y: event.clientY, pointer: event.pointerId };
    };
    const move = (event: PointerEvent) => {
      if (from?.pointer !== event.pointerId) return;
      if (dragged.length === 0 && Math.hypot(event.clientX - from.x, event.clientY - from.y) < kBeginPixels) return;
      if (dragged.length === 0) begin(from.id);
      event.preventDefault();
      if (ghost.current) ghost.current.style.transform = `translate(${event.clientX + 12}px, ${event.clientY + 12}px)`;
      const next = targetAt(event);
      if (next === target) return;
      if (target) delete target.dataset['target'];
      if (next) next.dataset['target'] = '';
      target = next;
    };
    const up = (event: PointerEvent) => {
      if (from?.pointer !== event.pointerId) return;
      const { filing, t: words, format: write } = latest.current;
      if (target && dragged.length > 0) {
        const categoryId = target.dataset['fileUnder'] || null;
        const name = target.querySelector('.place-name')?.textContent ?? '';
        filing.apply(dragged, { categoryId }, (n) => (categoryId ? words.filedMany(name, write.number(n), n) : words.unfiledMany(write.number(n), n)));
      }
      end();
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && dragged.length > 0) end();
    };
    document.addEventListener('pointerdown', down);
    document.addEventListener('pointermove', move);
    document.addEventListener('pointerup', up);
    document.addEventListener('pointercancel', end);
    document.addEventListener('keydown', escape);
    return () => {
      document.removeEventListener('pointerdown', down);
      document.removeEventListener('pointermove', move);
      document.removeEventListener('pointerup', up);
      document.removeEventListener('pointercancel', end);
      document.removeEventListener('keydown', escape);
    };
  }, []);

  if (count === 0) return null;
  return <div ref={ghost} class="card-ghost" aria-hidden="true">{t.bookmarkCount(format.number(count), count)}</div>;
}
