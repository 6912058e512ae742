// Categories and tags to go to: the sidebar, and the drawer at phone width.
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/context';
import { Icon, type IconName } from '../ui/icon';
import { Failure, Loading } from '../ui/states';
import { Swatch } from '../ui/swatch';
import { flatten, useCategories, useTags } from './queries';
import { kEverything, writeView, type View } from './view';
import type { Change } from './use_view';

interface Props {
  view: View;
  change: Change;
  onGo?: () => void;
}

export function Navigation({ view, change, onGo }: Props) {
  const { t } = useText();
  const go = (part: Partial<View>) => {
    // A place in the library is a fresh start, but what is being searched for stays.
    change({ ...kEverything, text: view.text, sort: view.sort, ...part });
    onGo?.();
  };
  const everywhere = view.categories.length === 0 && !view.uncategorized && view.tags.length === 0 && !view.archived && !view.author;
  return (
    <nav class="navigation" aria-label={t.navigation}>
      <ul>
        <Place part={{}} here={everywhere} view={view} go={go} icon="menu">{t.allBookmarks}</Place>
        <Place part={{ archived: true }} here={view.archived} view={view} go={go} icon="archive">{t.archive}</Place>
      </ul>
      <h2>{t.categories}</h2>
      <Categories view={view} go={go} />
      <h2>{t.tags}</h2>
      <Tags view={view} go={go} />
    </nav>
  );
}

type Go = (part: Partial<View>) => void;

interface PlaceProps {
  part: Partial<View>;
  here: boolean;
  view: View;
  go: Go;
  icon?: IconName;
  color?: string;
  depth?: number;
  count?: number | undefined;
  children: ComponentChildren;
}

// A real link, so that it opens in a new tab as well; a plain click stays on the page.
function Place({ part, here, view, go, icon, color, depth = 0, count, children }: PlaceProps) {
  const { format } = useText();
  const href = window.location.pathname + writeView({ ...kEverything, text: view.text, sort: view.sort, ...part });
  return (
    <li>
      <a
        href={href}
        class="place"
        style={depth ? { '--depth': String(depth) } : undefined}
        aria-current={here ? 'page' : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          go(part);
        }}
      >
        {icon ? <Icon name={icon} /> : color ? <Swatch color={color} /> : <span class="hash" aria-hidden="true">#</span>}
        <span class="place-name">{children}</span>
        {count !== undefined && <span class="place-count">{format.number(count)}</span>}
      </a>
    </li>
  );
}

function Categories({ view, go }: { view: View; go: Go }) {
  const { t } = useText();
  const categories = useCategories();
  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  return (
    <ul>
      {flatten(categories.data).map(({ category, depth }) => (
        <Place
          key={category.id}
          part={{ categories: [category.id] }}
          here={view.categories.includes(category.id)}
          view={view}
          go={go}
          color={category.color}
          depth={depth}
          count={category.bookmarkCount}
        >
          {category.name}
        </Place>
      ))}
      <Place part={{ uncategorized: true }} here={view.uncategorized} view={view} go={go} color="transparent">{t.uncategorized}</Place>
    </ul>
  );
}

function Tags({ view, go }: { view: View; go: Go }) {
  const { t } = useText();
  const tags = useTags();
  if (tags.isPending) return <Loading />;
  if (tags.isError) return <Failure error={tags.error} onRetry={() => void tags.refetch()} />;
  if (tags.data.length === 0) return <p class="fine">{t.noTags}</p>;
  return (
    <ul>
      {tags.data.map((tag) => (
        <Place key={tag.name} part={{ tags: [tag.name] }} here={view.tags.includes(tag.name)} view={view} go={go} count={tag.count}>
          {tag.name}
        </Place>
      ))}
    </ul>
  );
}
