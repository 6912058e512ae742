// Importing as a place of its own: the steps, and the imports of the past.
import { useInfiniteQuery } from '@tanstack/react-query';
import { listImports } from '../api/transfer';
import type { ImportJob } from '../api/schemas';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Panel } from '../ui/panel';
import { Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { ImportNotes } from './import_result';
import { ImportSteps } from './import_steps';
import { kImportHistoryKey, useImport } from './use_import';
import { useTransferWords } from './words';

const kRunningMs = 2_000;

export function ImportsView() {
  const { t } = useText();
  const w = useTransferWords();
  const toast = useToast();
  const run = useImport((job) => {
    const done = job.status === 'completed';
    toast({ text: done ? t.importDone : t.importFailed, tone: done ? 'plain' : 'bad' });
  });
  return (
    <>
      <Panel title={t.importTitle}>
        <ImportSteps run={run} />
      </Panel>
      <Panel title={w.importHistory}>
        <History />
      </Panel>
    </>
  );
}

const isRunning = (job: ImportJob) => job.status === 'pending' || job.status === 'processing';

function History() {
  const w = useTransferWords();
  const history = useInfiniteQuery({
    queryKey: kImportHistoryKey,
    queryFn: ({ pageParam, signal }) => listImports(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.pagination.nextCursor,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.history.some(isRunning)) ? kRunningMs : false),
  });
  const jobs = history.data?.pages.flatMap((page) => page.history) ?? [];
  return (
    <>
      {history.isPending && <Loading />}
      {history.isError && <Failure error={history.error} onRetry={() => void history.refetch()} />}
      {history.isSuccess && jobs.length === 0 && <p class="fine">{w.noImports}</p>}
      {jobs.length > 0 && <ul class="rows">{jobs.map((job) => <Row key={job.jobId} job={job} />)}</ul>}
      {history.hasNextPage && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={history.isFetchingNextPage} onClick={() => !history.isFetchingNextPage && void history.fetchNextPage()}>
            {w.more}
          </button>
        </div>
      )}
    </>
  );
}

function Row({ job }: { job: ImportJob }) {
  const { t, format } = useText();
  const w = useTransferWords();
  const more = useFormats();
  const { result } = job;
  const isCancelled = job.error === 'Cancelled';
  const isTrial = result?.diff !== undefined;
  const isGood = job.status === 'completed' && !isTrial;
  const tone = isGood ? 'badge badge-good' : job.status === 'failed' && !isCancelled ? 'badge badge-bad' : 'badge';
  const hasNotes = result !== undefined && result.errorReport.length + result.warnings.length > 0;
  return (
    <li>
      <span class={tone}>{isCancelled ? w.cancelled : isTrial ? w.trial : w.status[job.status]}</span>
      <time dateTime={job.createdAt} title={format.dateTime(job.createdAt)}>{more.moment(job.createdAt)}</time>
      <span class="grow fine">
        {result && !isTrial && w.importOutcome(format.number(result.imported), format.number(result.updated), format.number(result.errors))}
        {result?.diff && w.trialOutcome(format.number(result.diff.new), format.number(result.diff.updated))}
        {isRunning(job) && t.importRunning(format.percent(job.progress.percentage / 100))}
        {job.status === 'failed' && !isCancelled && job.error}
      </span>
      {hasNotes && (
        <details class="more rows-details">
          <summary>{w.details}</summary>
          <ImportNotes result={result} />
        </details>
      )}
    </li>
  );
}
