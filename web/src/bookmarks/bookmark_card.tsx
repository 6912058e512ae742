// One bookmark.
import type { ComponentChildren } from 'preact';
import { memo } from 'preact/compat';
import type { Bookmark } from '../api/types';
import { useText } from '../i18n/context';
import { Icon, type IconName } from '../ui/icon';
import { Swatch } from '../ui/swatch';
import { Avatar } from './avatar';
import { MediaStrip } from './media_strip';
import { PostText } from './post_text';
import { safeHref } from './rich_text';

/** What a reader can ask for on a card. */
export interface CardActions {
  edit: (bookmark: Bookmark) => void;
  archive: (bookmark: Bookmark) => void;
  remove: (bookmark: Bookmark) => void;
  /** Selects or takes out; `range`: everything since the last one. */
  choose: (bookmark: Bookmark, range: boolean) => void;
  showTag: (tag: string) => void;
  showCategory: (id: string) => void;
  showAuthor: (username: string) => void;
}

interface Props {
  bookmark: Bookmark;
  actions: CardActions;
  selected: boolean;
  /** One of several in a row: all of one height. */
  compact: boolean;
  /** Position in the list, from 1, and its length: what a screen reader says of a list that is only partly there. */
  position: number;
  count: number;
  onFocus: (index: number, id: string) => void;
}

export const BookmarkCard = memo(function BookmarkCard({ bookmark, actions, selected, compact, position, count, onFocus }: Props) {
  const { t } = useText();
  const name = bookmark.authorDisplayName || bookmark.authorUsername;
  const classes = ['card', compact && 'card-compact', bookmark.isArchived && 'card-archived', selected && 'card-selected'];
  return (
    <article
      class={classes.filter(Boolean).join(' ')}
      aria-label={t.bookmarkBy(name)}
      aria-posinset={position}
      aria-setsize={count}
      tabIndex={-1}
      data-bookmark={bookmark.id}
      onFocusIn={() => onFocus(position - 1, bookmark.id)}
    >
      <Author bookmark={bookmark} name={name} onShow={actions.showAuthor}>
        <input
          type="checkbox"
          class="card-select"
          aria-label={t.select(name)}
          title={t.select(name)}
          aria-keyshortcuts="x"
          checked={selected}
          onClick={(event) => actions.choose(bookmark, event.shiftKey)}
        />
      </Author>
      {bookmark.title && bookmark.title !== bookmark.content && <h2 class="card-title" dir="auto">{bookmark.title}</h2>}
      <PostText bookmark={bookmark} />
      <MediaStrip media={bookmark.media} />
      {bookmark.note && (
        <p class="card-note" dir="auto"><span class="visually-hidden">{t.note}: </span>{bookmark.note}</p>
      )}
      <Labels bookmark={bookmark} actions={actions} />
      <Actions bookmark={bookmark} actions={actions} />
    </article>
  );
});

interface AuthorProps {
  bookmark: Bookmark;
  name: string;
  onShow: (username: string) => void;
  children: ComponentChildren;
}

function Author({ bookmark, name, onShow, children }: AuthorProps) {
  const { t, format } = useText();
  const date = bookmark.postedAt ?? bookmark.bookmarkedAt;
  const saved = bookmark.bookmarkedAtSource !== 'first_seen' && bookmark.postedAt !== null;
  return (
    <header class="card-head">
      <Avatar name={name} username={bookmark.authorUsername} />
      <div class="card-author">
        <bdi class="card-name">{name}</bdi>
        {bookmark.authorUsername && (
          <button type="button" class="card-handle" onClick={() => onShow(bookmark.authorUsername)}>@{bookmark.authorUsername}</button>
        )}
      </div>
      <p class="card-dates">
        <time dateTime={date} title={format.dateTime(date)}>{format.date(date)}</time>
        {saved && format.date(bookmark.bookmarkedAt) !== format.date(date) && (
          <time class="card-saved" dateTime={bookmark.bookmarkedAt} title={format.dateTime(bookmark.bookmarkedAt)}>
            {t.savedOn(format.date(bookmark.bookmarkedAt))}
          </time>
        )}
      </p>
      {children}
    </header>
  );
}

function Labels({ bookmark, actions }: { bookmark: Bookmark; actions: CardActions }) {
  const { t } = useText();
  const { category } = bookmark;
  const status = t.postStatus[bookmark.postStatus];
  if (!category && bookmark.tags.length === 0 && !status && !bookmark.isArchived) return null;
  return (
    <ul class="labels">
      {bookmark.isArchived && <li class="marker"><Icon name="archive" />{t.archived}</li>}
      {status && <li class="marker"><Icon name="alert" />{status}</li>}
      {category && (
        <li>
          <button type="button" class="chip chip-category" onClick={() => actions.showCategory(category.id)}>
            <Swatch color={category.color} />
            <span>{category.name}</span>
          </button>
        </li>
      )}
      {bookmark.tags.map((tag) => (
        <li key={tag}>
          <button type="button" class="chip" onClick={() => actions.showTag(tag)}><span>#{tag}</span></button>
        </li>
      ))}
    </ul>
  );
}

function Actions({ bookmark, actions }: { bookmark: Bookmark; actions: CardActions }) {
  const { t } = useText();
  const href = safeHref(bookmark.url);
  const onX = href !== null && /^(?:.+\.)?(?:x|twitter)\.com$/.test(new URL(href).hostname);
  return (
    <footer class="card-actions">
      {href && (
        <a class="button button-quiet card-open" href={href} target="_blank" rel="noopener noreferrer">
          <Icon name="external" />
          {onX ? t.openOnX : t.openPage}
        </a>
      )}
      <span class="spacer" />
      <Action icon="edit" label={t.edit} run={() => actions.edit(bookmark)} />
      <Action icon={bookmark.isArchived ? 'restore' : 'archive'} label={bookmark.isArchived ? t.restore : t.moveToArchive} run={() => actions.archive(bookmark)} />
      <Action icon="trash" label={t.delete} run={() => actions.remove(bookmark)} />
    </footer>
  );
}

function Action({ icon, label, run }: { icon: IconName; label: string; run: () => void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={run}>
      <Icon name={icon} />
    </button>
  );
}
