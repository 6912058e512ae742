// What the reader keeps about a bookmark. Sent with the version it was read at, so that nothing written elsewhere is lost.
import { useId, useState } from 'preact/hooks';
import { asProblem } from '../api/problem';
import type { Bookmark, BookmarkChange } from '../api/types';
import { useText } from '../i18n/context';
import { CategorySelect } from '../library/category_select';
import { Complaint } from '../ui/states';
import { useToast } from '../ui/toast';
import { useDetailWords } from './detail';
import { useUpdateBookmark } from './queries';
import { TagField } from './tag_field';
import { isTooLong, joinTags, splitTags, tagChange } from './tags';

const kNoteLength = 10_000;
const kTitleLength = 500;

interface Props {
  bookmark: Bookmark;
  /** Reads the bookmark again. */
  reload: () => void;
  onClose: () => void;
}

export function DetailForm({ bookmark, reload, onClose }: Props) {
  const { t, explain } = useText();
  const w = useDetailWords();
  const toast = useToast();
  const update = useUpdateBookmark();
  // Only what the reader touches is kept here; the rest follows the server.
  const [draft, setDraft] = useState<{ title?: string; note?: string; categoryId?: string | null; tags?: string[] }>({});
  const [typed, setTyped] = useState('');
  const tags = draft.tags ?? bookmark.tags;
  const conflict = update.isError && asProblem(update.error).status === 412;

  const save = () => {
    const all = joinTags(tags, splitTags(typed));
    if (update.isPending || all.some(isTooLong)) return;
    const text = (written: string | undefined, old: string | null) => (written === undefined || written.trim() === (old ?? '') ? undefined : written.trim() || null);
    const [title, note] = [text(draft.title, bookmark.title), text(draft.note, bookmark.note)];
    const change: BookmarkChange = {
      ...tagChange(bookmark.tags, all),
      ...(draft.categoryId === undefined || draft.categoryId === bookmark.categoryId ? {} : { categoryId: draft.categoryId }),
      ...(title === undefined ? {} : { title }),
      ...(note === undefined ? {} : { note }),
    };
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    update.mutate({ id: bookmark.id, change, version: bookmark.version }, {
      onSuccess: () => {
        onClose();
        toast({ text: t.savedToast, tone: 'plain' });
      },
      onError: (error) => {
        if (asProblem(error).status === 412) reload();
      },
    });
  };

  return (
    <form
      class="detail-form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Text label={t.note} hint={w.noteHint} rows={4} maxLength={kNoteLength} value={draft.note ?? bookmark.note ?? ''} onText={(note) => setDraft({ ...draft, note })} onSave={save} />
      <CategorySelect value={draft.categoryId === undefined ? bookmark.categoryId : draft.categoryId} onChange={(categoryId) => setDraft({ ...draft, categoryId })} />
      <TagField tags={tags} onTags={(next) => setDraft({ ...draft, tags: next })} typed={typed} onTyped={setTyped} />
      <Text label={w.title} rows={1} maxLength={kTitleLength} value={draft.title ?? bookmark.title ?? ''} onText={(title) => setDraft({ ...draft, title })} onSave={save} />
      {update.isError && <Complaint>{conflict ? w.conflict : explain(asProblem(update.error))}</Complaint>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
        <button type="submit" class="button button-main" aria-disabled={update.isPending}>{update.isPending ? t.saving : t.save}</button>
      </div>
    </form>
  );
}

interface TextProps {
  label: string;
  hint?: string;
  rows: number;
  maxLength: number;
  value: string;
  onText: (text: string) => void;
  onSave: () => void;
}

/** Enter makes a line; with Ctrl or ⌘ it saves. */
function Text({ label, hint, rows, maxLength, value, onText, onSave }: TextProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        id={id} rows={rows} maxLength={maxLength} value={value} dir="auto" aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) onSave();
        }}
      />
      {hint && <p id={`${id}-hint`} class="hint">{hint}</p>}
    </div>
  );
}
