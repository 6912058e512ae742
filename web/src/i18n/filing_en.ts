// The words of filing, in English. filing_ja.ts must have the same keys.

export const en = {
  findCategory: 'Find or make a category',
  noCategoryFound: 'No category of this name.',
  create: (name: string) => `Make “${name}”`,
  tagsLead: 'Tags of the selected bookmarks; press one to take it off.',
  onSome: (n: string, total: string) => `on ${n} of ${total}`,
  taggedMany: (n: string, count: number) => (count === 1 ? 'Tags changed' : `Tags of ${n} bookmarks changed`),
  takenOff: 'is taken off',
  shortcutsLead: 'They work on the selected bookmarks, or on the one in focus.',
  shortcutsSwitch: 'Use single keys as shortcuts',
  shortcuts: [
    ['/', 'search'],
    ['j  k', 'next, previous bookmark'],
    ['x', 'select; with Shift everything in between'],
    ['c', 'choose a category'],
    ['t', 'change tags'],
    ['e', 'archive, or bring back'],
    ['Enter', 'open the bookmark'],
    ['o', 'open the post in a new tab'],
    ['Esc', 'end the selection'],
    ['?', 'this list'],
  ] as readonly (readonly [string, string])[],
};

export type FilingWords = typeof en;
