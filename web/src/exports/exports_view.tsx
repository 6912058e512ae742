// Exporting: what goes into the file, the file as it is written, and the files that are still here.
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { cancelJob } from '../api/jobs';
import { asProblem } from '../api/problem';
import type { ExportJob, Job } from '../api/schemas';
import { listExports, startExport } from '../api/transfer';
import { safeHref } from '../bookmarks/rich_text';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { useTransferWords } from '../imports/words';
import { isFinal, jobKey, useJob } from '../jobs/use_job';
import { Icon } from '../ui/icon';
import { Panel } from '../ui/panel';
import { Progress } from '../ui/progress';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { ExportForm } from './export_form';

const kHistoryKey = ['exports'] as const;
const kRunningMs = 2_000;

export function ExportsView() {
  const { explain } = useText();
  const w = useTransferWords();
  const client = useQueryClient();
  const toast = useToast();
  const [jobId, setJobId] = useState<string | null>(null);
  const send = useMutation({
    mutationFn: startExport,
    onSuccess: (id) => {
      setJobId(id);
      void client.invalidateQueries({ queryKey: kHistoryKey });
    },
  });
  const { job } = useJob(jobId, (ended) => {
    void client.invalidateQueries({ queryKey: kHistoryKey });
    if (ended.state === 'completed') toast({ text: w.exportDone, tone: 'plain' });
    if (ended.state === 'failed') toast({ text: w.exportFailed, tone: 'bad' });
  });
  const isBusy = send.isPending || (job !== null && !isFinal(job));
  return (
    <>
      <Panel title={w.exportTitle} lead={w.exportLead}>
        <ExportForm isBusy={isBusy} onStart={(options) => send.mutate(options)} />
        {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
        {job && !isFinal(job) && <Running job={job} />}
      </Panel>
      <Panel title={w.exportHistory} lead={w.exportKept}>
        <History />
      </Panel>
    </>
  );
}

function Running({ job }: { job: Job }) {
  const { t, format } = useText();
  const w = useTransferWords();
  const client = useQueryClient();
  const cancel = useMutation({ mutationFn: () => cancelJob(job.id), onSuccess: (next) => client.setQueryData(jobKey(job.id), next) });
  const isStopping = cancel.isPending || job.cancelRequested;
  const words = isStopping ? w.cancelling : job.state === 'queued' ? t.importQueued : w.exporting(format.percent(job.progress.percentage / 100));
  return (
    <div class="import-step">
      <Progress label={words} fraction={job.state === 'queued' ? null : job.progress.percentage / 100} />
      <p role="status">{words}</p>
      <div class="actions">
        <button type="button" class="button" aria-disabled={isStopping} onClick={() => !isStopping && cancel.mutate()}>{t.cancel}</button>
      </div>
    </div>
  );
}

const isRunning = (job: ExportJob) => job.status === 'pending' || job.status === 'processing';

function History() {
  const w = useTransferWords();
  const history = useInfiniteQuery({
    queryKey: kHistoryKey,
    queryFn: ({ pageParam, signal }) => listExports(pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.pagination.nextCursor,
    refetchInterval: ({ state }) => (state.data?.pages.some((page) => page.history.some(isRunning)) ? kRunningMs : false),
  });
  const jobs = history.data?.pages.flatMap((page) => page.history) ?? [];
  return (
    <>
      {history.isPending && <Loading />}
      {history.isError && <Failure error={history.error} onRetry={() => void history.refetch()} />}
      {history.isSuccess && jobs.length === 0 && <p class="fine">{w.noExports}</p>}
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

function Row({ job }: { job: ExportJob }) {
  const { format } = useText();
  const w = useTransferWords();
  const more = useFormats();
  const isCancelled = job.error === 'Cancelled';
  const tone = job.status === 'completed' ? 'badge badge-good' : job.status === 'failed' && !isCancelled ? 'badge badge-bad' : 'badge';
  const href = job.result ? safeHref(new URL(job.result.fileUrl, window.location.href).href) : null;
  return (
    <li>
      <span class={tone}>{isCancelled ? w.cancelled : w.status[job.status]}</span>
      <time dateTime={job.createdAt} title={format.dateTime(job.createdAt)}>{more.moment(job.createdAt)}</time>
      <span class="grow fine">
        {job.result && w.exportOutcome(format.number(job.result.recordCount), more.bytes(job.result.fileSize))}
        {job.status === 'failed' && !isCancelled && job.error}
      </span>
      {job.result && href && (
        <a class="button" href={href} download={job.result.fileName} aria-label={w.downloadFile(job.result.fileName)}>
          <Icon name="download" />
          {w.download}
        </a>
      )}
    </li>
  );
}
