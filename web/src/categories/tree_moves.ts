// Moving categories in their tree. Pure; the server is told afterwards what differs.
import type { Category } from '../api/types';

export interface Place {
  /** Null for the root. */
  parentId: string | null;
  /** Among the children of that parent, without the one that moves. */
  index: number;
}

export interface Line {
  category: Category;
  depth: number;
  parentId: string | null;
  index: number;
}

/** The server's limit of levels. */
export const kLevelsMax = 10;

export function linesOf(tree: readonly Category[], depth = 0, parentId: string | null = null): Line[] {
  return tree.flatMap((category, index) => [{ category, depth, parentId, index }, ...linesOf(category.children, depth + 1, category.id)]);
}

/** The tree with one category, and all below it, somewhere else; null where it cannot be. */
export function moved(tree: readonly Category[], id: string, { parentId, index }: Place): Category[] | null {
  let taken: Category | undefined;
  const take = (nodes: readonly Category[]): Category[] => nodes.flatMap((node) => {
    if (node.id !== id) return [{ ...node, children: take(node.children) }];
    taken = node;
    return [];
  });
  const rest = take(tree);
  if (!taken) return null;
  const node: Category = { ...taken, parentId };
  let placed = false;
  const put = (nodes: readonly Category[], parent: string | null): Category[] => {
    const next = nodes.map((other) => ({ ...other, children: put(other.children, other.id) }));
    if (parent !== parentId) return next;
    placed = true;
    return [...next.slice(0, index), node, ...next.slice(index)];
  };
  const next = put(rest, null);
  return placed && linesOf(next).every((line) => line.depth < kLevelsMax) ? next : null;
}

export type Step = 'up' | 'down' | 'in' | 'out';

/** Where a key takes a category: among its siblings, into the one before it, or out of its parent. Null where there is no way. */
export function stepFrom(tree: readonly Category[], id: string, step: Step): Place | null {
  const lines = linesOf(tree);
  const line = lines.find((item) => item.category.id === id);
  if (!line) return null;
  const { parentId, index } = line;
  const siblings = lines.filter((item) => item.parentId === parentId);
  const before = siblings[index - 1]?.category;
  const parent = lines.find((item) => item.category.id === parentId);
  switch (step) {
    case 'up': return index > 0 ? { parentId, index: index - 1 } : null;
    case 'down': return index < siblings.length - 1 ? { parentId, index: index + 1 } : null;
    case 'in': return before ? { parentId: before.id, index: before.children.length } : null;
    case 'out': return parent ? { parentId: parent.parentId, index: parent.index + 1 } : null;
  }
}

/**
 * Where something dropped above line `gap` goes that should stand `depth` levels deep: as deep as the lines around the gap allow.
 * `lines` are those of the tree without what moves.
 */
export function dropAt(lines: readonly Line[], gap: number, depth: number): Place & { depth: number } {
  const before = lines[gap - 1];
  const after = lines[gap];
  const wanted = Math.max(after?.depth ?? 0, Math.min(depth, before ? before.depth + 1 : 0));
  if (!before) return { parentId: null, index: 0, depth: 0 };
  if (wanted === before.depth + 1) return { parentId: before.category.id, index: 0, depth: wanted };
  // Up from the line above to its ancestor at that depth: behind that one.
  for (let i = gap - 1; i >= 0; i -= 1) {
    const line = lines[i];
    if (line && line.depth === wanted) return { parentId: line.parentId, index: line.index + 1, depth: wanted };
  }
  return { parentId: null, index: lines.filter((line) => line.depth === 0).length, depth: 0 };
}

/** What the server has to hear: a new parent, and the order of the siblings. Empty when nothing moved. */
export function changesFor(before: readonly Category[], after: readonly Category[], id: string): { parentId?: string | null; order: string[] } {
  const old = linesOf(before).find((line) => line.category.id === id);
  const lines = linesOf(after);
  const now = lines.find((line) => line.category.id === id);
  if (!old || !now || (old.parentId === now.parentId && old.index === now.index)) return { order: [] };
  const order = lines.filter((line) => line.parentId === now.parentId).map((line) => line.category.id);
  return { ...(old.parentId === now.parentId ? {} : { parentId: now.parentId }), order };
}
