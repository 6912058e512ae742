// A sync that has not ended: how far it is, why it waits, and the way to stop it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { cancelJob } from '../api/jobs';
import { asProblem } from '../api/problem';
import type { Job } from '../api/schemas';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { jobKey } from '../jobs/use_job';
import { Icon } from '../ui/icon';
import { Progress } from '../ui/progress';
import { Complaint } from '../ui/states';
import { useSyncWords } from './words';

export function LiveRun({ job }: { job: Job }) {
  const w = useSyncWords();
  const { format, explain } = useText();
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () => cancelJob(job.id),
    onSuccess: (next) => client.setQueryData(jobKey(job.id), next),
  });
  const isStopping = cancel.isPending || job.cancelRequested;
  const words = isStopping ? w.cancelling : w.states[job.state];
  return (
    <div class="live-run">
      <Progress label={words} fraction={fractionOf(job)} />
      <p class="live-run-line">
        <b role="status">{words}</b>
        <span>{w.read(format.number(job.progress.current))}</span>
        {job.attempt > 1 && <span class="fine">{w.retrying(format.number(job.attempt), format.number(job.maxAttempts))}</span>}
      </p>
      <Pause job={job} />
      {cancel.isError && <Complaint>{explain(asProblem(cancel.error))}</Complaint>}
      <div class="actions">
        <button type="button" class="button" aria-disabled={isStopping} onClick={() => !isStopping && cancel.mutate()}>
          {isStopping ? w.cancelling : w.cancel}
        </button>
      </div>
    </div>
  );
}

// X never says how many there are: the server's total is the most that X shows. Before the first page there is none, and a run that
// has read all of it is still not at its end.
function fractionOf(job: Job): number | null {
  const { current, total } = job.progress;
  if (total > current) return current / total;
  return job.state === 'paused' ? 0 : null;
}

function Pause({ job }: { job: Job }) {
  const w = useSyncWords();
  const more = useFormats();
  if (job.state !== 'paused' || job.pausedReason === null) return null;
  const reason = w.pauses[job.pausedReason];
  return (
    <p class="notice" role="status">
      <Icon name="pause" />
      <span>{job.resumeAt && job.pausedReason !== 'needs_reauth' ? w.until(reason, more.moment(job.resumeAt)) : w.noUntil(reason)}</span>
    </p>
  );
}
