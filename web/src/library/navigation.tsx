// Categories and tags to go to: the sidebar, and the drawer at phone width.
import type { ComponentChildren, ComponentType } from 'preact';
import { useState } from 'preact/hooks';
import { lazyView } from '../app/lazy_view';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Icon, type IconName } from '../ui/icon';
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
      <Head title={t.categories} edit={t.editCategories} editor={CategoryEditor} />
      <Categories view={view} go={go} />
      <Head title={t.tags} edit={t.editTags} editor={TagEditor} />
      <Tags view={view} go={go} />
    </nav>
  );
}

const CategoryEditor = lazyView<object>(() => import('../categories/category_editor').then((module) => module.CategoryEditor));
const TagEditor = lazyView<object>(() => import('../tags/tag_editor').then((module) => module.TagEditor));

/** A heading, and the way to change what stands below it. */
function Head({ title, edit, editor: Editor }: { title: string; edit: string; editor: ComponentType<object> }) {
  const [open, setOpen] = useState(false);
  return (
    <div class="navigation-head">
      <h2>{title}</h2>
      <button type="button" class="icon-button" aria-label={edit} title={edit} onClick={() => setOpen(true)}><Icon name="edit" /></button>
      {open && <Dialog title={edit} onClose={() => setOpen(false)}><Editor /></Dialog>}
    </div>
  );
}

type Go = (part: Partial<View>) => void;

interface PlaceProps {
  part: Partial<View>;
  here: boolean;
  view: View;
  go: Go;
  icon?: IconName;
  mark?: { color: string; icon: string };
  fileUnder?: string;
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
          mark={category}
          fileUnder={category.id}
          depth={depth}
          count={category.bookmarkCount}
        >
          {category.name}
        </Place>
      ))}
      <Place part={{ uncategorized: true }} here={view.uncategorized} view={view} go={go} mark={{ color: '', icon: '' }} fileUnder="">{t.uncategorized}</Place>
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
