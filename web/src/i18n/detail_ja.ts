// The words of one bookmark in full, in Japanese.
import type { DetailWords } from './detail_en';

export const ja: DetailWords = {
  posted: '投稿日時',
  saved: '保存日時',
  savedKnown: { user: '', import: '取り込んだ記録による', first_seen: '初めて見つけた日時' },
  likes: 'いいね',
  reposts: 'リポスト',
  views: '表示',
  measured: (date) => `${date} 時点`,
  referenced: { quoted: '引用された投稿', replied_to: '返信先の投稿', retweeted: 'リポスト元の投稿' },
  links: 'リンク',
  noteHint: 'あなただけに見え、検索の対象になります。',
  title: 'タイトル',
  conflict: 'ほかの場所で変更されています。上の表示は新しい状態です。入力した内容は残っており、このまま保存できます。',
};
