// One category in the editor: its handle, its look, its name, its end.
import { useState } from 'preact/hooks';
import type { Category } from '../api/types';
import { useText } from '../i18n/context';
import { flatten } from '../library/queries';
import { CategoryMark, kIconNames } from '../ui/category_mark';
import { Icon } from '../ui/icon';
import { RenameForm } from '../ui/rename_form';
import { Select } from '../ui/select';
import { linesOf, type Step } from './tree_moves';
import type { useTreeDrag } from './use_tree_drag';
import { useCategoriesWords } from './words';

interface Props {
  category: Category;
  depth: number;
  tree: readonly Category[];
  dragged: boolean;
  handle: ReturnType<ReturnType<typeof useTreeDrag>['handle']>;
  onStep: (step: Step) => void;
  onChange: (part: Partial<Pick<Category, 'name' | 'color' | 'icon'>>) => void;
  onRemove: (reassignTo: string | null) => void;
}

const steps: Record<string, Step> = { ArrowUp: 'up', ArrowDown: 'down', ArrowRight: 'in', ArrowLeft: 'out' };

export function CategoryLine({ category, depth, tree, dragged, handle, onStep, onChange, onRemove }: Props) {
  const w = useCategoriesWords();
  const [open, setOpen] = useState<'name' | 'look' | 'end' | null>(null);
  const { name } = category;
  const flip = (what: 'look' | 'end') => setOpen(open === what ? null : what);
  return (
    <li class={dragged ? 'tree-line tree-dragged' : 'tree-line'} data-line={category.id} style={{ '--depth': String(depth) }}>
      <div class="tree-row">
        <button
          type="button" class="icon-button tree-handle" aria-label={w.handle(name)} aria-describedby="tree-hint" title={w.handle(name)} {...handle}
          onKeyDown={(event) => {
            const step = steps[event.key];
            if (!step) return;
            event.preventDefault();
            onStep(step);
          }}
        >
          <Icon name="grip" />
        </button>
        <button type="button" class="icon-button" aria-label={w.look(name)} title={w.look(name)} aria-expanded={open === 'look'} onClick={() => flip('look')}>
          <CategoryMark color={category.color} icon={category.icon} />
        </button>
        {open === 'name' ? (
          <RenameForm
            label={w.rename(name)} name={name}
            onDone={(next) => {
              setOpen(null);
              if (next && next !== name) onChange({ name: next });
            }}
          />
        ) : (
          <span class="place-name">{name}</span>
        )}
        {open !== 'name' && (
          <>
            <button type="button" class="icon-button" aria-label={w.rename(name)} title={w.rename(name)} onClick={() => setOpen('name')}><Icon name="edit" /></button>
            {!category.isDefault && (
              <button type="button" class="icon-button" aria-label={w.remove(name)} title={w.remove(name)} aria-expanded={open === 'end'} onClick={() => flip('end')}>
                <Icon name="trash" />
              </button>
            )}
          </>
        )}
      </div>
      {open === 'look' && <Look category={category} onChange={onChange} />}
      {open === 'end' && <End category={category} tree={tree} onRemove={onRemove} />}
    </li>
  );
}

function Look({ category, onChange }: Pick<Props, 'category' | 'onChange'>) {
  const w = useCategoriesWords();
  const known = kIconNames.includes(category.icon) ? category.icon : 'folder';
  return (
    <div class="tree-more">
      <label class="color-field">
        {w.color}
        <input type="color" value={category.color.toLowerCase()} onChange={(event) => onChange({ color: event.currentTarget.value.toUpperCase() })} />
      </label>
      <fieldset class="icon-choice">
        <legend class="visually-hidden">{w.icon}</legend>
        {kIconNames.map((icon) => (
          <button
            key={icon} type="button" class="icon-button" aria-label={w.icons[icon] ?? icon} title={w.icons[icon] ?? icon} aria-pressed={icon === known}
            onClick={() => onChange({ icon })}
          >
            <CategoryMark color={icon === known ? category.color : '#6B7280'} icon={icon} />
          </button>
        ))}
      </fieldset>
    </div>
  );
}

function End({ category, tree, onRemove }: Pick<Props, 'category' | 'tree' | 'onRemove'>) {
  const { t, format } = useText();
  const w = useCategoriesWords();
  const [target, setTarget] = useState('');
  const inside = new Set(linesOf([category]).map((line) => line.category.id));
  const others = flatten(tree).filter((item) => !inside.has(item.category.id)).map((item) => [item.category.id, item.category.name] as const);
  const count = category.bookmarkCount ?? 0;
  return (
    <div class="tree-more">
      <Select label={w.removeLead(category.name, format.number(count), count)} value={target} options={[['', t.uncategorized], ...others]} onChange={setTarget} />
      <button type="button" class="button button-danger" onClick={() => onRemove(target || null)}>{t.delete}</button>
    </div>
  );
}
