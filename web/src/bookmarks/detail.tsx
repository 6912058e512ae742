// The whole text with its media, what is known of the post, and what the reader keeps about it: title, note, category, tags.
import { useQuery } from '@tanstack/react-query';
import { getBookmark } from '../api/endpoints';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import { en } from '../i18n/detail_en';
import { ja } from '../i18n/detail_ja';
import { Icon } from '../ui/icon';
import { Avatar } from './avatar';
import { DetailForm } from './detail_form';
import { MediaStrip } from './media_strip';
import { PostText } from './post_text';
import { safeHref } from './rich_text';

export const useDetailWords = () => (useText().language === 'ja' ? ja : en);

/** The card knows enough to be shown at once; the server knows the latest. */
export function useWhole(bookmark: Bookmark) {
  return useQuery({
    queryKey: ['bookmark', bookmark.id],
    queryFn: ({ signal }) => getBookmark(bookmark.id, signal),
    placeholderData: bookmark,
    staleTime: 0,
    gcTime: 0,
  });
}

export function Detail({ bookmark, onClose }: { bookmark: Bookmark; onClose: () => void }) {
  const whole = useWhole(bookmark);
  const shown = { ...(whole.data ?? bookmark), ...(bookmark.highlights && { highlights: bookmark.highlights }) };
  return (
    <div class="detail">
      <Post bookmark={shown} />
      <DetailForm bookmark={shown} reload={() => void whole.refetch()} onClose={onClose} />
    </div>
  );
}

function Post({ bookmark }: { bookmark: Bookmark }) {
  const { t } = useText();
  const w = useDetailWords();
  const name = bookmark.authorDisplayName || bookmark.authorUsername;
  const href = safeHref(bookmark.url);
  const status = t.postStatus[bookmark.postStatus];
  return (
    <section class="detail-post">
      <div class="card-head">
        <Avatar name={name} username={bookmark.authorUsername} />
        <div class="card-author">
          <bdi class="card-name">{name}</bdi>
          {bookmark.authorUsername && <span class="fine">@{bookmark.authorUsername}</span>}
        </div>
        {href && <a class="button" href={href} target="_blank" rel="noopener noreferrer"><Icon name="external" />{t.openPage}</a>}
      </div>
      {(status || bookmark.isArchived) && (
        <ul class="labels">
          {bookmark.isArchived && <li class="marker"><Icon name="archive" />{t.archived}</li>}
          {status && <li class="marker"><Icon name="alert" />{status}</li>}
        </ul>
      )}
      <PostText bookmark={bookmark} whole />
      <MediaStrip media={bookmark.media} />
      <Links title={w.links} links={bookmark.links.map((link) => [link, link])} />
      <Links links={bookmark.referenced.map(({ type, id }) => [w.referenced[type], `https://x.com/i/status/${id}`])} />
      <Facts bookmark={bookmark} />
    </section>
  );
}

function Links({ title, links }: { title?: string; links: [text: string, address: string][] }) {
  const safe = links.flatMap(([text, address]) => {
    const href = safeHref(address);
    return href ? [[text, href] as const] : [];
  });
  if (safe.length === 0) return null;
  return (
    <div class="detail-links">
      {title && <h3>{title}</h3>}
      <ul>
        {safe.map(([text, href]) => <li key={href + text}><a href={href} target="_blank" rel="noopener noreferrer">{text}</a></li>)}
      </ul>
    </div>
  );
}

function Facts({ bookmark }: { bookmark: Bookmark }) {
  const { format } = useText();
  const w = useDetailWords();
  const { metrics, postedAt, bookmarkedAt, bookmarkedAtSource } = bookmark;
  const counts = metrics ? ([[w.likes, metrics.likes], [w.reposts, metrics.reposts], [w.views, metrics.views]] as const).filter(([, value]) => value !== null) : [];
  return (
    <dl class="detail-facts">
      {postedAt && <div><dt>{w.posted}</dt><dd>{format.dateTime(postedAt)}</dd></div>}
      <div>
        <dt>{w.saved}</dt>
        <dd>{format.dateTime(bookmarkedAt)}{w.savedKnown[bookmarkedAtSource] && <span class="fine"> ({w.savedKnown[bookmarkedAtSource]})</span>}</dd>
      </div>
      {counts.length > 0 && (
        <div>
          <dt>{counts.map(([name]) => name).join(' · ')}</dt>
          <dd>
            {counts.map(([, value]) => format.number(value ?? 0)).join(' · ')}
            {metrics?.at && <span class="fine"> ({w.measured(format.date(metrics.at))})</span>}
          </dd>
        </div>
      )}
    </dl>
  );
}
