// Tags of one or many bookmarks: those they have can be taken off, others put on all of them.
import { useState } from 'preact/hooks';
import { TagField } from '../bookmarks/tag_field';
import { isTooLong, joinTags, splitTags } from '../bookmarks/tags';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import type { Filed } from './selection';
import type { Filing } from './use_filing';
import { useFilingWords } from './words';

interface Props {
  bookmarks: readonly Filed[];
  apply: Filing['apply'];
  onClose: () => void;
}

const kShown = 40;

function countTags(bookmarks: readonly Filed[]): [tag: string, count: number][] {
  const counts = new Map<string, number>();
  for (const { tags } of bookmarks) for (const tag of tags) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).slice(0, kShown);
}

export function TagsChange({ bookmarks, apply, onClose }: Props) {
  const { t, format } = useText();
  const w = useFilingWords();
  const [present] = useState(() => countTags(bookmarks));
  const [removed, setRemoved] = useState<ReadonlySet<string>>(new Set());
  const [added, setAdded] = useState<string[]>([]);
  const [typed, setTyped] = useState('');
  const flip = (tag: string) => {
    const next = new Set(removed);
    if (!next.delete(tag)) next.add(tag);
    setRemoved(next);
  };
  const save = () => {
    const wanted = joinTags(added, splitTags(typed));
    if (wanted.some(isTooLong)) return;
    onClose();
    const change = { ...(wanted.length > 0 && { addTags: wanted }), ...(removed.size > 0 && { removeTags: [...removed].filter((tag) => !wanted.includes(tag)) }) };
    if (wanted.length > 0 || removed.size > 0) apply(bookmarks, change, (count) => w.taggedMany(format.number(count), count));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      {present.length > 0 && (
        <>
          <p class="fine">{w.tagsLead}</p>
          <ul class="labels">
            {present.map(([tag, count]) => (
              <li key={tag}>
                <button type="button" class={removed.has(tag) ? 'chip chip-off' : 'chip'} aria-pressed={!removed.has(tag)} onClick={() => flip(tag)}>
                  <span>#{tag}</span>
                  {count < bookmarks.length && <span class="chip-count">{w.onSome(format.number(count), format.number(bookmarks.length))}</span>}
                  {removed.has(tag) ? <span class="visually-hidden">{w.takenOff}</span> : <Icon name="check" />}
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      <TagField tags={added} onTags={setAdded} typed={typed} onTyped={setTyped} focused />
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
        <button type="submit" class="button button-main">{t.save}</button>
      </div>
    </form>
  );
}
