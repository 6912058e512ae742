// The tree of categories: order and nesting by drag or keys, names, colours and icons, new ones, and their end.
import { Fragment } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { asProblem } from '../api/problem';
import type { Category } from '../api/types';
import { colorFor } from '../filing/category_options';
import { useText } from '../i18n/context';
import { useCategories } from '../library/queries';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { useCategoryChanges } from './category_changes';
import { CategoryLine } from './category_line';
import { linesOf, moved, stepFrom, type Place, type Step } from './tree_moves';
import { useTreeDrag } from './use_tree_drag';
import { useCategoriesWords } from './words';

export function CategoryEditor() {
  const categories = useCategories();
  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  return <Tree tree={categories.data} />;
}

function Tree({ tree }: { tree: readonly Category[] }) {
  const { format, explain } = useText();
  const w = useCategoriesWords();
  const toast = useToast();
  const list = useRef<HTMLUListElement>(null);
  const [said, setSaid] = useState('');
  const { move, change, remove, create } = useCategoryChanges(tree);
  const go = (id: string, place: Place) => {
    const after = moved(tree, id, place);
    if (!after || move.isPending) return;
    const lines = linesOf(after);
    const name = (wanted: string | null) => lines.find((line) => line.category.id === wanted)?.category.name ?? '';
    setSaid(w.movedTo(name(id), format.number(place.index + 1), name(place.parentId)));
    move.mutate({ id, place });
  };
  const step = (id: string, where: Step) => {
    const place = stepFrom(tree, id, where);
    if (place) go(id, place);
  };
  const { drag, handle, restOf } = useTreeDrag({ tree, list, onDrop: go });
  const lines = linesOf(tree);
  // The mark stands above the line that comes behind the gap; below the last one there is none.
  const rest = drag?.place ? restOf(drag.id).rest : [];
  const marked = drag?.place ? (rest[drag.gap]?.category.id ?? 'end') : null;
  const failed = [move, change, remove, create].find((one) => one.isError);
  const mark = (id: string) => marked === id && drag && <li class="tree-mark" style={{ '--depth': String(drag.depth) }} aria-hidden="true" />;

  return (
    <div class="tree-editor">
      <p class="hint" id="tree-hint">{w.handleHint}</p>
      <p class="visually-hidden" role="status">{said}</p>
      <ul ref={list} class="tree">
        {lines.map(({ category, depth }) => (
          <Fragment key={category.id}>
            {mark(category.id)}
            <CategoryLine
              category={category} depth={depth} tree={tree} dragged={drag?.id === category.id} handle={handle(category.id, depth)}
              onStep={(where) => step(category.id, where)}
              onChange={(part) => change.mutate({ id: category.id, part })}
              onRemove={(reassignTo) => remove.mutate({ id: category.id, reassignTo }, { onSuccess: () => toast({ text: w.removed(category.name), tone: 'plain' }) })}
            />
          </Fragment>
        ))}
        {mark('end')}
      </ul>
      {failed && <Complaint>{explain(asProblem(failed.error))}</Complaint>}
      <NewCategory onAdd={(name, done) => create.mutate({ name, color: colorFor(tree), icon: 'folder' }, { onSuccess: done })} />
    </div>
  );
}

function NewCategory({ onAdd }: { onAdd: (name: string, done: () => void) => void }) {
  const w = useCategoriesWords();
  const [name, setName] = useState('');
  return (
    <form
      class="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) onAdd(name.trim(), () => setName(''));
      }}
    >
      <div class="field">
        <label for="new-category">{w.add}</label>
        <input id="new-category" value={name} maxLength={100} autoComplete="off" onInput={(event) => setName(event.currentTarget.value)} />
      </div>
      <button type="submit" class="button">{w.addButton}</button>
    </form>
  );
}
