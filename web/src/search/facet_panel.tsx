// Where the hits are: categories, tags, authors with counts. A click narrows the search or widens it again.
import type { ComponentChildren } from 'preact';
import type { Facets } from '../api/types';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { toggled, type View } from '../library/view';
import { Swatch } from '../ui/swatch';
import { Histogram } from './histogram';

const kShown = 8;

interface Props {
  facets: Facets;
  view: View;
  change: Change;
  /** Below the width that has room for a third column the panel folds. */
  open: boolean;
}

export function FacetPanel({ facets, view, change, open }: Props) {
  const { t } = useText();
  return (
    <section id="facets" class={open ? 'facets facets-open' : 'facets'} aria-label={t.narrowDown}>
      <Histogram dates={facets.dates} view={view} change={change} />
      <Group title={t.categories} count={facets.categories.length}>
        {facets.categories.slice(0, kShown).map((item) => (
          <Choice key={item.id} name={item.name} count={item.count} on={view.categories.includes(item.id)}
            toggle={() => change({ categories: toggled(view.categories, item.id) })}>
            <Swatch color={item.color} />
          </Choice>
        ))}
      </Group>
      <Group title={t.tags} count={facets.tags.length}>
        {facets.tags.slice(0, kShown).map((item) => (
          <Choice key={item.name} name={item.name} count={item.count} on={view.tags.includes(item.name)}
            toggle={() => change({ tags: toggled(view.tags, item.name) })}>
            <span class="hash" aria-hidden="true">#</span>
          </Choice>
        ))}
      </Group>
      <Group title={t.authors} count={facets.authors.length}>
        {facets.authors.slice(0, kShown).map((item) => (
          <Choice key={item.username} name={item.displayName || item.username} count={item.count} on={view.author === item.username}
            toggle={() => change({ author: view.author === item.username ? '' : item.username })}>
            <span class="hash" aria-hidden="true">@</span>
          </Choice>
        ))}
      </Group>
    </section>
  );
}

function Group({ title, count, children }: { title: string; count: number; children: ComponentChildren }) {
  if (count === 0) return null;
  return (
    <div class="facet-group">
      <h2>{title}</h2>
      <ul>{children}</ul>
    </div>
  );
}

interface ChoiceProps {
  name: string;
  count: number;
  on: boolean;
  toggle: () => void;
  children: ComponentChildren;
}

function Choice({ name, count, on, toggle, children }: ChoiceProps) {
  const { format } = useText();
  return (
    <li>
      <button type="button" class="facet" aria-pressed={on} onClick={toggle}>
        {children}
        <span class="place-name">{name}</span>
        <span class="place-count">{format.number(count)}</span>
      </button>
    </li>
  );
}
