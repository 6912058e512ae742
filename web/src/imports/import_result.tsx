// What came of an import: counts, and the lines that were refused.
import type { ImportJob, ImportResult } from '../api/schemas';
import { safeHref } from '../bookmarks/rich_text';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { Complaint } from '../ui/states';

const kCounts = ['totalProcessed', 'imported', 'updated', 'unchanged', 'skipped', 'errors'] as const;

export function ImportResultView({ job, fileName }: { job: ImportJob; fileName: string }) {
  const { t } = useText();
  const failure = job.error === 'Cancelled' ? t.importCancelled : job.error ? `${t.importFailed}: ${job.error}` : t.importFailed;
  return (
    <div class="import-result">
      <p class="import-file">{fileName}</p>
      {job.status === 'completed' && <p class="import-done" role="status"><Icon name="check" />{t.importDone}</p>}
      {job.status === 'failed' && <Complaint>{failure}</Complaint>}
      {job.result && <Counts result={job.result} />}
      {job.result && <ImportNotes result={job.result} />}
    </div>
  );
}

function Counts({ result }: { result: ImportResult }) {
  const { t, format } = useText();
  return (
    <dl class="counts">
      {kCounts.map((key) => (
        <div key={key} class={key === 'errors' && result.errors > 0 ? 'count-bad' : undefined}>
          <dt>{t.importCounts[key]}</dt>
          <dd>{format.number(result[key])}</dd>
        </div>
      ))}
    </dl>
  );
}

/** The lines that were refused, and what else the server has to say. */
export function ImportNotes({ result }: { result: ImportResult }) {
  const { t, format } = useText();
  const report = result.errorReportUrl ? safeHref(new URL(result.errorReportUrl, window.location.href).href) : null;
  return (
    <>
      {result.errorReport.length > 0 && (
        <details class="report" open>
          <summary>{t.importErrors}</summary>
          <ul>
            {result.errorReport.map((item, index) => (
              <li key={index}>
                <b>{t.importLine(format.number(item.line))}</b> {item.message} <code>{item.field ? `${item.code} · ${item.field}` : item.code}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
      {report && <p><a href={report} download>{t.importReport}</a></p>}
      {result.warnings.length > 0 && (
        <details class="report">
          <summary>{t.importWarnings}</summary>
          <ul>{result.warnings.map((warning, index) => <li key={index}>{warning}</li>)}</ul>
        </details>
      )}
    </>
  );
}
