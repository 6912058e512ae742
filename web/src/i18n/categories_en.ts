// The words of the editors of categories and tags, in English. categories_ja.ts must have the same keys.

export const en = {
  handle: (name: string) => `Move “${name}”`,
  handleHint: 'Drag it, or move it with the arrow keys: up and down among its neighbours, right into the one above, left out of its parent.',
  movedTo: (name: string, position: string, parent: string) => (parent ? `“${name}” is number ${position} in “${parent}”` : `“${name}” is number ${position}`),
  rename: (name: string) => `Rename “${name}”`,
  look: (name: string) => `Colour and icon of “${name}”`,
  color: 'Colour',
  icon: 'Icon',
  icons: {
    folder: 'Folder', cpu: 'Chip', 'gamepad-2': 'Game', 'chef-hat': 'Cooking', 'book-open': 'Book', star: 'Star', heart: 'Heart', music: 'Music',
    camera: 'Camera', film: 'Film', briefcase: 'Work', globe: 'World', code: 'Code', home: 'Home', lightbulb: 'Idea', 'shopping-bag': 'Shopping',
  } as Record<string, string>,
  remove: (name: string) => `Delete “${name}”`,
  removeLead: (name: string, n: string, count: number) => (count === 1 ? `“${name}” has 1 bookmark. It goes to:` : `“${name}” has ${n} bookmarks. They go to:`),
  removed: (name: string) => `“${name}” deleted`,
  add: 'New category',
  addButton: 'Add',
  findTag: 'Find a tag',
  noTagFound: 'No tag of this name.',
  more: 'More tags',
  merge: (from: string, into: string) => `“${into}” exists already. All bookmarks with “${from}” get “${into}” instead.`,
  mergeButton: 'Merge',
  renamed: (name: string, n: string, count: number) => (count === 1 ? `“${name}” on 1 bookmark` : `“${name}” on ${n} bookmarks`),
  removeTagLead: (name: string, n: string, count: number) => (count === 1 ? `Take “${name}” off 1 bookmark?` : `Take “${name}” off ${n} bookmarks?`),
  removeTag: 'Take off',
};

export type CategoriesWords = typeof en;
