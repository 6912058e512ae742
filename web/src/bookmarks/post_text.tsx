// The text of a post: hits marked, links safe, long texts folded.
import { useState } from 'preact/hooks';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import { excerpt, toPieces, type Piece } from './rich_text';

const kFoldLength = 480;

/** `whole`: nothing is folded. */
export function PostText({ bookmark, whole = false }: { bookmark: Bookmark; whole?: boolean }) {
  const { t } = useText();
  const [unfolded, setUnfolded] = useState(whole);
  const highlights = bookmark.highlights ?? [];
  if (bookmark.content.trim() === '') return <p class="post-text fine">{t.noText}</p>;
  const part = excerpt(bookmark.content, highlights, kFoldLength);
  const folds = part.cutBefore || part.cutAfter;
  const pieces = unfolded ? toPieces(bookmark.content, highlights) : toPieces(part.text, part.highlights);
  return (
    <div class="post-text" lang={bookmark.lang ?? undefined} dir="auto">
      {!unfolded && part.cutBefore && '… '}
      {pieces.map((piece, index) => <PieceView key={index} piece={piece} />)}
      {!unfolded && part.cutAfter && '…'}
      {folds && !whole && (
        <button type="button" class="link-button" aria-expanded={unfolded} onClick={() => setUnfolded(!unfolded)}>
          {unfolded ? t.showLess : t.showMore}
        </button>
      )}
    </div>
  );
}

function PieceView({ piece }: { piece: Piece }) {
  const text = piece.marked ? <mark>{piece.text}</mark> : <>{piece.text}</>;
  if (piece.href === null) return text;
  return <a href={piece.href} target="_blank" rel="noopener noreferrer">{text}</a>;
}
