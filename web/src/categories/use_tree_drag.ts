// Dragging a category by its handle, with mouse, pen or finger: up and down for the place, left and right for the depth.
import { useRef, useState } from 'preact/hooks';
import type { Category } from '../api/types';
import { dropAt, linesOf, moved, type Place } from './tree_moves';

/** One level of the tree on screen. */
const kIndent = 24;

export interface Drag {
  id: string;
  /** Where it would go; null where it cannot. */
  place: Place | null;
  /** The line above which the mark stands, in the tree without what moves, and its depth. */
  gap: number;
  depth: number;
}

interface Needs {
  tree: readonly Category[];
  list: { current: HTMLElement | null };
  onDrop: (id: string, place: Place) => void;
}

export function useTreeDrag({ tree, list, onDrop }: Needs) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const start = useRef({ x: 0, depth: 0 });

  const restOf = (id: string) => {
    const lines = linesOf(tree);
    const from = lines.findIndex((line) => line.category.id === id);
    const depth = lines[from]?.depth ?? 0;
    const length = lines.slice(from + 1).findIndex((line) => line.depth <= depth);
    const inside = new Set(lines.slice(from, length < 0 ? lines.length : from + 1 + length).map((line) => line.category.id));
    const take = (nodes: readonly Category[]): Category[] => nodes.filter((node) => node.id !== id).map((node) => ({ ...node, children: take(node.children) }));
    return { rest: linesOf(take(tree)), inside };
  };
  const at = (id: string, event: PointerEvent): Drag => {
    const { rest, inside } = restOf(id);
    const rows = [...(list.current?.querySelectorAll<HTMLElement>('[data-line]') ?? [])].filter((row) => !inside.has(row.dataset['line'] ?? ''));
    const gap = rows.filter((row) => {
      const box = row.getBoundingClientRect();
      return event.clientY > box.top + box.height / 2;
    }).length;
    const { depth, ...place } = dropAt(rest, gap, start.current.depth + Math.round((event.clientX - start.current.x) / kIndent));
    return { id, gap, depth, place: moved(tree, id, place) ? place : null };
  };
  const handle = (id: string, depth: number) => ({
    onPointerDown: (event: PointerEvent) => {
      if (event.button !== 0) return;
      (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      start.current = { x: event.clientX, depth };
      setDrag(at(id, event));
    },
    onPointerMove: (event: PointerEvent) => drag?.id === id && setDrag(at(id, event)),
    onPointerUp: (event: PointerEvent) => {
      if (drag?.id !== id) return;
      const { place } = at(id, event);
      setDrag(null);
      if (place) onDrop(id, place);
    },
    onPointerCancel: () => setDrag(null),
  });
  return { drag, handle, restOf };
}
