// What the field for a category offers for what was typed. Pure.
import type { Category } from '../api/types';
import { flatten } from '../library/queries';

export type Option =
  | { kind: 'known'; id: string | null; name: string; color: string; icon: string; depth: number }
  | { kind: 'new'; name: string };

const kColors = ['#3B82F6', '#10B981', '#F59E0B', '#8B5CF6', '#EF4444', '#06B6D4', '#EC4899', '#84CC16', '#F97316', '#64748B'];

export const folded = (text: string) => text.normalize('NFKC').toLocaleLowerCase().trim();

/** Names that contain what was typed, those that begin with it first; behind them the typed name itself when it is new. */
export function optionsFor(tree: readonly Category[], typed: string, none: string): Option[] {
  const known = flatten(tree).map(({ category: { id, name, color, icon }, depth }) => ({ kind: 'known' as const, id, name, color, icon, depth }));
  const nowhere = { kind: 'known' as const, id: null, name: none, color: '', icon: '', depth: 0 };
  const wanted = folded(typed);
  if (wanted === '') return [...known, nowhere];
  const found = [...known, nowhere].filter((option) => folded(option.name).includes(wanted)).map((option) => ({ ...option, depth: 0 }));
  const begins = (name: string) => Number(!folded(name).startsWith(wanted));
  found.sort((a, b) => begins(a.name) - begins(b.name));
  const name = typed.normalize('NFC').trim();
  return known.some((option) => folded(option.name) === wanted) ? found : [...found, { kind: 'new', name }];
}

/** A colour for a new category: the one that is used least so far. */
export function colorFor(tree: readonly Category[]): string {
  const used = flatten(tree).map(({ category }) => category.color.toUpperCase());
  const uses = (color: string) => used.filter((other) => other === color).length;
  return kColors.reduce((best, color) => (uses(color) < uses(best) ? color : best));
}
