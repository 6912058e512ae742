import { useId } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Failure, Loading } from '../ui/states';
import { flatten, useCategories } from './queries';

/** One category or none, by the platform's own list. */
export function CategorySelect({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useText();
  const id = useId();
  const categories = useCategories();
  if (categories.isPending) return <Loading />;
  if (categories.isError) return <Failure error={categories.error} onRetry={() => void categories.refetch()} />;
  return (
    <div class="field">
      <label for={id}>{t.category}</label>
      <select id={id} value={value ?? ''} onChange={(event) => onChange(event.currentTarget.value || null)}>
        <option value="">{t.uncategorized}</option>
        {flatten(categories.data).map(({ category, depth }) => (
          <option key={category.id} value={category.id}>{'\u2003'.repeat(depth) + category.name}</option>
        ))}
      </select>
    </div>
  );
}
