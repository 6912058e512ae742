// Posts as X's API v2 delivers them, made from numbers: the same number is the same post.
const kTexts = [
  'きょうの料理は鶏の唐揚げ。レシピはこちら', 'A short note on PostgreSQL indexes', '生成AIの論文を読んだ &amp; まとめた', 'gaming night: 新作RPGの感想 #ゲーム',
  'How we made search 40× faster', '読書メモ「数学ガール」第3章', 'コーヒーと静かな朝', 'Release notes for v2.0 &lt;finally&gt;',
];

/** A post with author, media, links and long text depending on its number. */
export function makePost(number, changes = {}) {
  const id = String(1_700_000_000_000_000_000n + BigInt(number));
  const author = { id: `${9000 + (number % 13)}`, username: `author_${number % 13}`, name: `著者 ${number % 13}`, profile_image_url: `https://pbs.twimg.com/${number % 13}.jpg` };
  const text = `${kTexts[number % kTexts.length]} (${number})`;
  return {
    id, author, text,
    note: number % 5 === 4 ? `${text} ${'とても長い文章。 A long text. '.repeat(20)}` : undefined,
    media: number % 3 === 0 ? [{ media_key: `3_${number}`, type: 'photo', url: `https://pbs.twimg.com/media/${number}.jpg`, width: 1200, height: 800 }] : [],
    url: number % 4 === 1 ? { url: 'https://t.co/x', expanded_url: `https://example.org/${number}`, start: 0, end: 10 } : undefined,
    hashtag: number % 8 === 3 ? 'ゲーム' : undefined,
    quoted: number % 7 === 2 ? String(1_600_000_000_000_000_000n + BigInt(number)) : undefined,
    likes: number * 3, createdAt: new Date(Date.UTC(2025, 0, 1) + number * 60_000).toISOString(), lang: number % 2 === 0 ? 'ja' : 'en', ...changes,
  };
}

const kNames = {
  tweet: { note: 'note_tweet', references: 'referenced_tweets', reposts: 'retweet_count', fields: 'tweet.fields', other: 'post.fields', expansion: 'referenced_tweets.id' },
  post: { note: 'note_post', references: 'referenced_posts', reposts: 'repost_count', fields: 'post.fields', other: 'tweet.fields', expansion: 'referenced_posts' },
};
export const namesOf = (dialect) => kNames[dialect];

/** The element of `data` for a post. */
export function elementOf(post, dialect) {
  const names = kNames[dialect];
  return {
    id: post.id, text: post.text.slice(0, 280), author_id: post.author.id, created_at: post.createdAt, lang: post.lang,
    public_metrics: { like_count: post.likes, reply_count: 1, quote_count: 0, [names.reposts]: 2, bookmark_count: 3, impression_count: 100 },
    ...(post.note && { [names.note]: { text: post.note } }),
    ...(post.media.length > 0 && { attachments: { media_keys: post.media.map(({ media_key: key }) => key) } }),
    ...((post.url || post.hashtag) && { entities: { ...(post.url && { urls: [post.url] }), ...(post.hashtag && { hashtags: [{ tag: post.hashtag, start: 0, end: 4 }] }) } }),
    ...(post.quoted && { [names.references]: [{ type: 'quoted', id: post.quoted }] }),
  };
}
