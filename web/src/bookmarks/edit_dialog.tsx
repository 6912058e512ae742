// Category and tags of one bookmark.
import { useId, useState } from 'preact/hooks';
import { asProblem } from '../api/problem';
import type { Bookmark, BookmarkChange } from '../api/types';
import { useText } from '../i18n/context';
import { flatten, useCategories } from '../library/queries';
import { Dialog } from '../ui/dialog';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { useUpdateBookmark } from './queries';
import { TagField } from './tag_field';
import { isTooLong, joinTags, splitTags, tagChange } from './tags';

export function EditDialog({ bookmark, onClose }: { bookmark: Bookmark; onClose: () => void }) {
  const { t, explain } = useText();
  const toast = useToast();
  const update = useUpdateBookmark();
  const [categoryId, setCategoryId] = useState(bookmark.categoryId);
  const [tags, setTags] = useState(bookmark.tags);
  const [typed, setTyped] = useState('');

  const save = () => {
    const all = joinTags(tags, splitTags(typed));
    if (update.isPending || all.some(isTooLong)) return;
    const change: BookmarkChange = {
      ...tagChange(bookmark.tags, all),
      ...(categoryId === bookmark.categoryId ? {} : { categoryId }),
    };
    if (Object.keys(change).length === 0) {
      onClose();
      return;
    }
    update.mutate({ id: bookmark.id, change }, {
      onSuccess: () => {
        onClose();
        toast({ text: t.savedToast, tone: 'plain' });
      },
    });
  };

  return (
    <Dialog title={t.editTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <CategoryChoice value={categoryId} onChange={setCategoryId} />
        <TagField tags={tags} onTags={setTags} typed={typed} onTyped={setTyped} />
        {update.isError && <Complaint>{explain(asProblem(update.error))}</Complaint>}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
          <button type="submit" class="button button-main" aria-disabled={update.isPending}>{update.isPending ? t.saving : t.save}</button>
        </div>
      </form>
    </Dialog>
  );
}

function CategoryChoice({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useText();
  const id = useId();
  const categories = useCategories();
  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  return (
    <div class="field">
      <label for={id}>{t.category}</label>
      <select id={id} value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{t.uncategorized}</option>
        {flatten(categories.data).map(({ category, depth }) => (
          <option key={category.id} value={category.id}>{'\u2003'.repeat(depth) + category.name}</option>
        ))}
      </select>
    </div>
  );
}
