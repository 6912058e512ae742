// Categories and tags to go to: the sidebar, and the drawer at phone width.
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/context';
import type { IconName } from '../ui/icon';
import { Failure, Loading } from '../ui/states';
import { SavedPlaces } from '../search/saved_places';
import { flatten, useCategories, useTags } from './queries';
import { kEverything, type View } from './view';
import { ViewLink } from './view_link';
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
      <SavedPlaces view={view} change={change} {...(onGo && { onGo })} />
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

function Place({ part, view, go, ...rest }: PlaceProps) {
  return <ViewLink to={{ ...kEverything, text: view.text, sort: view.sort, ...part }} onGo={() => go(part)} {...rest} />;
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
