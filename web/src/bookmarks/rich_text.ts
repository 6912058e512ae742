// Text of a post as pieces to draw: plain, marked (a hit) and linked. Pure; the server counts in Unicode code points,
// JavaScript strings in UTF-16 units, and this file is the only place that knows.
import type { Highlight } from '../api/types';

export interface Piece {
  text: string;
  marked: boolean;
  /** Absolute http(s) address, or null for plain text. */
  href: string | null;
}

/**
 * `highlights` (code points, ascending) as UTF-16 ranges of `text`. Ranges are cut at the end of the text; reversed,
 * overlapping and empty ones are dropped, so that a damaged answer cannot break the page.
 */
export function toUtf16(text: string, highlights: readonly Highlight[]): [number, number][] {
  const ranges: [number, number][] = [];
  let codePoint = 0;
  let unit = 0;
  const advance = (target: number) => {
    while (codePoint < target && unit < text.length) {
      unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
      codePoint += 1;
    }
    return unit;
  };
  for (const [start, end] of highlights) {
    if (start < codePoint || end <= start) continue;
    const from = advance(start);
    const to = advance(end);
    if (to > from) ranges.push([from, to]);
  }
  return ranges;
}

// ASCII only, as written in posts: Japanese text follows an address without a blank.
const kAddress = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/gi;
const kTrailing = /[.,:;!?'")\]]+$/;

/** The address if it is absolute http or https, else null: nothing else (such as `javascript:`) may become a link. */
export function safeHref(address: string): string | null {
  try {
    const url = new URL(address);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

function findLinks(text: string): { from: number; to: number; href: string }[] {
  const links = [];
  for (const match of text.matchAll(kAddress)) {
    const address = match[0].replace(kTrailing, '');
    const href = safeHref(address);
    if (href) links.push({ from: match.index, to: match.index + address.length, href });
  }
  return links;
}

/** `text` cut where a mark or a link begins or ends. The pieces put together are `text`. */
export function toPieces(text: string, highlights: readonly Highlight[]): Piece[] {
  const marks = toUtf16(text, highlights);
  const links = findLinks(text);
  const cuts = new Set([0, text.length]);
  for (const [from, to] of marks) cuts.add(from).add(to);
  for (const { from, to } of links) cuts.add(from).add(to);
  const borders = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let mark = 0;
  let link = 0;
  for (let i = 0; i + 1 < borders.length; i += 1) {
    const from = borders[i] as number;
    const to = borders[i + 1] as number;
    while (mark < marks.length && (marks[mark]?.[1] ?? 0) <= from) mark += 1;
    while (link < links.length && (links[link]?.to ?? 0) <= from) link += 1;
    const currentMark = marks[mark];
    const currentLink = links[link];
    pieces.push({
      text: text.slice(from, to),
      marked: currentMark !== undefined && currentMark[0] <= from,
      href: currentLink !== undefined && currentLink.from <= from ? currentLink.href : null,
    });
  }
  return pieces;
}

export interface Excerpt {
  text: string;
  highlights: Highlight[];
  /** Text was left out before, after the excerpt. */
  cutBefore: boolean;
  cutAfter: boolean;
}

const kLead = 80;

/**
 * At most `limit` code points of `text`: from the beginning, or, when the first hit lies beyond that, from a little
 * before the hit. Texts up to a quarter over `limit` stay whole: nobody opens a fold for two lines.
 */
export function excerpt(text: string, highlights: readonly Highlight[], limit: number): Excerpt {
  const whole = { text, highlights: [...highlights], cutBefore: false, cutAfter: false };
  const allowed = limit + limit / 4;
  if (text.length <= allowed) return whole;
  const points = Array.from(text);
  if (points.length <= allowed) return whole;
  const first = highlights[0]?.[0] ?? 0;
  const start = first < limit - kLead ? 0 : Math.max(0, Math.min(first - kLead, points.length - limit));
  const end = Math.min(points.length, start + limit);
  return {
    text: points.slice(start, end).join(''),
    highlights: highlights
      .filter(([from, to]) => to > start && from < end)
      .map(([from, to]): Highlight => [Math.max(from, start) - start, Math.min(to, end) - start]),
    cutBefore: start > 0,
    cutAfter: end < points.length,
  };
}
