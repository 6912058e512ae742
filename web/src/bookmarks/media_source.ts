// Which picture stands for a media item, and in which shape. Pure.
import type { Media } from '../api/types';
import { safeHref } from './rich_text';

/** A small picture of it: the preview, or for photos the photo itself; null when there is none. */
export function thumbnailOf({ type, url, previewUrl }: Media): string | null {
  const address = safeHref(previewUrl ?? (type === 'photo' ? url : ''));
  if (address === null) return null;
  const parsed = new URL(address);
  // X keeps photos in several sizes and names them in the query.
  if (parsed.hostname === 'pbs.twimg.com' && parsed.pathname.startsWith('/media/')) parsed.searchParams.set('name', 'small');
  return parsed.href;
}

const kTallest = 4 / 5;
const kWidest = 2;
const kUsual = 16 / 9;

/** Width over height, within what a card bears; the usual shape when it is not known. */
export function ratioOf({ width, height }: Pick<Media, 'width' | 'height'>): number {
  if (!width || !height) return kUsual;
  return Math.min(kWidest, Math.max(kTallest, width / height));
}
