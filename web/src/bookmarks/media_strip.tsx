// Pictures of a post in boxes whose size is known beforehand; without leave to load them, a word about them and a button.
import { useState } from 'preact/hooks';
import type { Media } from '../api/types';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { ratioOf, thumbnailOf } from './media_source';
import { useRemoteMedia } from './remote_media';

const kShown = 4;

export function MediaStrip({ media }: { media: readonly Media[] }) {
  const { t, format } = useText();
  const allowed = useRemoteMedia();
  const [asked, setAsked] = useState(false);
  if (media.length === 0) return null;
  if (!allowed && !asked) {
    return (
      <button type="button" class="media-ask" title={t.loadMediaHint} onClick={() => setAsked(true)}>
        <Icon name="image" />
        <span>{t.mediaCount(format.number(media.length), media.length)}</span>
        <span class="media-load">{t.loadMedia}</span>
      </button>
    );
  }
  const shown = media.slice(0, kShown);
  const ratio = shown.length === 1 && shown[0] ? ratioOf(shown[0]) : 16 / 10;
  return (
    <ul class={`media media-${shown.length}`} style={{ '--ratio': String(ratio) }}>
      {shown.map((item, index) => (
        <li key={index}>
          <Picture item={item} />
          {index === kShown - 1 && media.length > kShown && <span class="media-more">+{format.number(media.length - kShown)}</span>}
        </li>
      ))}
    </ul>
  );
}

function Picture({ item }: { item: Media }) {
  const { t } = useText();
  const [failed, setFailed] = useState(false);
  const source = thumbnailOf(item);
  return (
    <>
      {source === null || failed ? (
        <span class="media-none"><Icon name="image" /><span class="visually-hidden">{failed ? t.mediaGone : t.mediaKinds[item.type]}</span></span>
      ) : (
        <img
          src={source} alt={item.altText ?? t.mediaKinds[item.type]} loading="lazy" decoding="async" referrerpolicy="no-referrer"
          onError={() => setFailed(true)}
        />
      )}
      {item.type !== 'photo' && <span class="media-play" aria-hidden="true"><Icon name="play" /></span>}
    </>
  );
}
