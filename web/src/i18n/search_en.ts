// The words of saved searches, in English. search_ja.ts must have the same keys.

export const en = {
  name: 'Name',
  pin: 'Show beside the categories',
  searchSaved: (name: string) => `Saved as “${name}”`,
  none: 'No search is saved yet.',
  rename: (name: string) => `Rename “${name}”`,
  pinned: (name: string) => `Show “${name}” beside the categories`,
  up: (name: string) => `Move “${name}” up`,
  down: (name: string) => `Move “${name}” down`,
  remove: (name: string) => `Delete “${name}”`,
  removed: (name: string) => `“${name}” deleted`,
  clearPast: 'Forget recent searches',
  pastCleared: 'Recent searches forgotten',
};

export type SearchWords = typeof en;
