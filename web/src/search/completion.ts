// What can be completed where the caret is: the value of `tag:`, `author:` or `category:`. Pure.

export type Kind = 'tags' | 'authors' | 'categories';

export interface Open {
  kind: Kind;
  /** The value so far, without quotes. */
  typed: string;
  /** Where the value begins and ends in the text. */
  from: number;
  to: number;
}

const kinds: Record<string, Kind> = { tag: 'tags', author: 'authors', category: 'categories' };
const kOpen = /(?:^|\s)-?(tag|author|category):("[^"]*|[^\s"]*)$/i;

export function openAt(text: string, caret: number): Open | null {
  const before = text.slice(0, caret);
  const found = kOpen.exec(before);
  const kind = kinds[found?.[1]?.toLowerCase() ?? ''];
  if (!found || !kind) return null;
  const value = found[2] ?? '';
  const rest = value.startsWith('"') ? /^[^"]*"?/ : /^[^\s"]*/;
  return { kind, typed: value.replace(/^"/, '').replace(/^@/, ''), from: before.length - value.length, to: caret + (rest.exec(text.slice(caret))?.[0].length ?? 0) };
}

/** The text with the value put in, quoted where it has to be, and the caret behind it. */
export function complete(text: string, open: Open, value: string): { text: string; caret: number } {
  // The query language has no way to write a quote inside of quotes; a blank finds the same.
  const bare = value.replaceAll('"', ' ').trim();
  const written = /[\s\u3000]/.test(bare) ? `"${bare}"` : bare;
  const head = `${text.slice(0, open.from)}${written} `;
  return { text: head + text.slice(open.to).trimStart(), caret: head.length };
}
