// The words of one bookmark in full, in English. detail_ja.ts must have the same keys.

export const en = {
  posted: 'Posted',
  saved: 'Saved',
  savedKnown: { user: '', import: 'from the import', first_seen: 'first seen then' },
  likes: 'Likes',
  reposts: 'Reposts',
  views: 'Views',
  measured: (date: string) => `as of ${date}`,
  referenced: { quoted: 'The quoted post', replied_to: 'The post it answers', retweeted: 'The reposted post' },
  links: 'Links',
  noteHint: 'Only you see it; a search finds it.',
  title: 'Title',
  conflict: 'It was changed elsewhere meanwhile. What you see above is the new state; what you wrote is still here and can be saved over it.',
};

export type DetailWords = typeof en;
