// All saved searches: go to one, rename, pin, order, delete.
import { useState } from 'preact/hooks';
import { clearHistory, createSaved, deleteSaved, updateSaved, type SavedSearch } from '../api/search';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import type { View } from '../library/view';
import { Icon, type IconName } from '../ui/icon';
import { RenameForm } from '../ui/rename_form';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { viewOf } from './saved';
import { useSaved, useSearchChange } from './saved_queries';
import { useSearchWords } from './words';

export function SavedList({ onGo }: { onGo: (view: View) => void }) {
  const { t, explain } = useText();
  const w = useSearchWords();
  const toast = useToast();
  const saved = useSaved();
  const update = useSearchChange(updateSaved);
  const remove = useSearchChange(deleteSaved);
  const create = useSearchChange(createSaved);
  const clear = useSearchChange(clearHistory);
  const reorder = useSearchChange(async (ids: string[]) => {
    for (const [index, id] of ids.entries()) {
      if (saved.data?.find((search) => search.id === id)?.order !== index + 1) await updateSaved({ id, order: index + 1 });
    }
  });
  if (saved.isPending) return <Loading />;
  if (saved.isError) return <Failure error={saved.error} onRetry={() => void saved.refetch()} />;
  const searches = saved.data;
  const move = (index: number, by: number) => {
    const ids = searches.map((search) => search.id);
    ids.splice(index + by, 0, ...ids.splice(index, 1));
    if (!reorder.isPending) reorder.mutate(ids);
  };
  const drop = ({ id, name, query, order, pinned }: SavedSearch) => remove.mutate(id, {
    onSuccess: () => toast({ text: w.removed(name), tone: 'plain', action: { label: t.undo, run: () => create.mutate({ name, query, order, pinned }) } }),
  });
  const failed = [update, remove, create, clear, reorder].find((change) => change.isError);
  return (
    <div class="saved">
      {searches.length === 0 && <p class="fine">{w.none}</p>}
      <ul class="saved-list">
        {searches.map((search, index) => (
          <Row
            key={search.id} search={search} onGo={() => onGo(viewOf(search.query))} onRemove={() => drop(search)}
            onChange={(change) => update.mutate({ id: search.id, ...change })}
            {...(index > 0 && { onUp: () => move(index, -1) })} {...(index < searches.length - 1 && { onDown: () => move(index, 1) })}
          />
        ))}
      </ul>
      {failed && <Complaint>{explain(asProblem(failed.error))}</Complaint>}
      <button type="button" class="link-button" onClick={() => clear.mutate(undefined, { onSuccess: () => toast({ text: w.pastCleared, tone: 'plain' }) })}>
        {w.clearPast}
      </button>
    </div>
  );
}

interface RowProps {
  search: SavedSearch;
  onGo: () => void;
  onChange: (change: { name?: string; pinned?: boolean }) => void;
  onRemove: () => void;
  onUp?: () => void;
  onDown?: () => void;
}

function Row({ search, onGo, onChange, onRemove, onUp, onDown }: RowProps) {
  const w = useSearchWords();
  const { name, pinned } = search;
  const [renaming, setRenaming] = useState(false);
  if (renaming) {
    const done = (next: string) => {
      setRenaming(false);
      if (next && next !== name) onChange({ name: next });
    };
    return <li><RenameForm label={w.rename(name)} name={name} onDone={done} /></li>;
  }
  return (
    <li>
      <button type="button" class="place saved-name" onClick={onGo}>
        <Icon name="search" />
        <span class="place-name">{name}</span>
      </button>
      <Tool icon="star" label={w.pinned(name)} pressed={pinned} run={() => onChange({ pinned: !pinned })} />
      <Tool icon="edit" label={w.rename(name)} run={() => setRenaming(true)} />
      <Tool icon="up" label={w.up(name)} run={onUp} />
      <Tool icon="down" label={w.down(name)} run={onDown} />
      <Tool icon="trash" label={w.remove(name)} run={onRemove} />
    </li>
  );
}

function Tool({ icon, label, pressed, run }: { icon: IconName; label: string; pressed?: boolean; run: (() => void) | undefined }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} aria-pressed={pressed} disabled={run === undefined} onClick={run}>
      <Icon name={icon} />
    </button>
  );
}
