// A library of posts for search tests, the same for the same seed: Japanese, English and both, half-width kana, emoji,
// oddities of Unicode, and posts longer than a search index can hold.
import { Random } from './client.mjs';

const kJapanese = [
  '機械学習', 'プログラミング', 'データベース', '東京', '大阪城', 'ラーメン', '今日は', '料理の', 'レシピ', '写真を', '撮りました',
  '技術', '開発環境', 'サーバー', 'を', 'の', 'が', 'に', '静かな夜', '読書', '本棚', '新しい', 'ゲーム', '音楽', '天気', '時々', 'すゞめ',
  '茄子', '醤油', 'ﾃﾞｰﾀ', 'ｶﾞﾗｽ', 'ﾊﾟﾝ屋', 'ヴァイオリン', 'きゃべつ', 'キャベツ', '検索', '全文検索', '索引', '速い', '遅延', '㍻', '〆切', '뉴스',
];
const kEnglish = [
  'the', 'quick', 'server', 'Server', 'database', 'café', 'cafe', 'naïve', 'Zürich', 'index', 'indexes', 'search', 'searching', 'C++', 'node.js',
  'TypeScript', 'type', 'script', 'ＦＵＬＬ', 'full', 'ﬁnal', 'final', 'GPU', 'gpu4', '2024', 'v1.2.3', 'a..b', 'e-mail', 'I', 'latency', 'p99', 'straße',
  'Ελλάδα', 'Привет', '①', "don't", 'foo_bar', 'state-of-the-art', 'AI', 'LLM', 'tea',
];
const kMixed = ['AI技術', '重跑gen', 'X線', 'GPU搭載', '3時', 'Web開発', 'p99遅延', 'Tシャツ', '第2回', 'node.jsで', 'cafeラテ'];
const kEmoji = ['🍆', '👨‍👩‍👧', '☕️', '🇯🇵', '✨', '①', '™'];
const kPunctuation = ['。', '、', '！', '? ', ' / ', '…', '「', '」', ', ', ': ', '\n', '\n\n'];
const kAuthors = [
  ['mori_kitchen', '森の台所'], ['yuki_ml', '雪の機械学習ノート'], ['ellen', 'Ellen Märsh'], ['TARO', 'ﾀﾛｳ'], ['db_fan', 'Database Fan'],
  ['kana99', 'カナ'], ['x_y_z', 'X線'], ['senior', 'José Ñandú'], ['o_o', ''], ['writer', '文筆家 writer'],
];
const kTags = ['料理', 'レシピ', 'cpp', 'CPP', 'machine learning', '機械学習', 'db', 'later', '読書', 'あとで読む', 'node.js', 'Café'];
const kCategories = ['技術・AI', '料理・レシピ', '読書・書籍', '未分類', 'Deep Work', 'ﾒﾓ'];

/** Words of the posts, to make queries of. */
export const kVocabulary = { japanese: kJapanese, english: kEnglish, mixed: kMixed, tags: kTags, categories: kCategories, authors: kAuthors };

function sentence(random, words) {
  const kind = random.pick(['japanese', 'japanese', 'english', 'mixed']);
  let text = '';
  for (let i = 0; i < words; ++i) {
    const isJapanese = kind === 'japanese' || (kind === 'mixed' && random.chance(0.5));
    text += random.pick(random.chance(0.1) ? kMixed : isJapanese ? kJapanese : kEnglish);
    if (random.chance(0.08)) text += random.pick(kEmoji);
    if (random.chance(0.12)) text += random.pick(kPunctuation);
    else if (!isJapanese || random.chance(0.15)) text += ' ';
  }
  return text.trim();
}

// Each is too much for an index in a way of its own: positions, one word often, one word long.
function longText(random, i) {
  const kinds = [
    () => sentence(random, 6000), () => 'latency 遅延 '.repeat(2500), () => `${'z'.repeat(3000)} ${sentence(random, 20)}`,
    () => `${'の'.repeat(20_500)} 終わり`, () => `${sentence(random, 6000)} 最後の言葉zebra`,
  ];
  return kinds[i % kinds.length]();
}

/**
 * `count` posts as the oracle wants them; `id` is the id of the post, `time` in ms and unique, newest first.
 * @param {number} seed
 * @param {number} count
 */
export function makeLibrary(seed, count) {
  const random = new Random(seed);
  const newest = Date.parse('2025-06-30T12:00:00Z');
  return Array.from({ length: count }, (_, i) => {
    const [username, name] = random.pick(kAuthors);
    return {
      id: String(8_000_000_000_000 + i),
      content: i % 250 === 249 ? longText(random, Math.floor(i / 250)) : random.chance(0.01) ? '' : sentence(random, random.int(1, 30)),
      title: random.chance(0.15) ? sentence(random, 4) : null,
      note: random.chance(0.15) ? sentence(random, 6) : null,
      username, name,
      tags: random.chance(0.6) ? random.some(kTags, random.int(1, 3)) : [],
      hashtags: random.chance(0.3) ? random.some([...kTags, 'GPU搭載'], random.int(1, 2)) : [],
      category: random.chance(0.6) ? random.pick(kCategories) : null,
      media: random.chance(0.3) ? [`https://img.example/${i}.jpg`] : [],
      links: random.chance(0.3) ? [`https://example.org/${i}`] : [],
      archived: random.chance(0.1),
      time: newest - i * 31_627_000,
    };
  });
}

/** The library as an export file of ours, version 2. */
export const toExport = (library) => JSON.stringify({
  metadata: { version: '2.0.0', format: 'json', totalRecords: library.length },
  categories: [],
  bookmarks: library.map((post) => ({
    x_tweet_id: post.id, content: post.content, title: post.title, note: post.note, author_username: post.username,
    author_display_name: post.name, media_urls: post.media, links: post.links, hashtags: post.hashtags, tags: post.tags,
    is_archived: post.archived, bookmarked_at: new Date(post.time).toISOString(), category_name: post.category,
    url: `https://x.com/${post.username}/status/${post.id}`,
  })),
});
