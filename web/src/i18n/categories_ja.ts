// The words of the editors of categories and tags, in Japanese.
import type { CategoriesWords } from './categories_en';

export const ja: CategoriesWords = {
  handle: (name) => `「${name}」を移動`,
  handleHint: 'ドラッグするか、矢印キーで移動します。上下で並び順、右で上のカテゴリーの中へ、左で親の外へ動きます。',
  movedTo: (name, position, parent) => (parent ? `「${name}」は「${parent}」の ${position} 番目です` : `「${name}」は ${position} 番目です`),
  rename: (name) => `「${name}」の名前を変える`,
  look: (name) => `「${name}」の色とアイコン`,
  color: '色',
  icon: 'アイコン',
  icons: {
    folder: 'フォルダー', cpu: 'チップ', 'gamepad-2': 'ゲーム', 'chef-hat': '料理', 'book-open': '本', star: '星', heart: 'ハート', music: '音楽',
    camera: 'カメラ', film: '映画', briefcase: '仕事', globe: '世界', code: 'コード', home: '家', lightbulb: 'アイデア', 'shopping-bag': '買い物',
  },
  remove: (name) => `「${name}」を削除`,
  removeLead: (name, n) => `「${name}」のブックマーク ${n} 件の移動先:`,
  removed: (name) => `「${name}」を削除しました`,
  add: '新しいカテゴリー',
  addButton: '追加',
  findTag: 'タグを探す',
  noTagFound: 'この名前のタグはありません。',
  more: 'タグをさらに表示',
  merge: (from, into) => `「${into}」はすでにあります。「${from}」のブックマークはすべて「${into}」に変わります。`,
  mergeButton: 'まとめる',
  renamed: (name, n) => `${n} 件が「${name}」になりました`,
  removeTagLead: (name, n) => `${n} 件から「${name}」を外しますか?`,
  removeTag: '外す',
};
