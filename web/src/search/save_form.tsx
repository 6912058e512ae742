import { useEffect, useRef, useState } from 'preact/hooks';
import { valueOf } from '../account/field';
import { createSaved } from '../api/search';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { flatten, useCategories } from '../library/queries';
import type { View } from '../library/view';
import { Check } from '../ui/check';
import { Complaint } from '../ui/states';
import { TextField } from '../ui/text_field';
import { useToast } from '../ui/toast';
import { queryOf } from './saved';
import { useSaved, useSearchChange } from './saved_queries';
import { useSearchWords } from './words';

const kNameLength = 100;

export function SaveForm({ view, onClose }: { view: View; onClose: () => void }) {
  const { t, explain } = useText();
  const w = useSearchWords();
  const toast = useToast();
  const form = useRef<HTMLFormElement>(null);
  const categories = useCategories();
  const saved = useSaved();
  const create = useSearchChange(createSaved);
  const [proposed] = useState(() => {
    const names = flatten(categories.data ?? []).filter(({ category }) => view.categories.includes(category.id)).map(({ category }) => category.name);
    return [view.text.trim(), ...names, ...view.tags.map((tag) => `#${tag}`), view.author && `@${view.author}`].filter(Boolean).join(' ').slice(0, kNameLength);
  });
  const [pinned, setPinned] = useState(true);
  useEffect(() => form.current?.querySelector('input')?.select(), []);
  const save = (name: string) => {
    if (create.isPending || name === '') return;
    const order = Math.max(0, ...(saved.data ?? []).map((search) => search.order)) + 1;
    create.mutate({ name, query: queryOf(view), pinned, order }, {
      onSuccess: () => {
        onClose();
        toast({ text: w.searchSaved(name), tone: 'plain' });
      },
    });
  };
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault();
        save(valueOf(new FormData(event.currentTarget), 'name').trim());
      }}
    >
      <TextField label={w.name} name="name" value={proposed} maxLength={kNameLength} required />
      <Check label={w.pin} checked={pinned} onChange={setPinned} />
      {create.isError && <Complaint>{explain(asProblem(create.error))}</Complaint>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
        <button type="submit" class="button button-main" aria-disabled={create.isPending}>{create.isPending ? t.saving : t.save}</button>
      </div>
    </form>
  );
}
