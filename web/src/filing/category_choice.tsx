// Choosing a category by a few letters: a field with the tree below it. What does not exist yet can be made on the way.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { createCategory } from '../api/endpoints';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { refreshCounts, useCategories } from '../library/queries';
import { CategoryMark } from '../ui/category_mark';
import { Icon } from '../ui/icon';
import { Complaint, Failure, Loading } from '../ui/states';
import { colorFor, optionsFor, type Option } from './category_options';
import type { Filed } from './selection';
import type { Filing } from './use_filing';
import { useFilingWords } from './words';

interface Props {
  bookmarks: readonly Filed[];
  apply: Filing['apply'];
  onClose: () => void;
}

export function CategoryChoice({ bookmarks, apply, onClose }: Props) {
  const { t, format, explain } = useText();
  const w = useFilingWords();
  const id = useId();
  const client = useQueryClient();
  const categories = useCategories();
  const create = useMutation({ mutationFn: createCategory });
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const tree = categories.data ?? [];
  const options = optionsFor(tree, text, t.uncategorized);
  const common = bookmarks.every((item) => item.categoryId === bookmarks[0]?.categoryId) ? (bookmarks[0]?.categoryId ?? null) : undefined;

  useEffect(() => input.current?.focus(), [categories.isPending]);
  useEffect(() => list.current?.children[active]?.scrollIntoView({ block: 'nearest' }), [active]);

  const file = (categoryId: string | null, name: string) => {
    onClose();
    apply(bookmarks, { categoryId }, (count) =>
      (categoryId === null ? t.unfiledMany(format.number(count), count) : t.filedMany(name, format.number(count), count)));
  };
  const take = (option: Option | undefined) => {
    if (!option || create.isPending) return;
    if (option.kind === 'known') return file(option.id, option.name);
    create.mutate({ name: option.name, color: colorFor(tree), icon: 'folder' }, {
      onSuccess: async (category) => {
        await refreshCounts(client);
        file(category.id, category.name);
      },
    });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing) return;
    if (event.key === 'Enter') take(options[active]);
    else if (event.key === 'ArrowDown') setActive(Math.min(active + 1, options.length - 1));
    else if (event.key === 'ArrowUp') setActive(Math.max(active - 1, 0));
    else return;
    event.preventDefault();
  };

  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  return (
    <div class="choice">
      <div class="field">
        <label class="visually-hidden" for={id}>{w.findCategory}</label>
        <input
          ref={input} id={id} value={text} placeholder={w.findCategory} maxLength={100} autoComplete="off"
          role="combobox" aria-expanded="true" aria-autocomplete="list" aria-controls={`${id}-list`}
          aria-activedescendant={options.length > 0 ? `${id}-${active}` : undefined}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setActive(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <ul ref={list} id={`${id}-list`} class="choice-list" role="listbox" aria-label={t.categories}>
        {options.map((option, index) => (
          <li
            key={option.kind === 'known' ? (option.id ?? 'none') : 'new'} id={`${id}-${index}`} role="option"
            class={index === active ? 'option option-active' : 'option'}
            aria-selected={option.kind === 'known' && option.id === common}
            style={option.kind === 'known' && option.depth ? { '--depth': String(option.depth) } : undefined}
            onPointerMove={() => setActive(index)}
            onClick={() => take(option)}
          >
            {option.kind === 'known' ? <CategoryMark color={option.color} icon={option.icon} /> : <Icon name="plus" />}
            <span class="place-name">{option.kind === 'known' ? option.name : w.create(option.name)}</span>
            {option.kind === 'known' && option.id === common && <Icon name="check" />}
          </li>
        ))}
      </ul>
      {options.length === 0 && <p class="fine">{w.noCategoryFound}</p>}
      {create.isError && <Complaint>{explain(asProblem(create.error))}</Complaint>}
    </div>
  );
}
