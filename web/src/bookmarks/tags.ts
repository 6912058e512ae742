// Tags as the reader types them, in the server's normal form.

export const kTagLengthMax = 100;

/** The tags in `text`, which commas (also 、and ,) and line ends divide: NFC, trimmed, inner white space one blank. */
export function splitTags(text: string): string[] {
  return text
    .split(/[,、,\n\r]/)
    .map((part) => part.normalize('NFC').replace(/\p{Cc}/gu, ' ').replace(/\s+/g, ' ').trim())
    .filter((part) => part !== '');
}

/** `tags` with `more` behind; what is there already stays once. */
export function joinTags(tags: readonly string[], more: readonly string[]): string[] {
  return [...new Set([...tags, ...more])];
}

export const isTooLong = (tag: string) => Array.from(tag).length > kTagLengthMax;

/** What turns `before` into `after`: sent instead of the whole list, so that a change made elsewhere meanwhile stays. */
export function tagChange(before: readonly string[], after: readonly string[]): { addTags?: string[]; removeTags?: string[] } {
  const added = after.filter((tag) => !before.includes(tag));
  const removed = before.filter((tag) => !after.includes(tag));
  return { ...(added.length ? { addTags: added } : {}), ...(removed.length ? { removeTags: removed } : {}) };
}
