// How a file is read: its kind, what happens with bookmarks that are here already, where the rest is filed.
import type { DuplicateStrategy } from '../api/transfer';
import { flatten, useCategories } from '../library/queries';
import { Check } from '../ui/check';
import { Select } from '../ui/select';
import type { ImportChoices } from './use_import';
import { useTransferWords } from './words';

const kSources = [
  'auto', 'x-bookmarker', 'x-archive', 'twitter-web-exporter', 'x-graphql', 'twitter', 'siftly', 'dewey', 'fieldtheory', 'raindrop',
  'pinboard', 'karakeep', 'chrome', 'netscape', 'json', 'csv',
] as const;
const kStrategies: readonly DuplicateStrategy[] = ['skip', 'merge', 'update', 'create_duplicate'];

interface Props {
  choices: ImportChoices;
  onChange: (choices: ImportChoices) => void;
}

export function ImportOptionFields({ choices, onChange }: Props) {
  const w = useTransferWords();
  const set = (part: Partial<ImportChoices>) => onChange({ ...choices, ...part });
  return (
    <>
      <Select
        label={w.duplicates}
        hint={w.strategyHints[choices.duplicateStrategy]}
        value={choices.duplicateStrategy}
        options={kStrategies.map((name) => [name, w.strategies[name]] as const)}
        onChange={(duplicateStrategy) => set({ duplicateStrategy })}
      />
      <CategoryField value={choices.defaultCategory} onChange={(defaultCategory) => set({ defaultCategory })} />
      <details class="more">
        <summary>{w.moreOptions}</summary>
        <div class="import-step">
          <Select
            label={w.source}
            value={choices.source}
            options={kSources.map((name) => [name as string, w.sources[name] ?? name] as const)}
            onChange={(source) => set({ source })}
          />
          <Check label={w.createCategories} checked={choices.createCategories} onChange={(createCategories) => set({ createCategories })} />
          <Check label={w.includeLikes} hint={w.includeLikesHint} checked={choices.includeLikes} onChange={(includeLikes) => set({ includeLikes })} />
        </div>
      </details>
    </>
  );
}

function CategoryField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const w = useTransferWords();
  const categories = useCategories();
  const options = flatten(categories.data ?? []).map(({ category, depth }) => [category.id, `${'\u2003'.repeat(depth)}${category.name}`] as const);
  return <Select label={w.defaultCategory} value={value} options={[['', w.noCategory], ...options]} onChange={onChange} />;
}
