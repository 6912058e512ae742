// The words of filing, in Japanese.
import type { FilingWords } from './filing_en';

export const ja: FilingWords = {
  findCategory: 'カテゴリーを探す・作る',
  noCategoryFound: 'この名前のカテゴリーはありません。',
  create: (name) => `「${name}」を作る`,
  tagsLead: '選択したブックマークのタグです。押すと外れます。',
  onSome: (n, total) => `${total} 件中 ${n} 件`,
  taggedMany: (n) => `${n} 件のタグを変更しました`,
  takenOff: '外します',
  shortcutsLead: '選択中のブックマーク、なければフォーカスのあるブックマークに働きます。',
  shortcutsSwitch: '1文字のキーをショートカットとして使う',
  shortcuts: [
    ['/', '検索'],
    ['j  k', '次・前のブックマーク'],
    ['x', '選択。Shift を押しながらで間もすべて'],
    ['c', 'カテゴリーを選ぶ'],
    ['t', 'タグを変える'],
    ['e', 'アーカイブする・戻す'],
    ['Enter', 'ブックマークを開く'],
    ['o', '投稿を新しいタブで開く'],
    ['Esc', '選択を終える'],
    ['?', 'この一覧'],
  ],
};
