// What an import would do, as its trial found.
import type { ImportDiff, ImportResult } from '../api/schemas';
import { safeHref } from '../bookmarks/rich_text';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { fieldText } from './field_text';
import { ImportNotes } from './import_result';
import { useTransferWords } from './words';

const kCounts = ['new', 'updated', 'unchanged', 'skipped', 'conflicts'] as const;

export function ImportDiffView({ result }: { result: ImportResult }) {
  const w = useTransferWords();
  const { format } = useText();
  const { diff } = result;
  // What is new has nothing to compare with: the count says it all.
  const samples = diff?.samples.filter(({ fields }) => Object.keys(fields).length > 0) ?? [];
  const href = result.diffUrl ? safeHref(new URL(result.diffUrl, window.location.href).href) : null;
  return (
    <div class="import-result">
      {diff && (
        <dl class="counts">
          {kCounts.map((key) => <div key={key}><dt>{w.diffCounts[key]}</dt><dd>{format.number(diff[key])}</dd></div>)}
          <div class={result.errors > 0 ? 'count-bad' : undefined}><dt>{w.diffErrors}</dt><dd>{format.number(result.errors)}</dd></div>
        </dl>
      )}
      {samples.length > 0 && <Samples samples={samples} />}
      {href && <p><a class="button" href={href} download><Icon name="download" />{w.wholeDiff}</a></p>}
      <ImportNotes result={result} />
    </div>
  );
}

function Samples({ samples }: { samples: ImportDiff['samples'] }) {
  const w = useTransferWords();
  const { t, format } = useText();
  return (
    <details class="report" open>
      <summary>{w.samples}</summary>
      <ul class="samples" tabIndex={0} aria-label={w.samples}>
        {samples.map((sample) => (
          <li key={sample.line}>
            <p>
              <span class={`badge badge-${sample.action}`}>{w.actions[sample.action] ?? sample.action}</span>
              <span class="fine">{t.importLine(format.number(sample.line))}</span>
            </p>
            <Fields fields={sample.fields} isNew={sample.action === 'new'} />
          </li>
        ))}
      </ul>
    </details>
  );
}

function Fields({ fields, isNew }: { fields: Record<string, unknown[]>; isNew: boolean }) {
  const w = useTransferWords();
  return (
    <dl class="sample-fields">
      {Object.entries(fields).map(([name, [before, after]]) => (
        <div key={name}>
          <dt>{w.fields[name] ?? name}</dt>
          <dd>
            {!isNew && <del>{fieldText(before)}</del>}
            <ins>{fieldText(after)}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}
