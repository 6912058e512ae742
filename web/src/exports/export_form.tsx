// The choices of an export.
import { useState } from 'preact/hooks';
import { valueOf } from '../account/field';
import type { ExportOptions } from '../api/schemas';
import { useTransferWords } from '../imports/words';
import { flatten, useCategories } from '../library/queries';
import { Check } from '../ui/check';
import { Segments } from '../ui/segments';
import { Select } from '../ui/select';
import { TextField } from '../ui/text_field';
import { makeOptions, type ExportChoices, type ExportPart, kParts, kUsualExport } from './options';

const kFormats: readonly ExportOptions['format'][] = ['json', 'csv', 'ndjson', 'html', 'markdown', 'zip'];
const kDelimiters = [',', ';', '\t'] as const;

interface Props {
  isBusy: boolean;
  onStart: (options: ExportOptions) => void;
}

export function ExportForm({ isBusy, onStart }: Props) {
  const w = useTransferWords();
  const [choices, setChoices] = useState<ExportChoices>(kUsualExport);
  const set = (part: Partial<ExportChoices>) => setChoices({ ...choices, ...part });
  const setPart = (part: ExportPart, on: boolean) =>
    set({ parts: on ? [...choices.parts, part] : choices.parts.filter((other) => other !== part) });
  return (
    <form
      class="import-step"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        if (!isBusy) onStart(makeOptions({ ...choices, from: valueOf(form, 'from'), to: valueOf(form, 'to') }));
      }}
    >
      <Segments label={w.format} value={choices.format} options={kFormats.map((format) => [format, w.formats[format]] as const)} onChange={(format) => set({ format })} />
      <p class="hint">{w.formatHints[choices.format]}</p>
      <fieldset class="checks">
        <legend>{w.parts}</legend>
        {kParts.map((part) => (
          <Check key={part} label={w.partNames[part]} checked={choices.parts.includes(part)} onChange={(on) => setPart(part, on)} />
        ))}
        <Check label={w.includeArchived} checked={choices.includeArchived} onChange={(includeArchived) => set({ includeArchived })} />
      </fieldset>
      <details class="more">
        <summary>{w.moreOptions}</summary>
        <div class="import-step">
          <div class="form-row">
            <TextField label={w.from} name="from" type="date" />
            <TextField label={w.to} name="to" type="date" hint={w.rangeHint} />
          </div>
          <CategoryField value={choices.category} onChange={(category) => set({ category })} />
          {choices.format === 'csv' && (
            <div class="form-row">
              <Select label={w.delimiter} value={choices.delimiter} options={kDelimiters.map((key) => [key, w.delimiters[key]] as const)} onChange={(delimiter) => set({ delimiter })} />
              <Check label={w.bom} hint={w.bomHint} checked={choices.bom} onChange={(bom) => set({ bom })} />
            </div>
          )}
          {choices.format !== 'zip' && choices.format !== 'markdown' && (
            <Check label={w.compressed} checked={choices.compressed} onChange={(compressed) => set({ compressed })} />
          )}
        </div>
      </details>
      {choices.parts.length === 0 && <p class="hint hint-bad">{w.nothingChosen}</p>}
      <div class="actions">
        <button type="submit" class="button button-main" aria-disabled={isBusy || choices.parts.length === 0} disabled={choices.parts.length === 0}>
          {w.startExport}
        </button>
      </div>
    </form>
  );
}

function CategoryField({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const w = useTransferWords();
  const categories = useCategories();
  const options = flatten(categories.data ?? []).map(({ category, depth }) => [category.id, `${'\u2003'.repeat(depth)}${category.name}`] as const);
  return <Select label={w.onlyCategory} value={value} options={[['', w.everyCategory], ...options]} onChange={onChange} />;
}
