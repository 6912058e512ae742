// Where new bookmarks go, and what the server does by itself.
import { useChangeSettings } from '../account/settings';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { flatten, useCategories } from '../library/queries';
import { Check } from '../ui/check';
import { Panel } from '../ui/panel';
import { Select } from '../ui/select';
import { Complaint, Failure, Loading } from '../ui/states';
import { useSettingsWords } from './words';

export function FilingPanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const { explain } = useText();
  const change = useChangeSettings();
  const { defaultCategory, autoSync } = user.settings;
  return (
    <Panel title={w.filing}>
      <DefaultCategory value={defaultCategory} onChange={(next) => change.mutate({ defaultCategory: next })} />
      <Check label={w.autoSync} checked={autoSync} onChange={(next) => change.mutate({ autoSync: next })} />
      {change.isError && <Complaint>{explain(asProblem(change.error))}</Complaint>}
    </Panel>
  );
}

function DefaultCategory({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const w = useSettingsWords();
  const categories = useCategories();
  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  const options = flatten(categories.data).map(({ category, depth }) => [category.id, `${'\u2003'.repeat(depth)}${category.name}`] as const);
  // A category that is gone since counts as none.
  const known = options.some(([id]) => id === value) ? (value ?? '') : '';
  return (
    <Select
      label={w.defaultCategory}
      hint={w.defaultCategoryHint}
      value={known}
      options={[['', w.none], ...options]}
      onChange={(id) => onChange(id || null)}
    />
  );
}
