// The words of saved searches, in Japanese.
import type { SearchWords } from './search_en';

export const ja: SearchWords = {
  name: '名前',
  pin: 'カテゴリーの横に表示する',
  searchSaved: (name) => `「${name}」として保存しました`,
  none: '保存した検索はまだありません。',
  rename: (name) => `「${name}」の名前を変える`,
  pinned: (name) => `「${name}」をカテゴリーの横に表示`,
  up: (name) => `「${name}」を上へ`,
  down: (name) => `「${name}」を下へ`,
  remove: (name) => `「${name}」を削除`,
  removed: (name) => `「${name}」を削除しました`,
  clearPast: '最近の検索を消去',
  pastCleared: '最近の検索を消去しました',
};
