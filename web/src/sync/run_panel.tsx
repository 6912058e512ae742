// Starting a sync, and the one that runs.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'preact/hooks';
import { useChangeSettings } from '../account/settings';
import { asProblem } from '../api/problem';
import type { Job } from '../api/schemas';
import { startSync, type XAccount } from '../api/sync';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { isFinal, newestJobKey, useJob, useNewestJob } from '../jobs/use_job';
import { Check } from '../ui/check';
import { Panel } from '../ui/panel';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { LiveRun } from './live_run';
import { refreshAfterSync, refreshSpend, useForecast } from './queries';
import { readResult } from './result';
import { useSyncWords } from './words';

export function RunPanel({ user, account }: { user: User; account: XAccount }) {
  const w = useSyncWords();
  const { format } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const newest = useNewestJob('sync');
  const [followed, setFollowed] = useState<string | null>(null);
  const found = newest.data && !isFinal(newest.data) ? newest.data.id : null;
  useEffect(() => {
    if (found !== null) setFollowed(found);
  }, [found]);
  const { job } = useJob(followed, (ended: Job) => {
    refreshAfterSync(client);
    const result = readResult(ended.result);
    if (ended.state === 'completed') toast({ text: w.doneToast(format.number(result?.newBookmarks ?? 0)), tone: 'plain' });
    if (ended.state === 'failed') toast({ text: w.failedToast, tone: 'bad' });
  });
  // Every page that is read is billed.
  useEffect(() => {
    if (job !== null) void refreshSpend(client);
  }, [job?.state, job?.progress.current]);

  const running = job && !isFinal(job) ? job : null;
  return (
    <Panel title={w.sync} lead={w.syncLead}>
      {newest.isPending && <Loading />}
      {newest.isError && <Failure error={newest.error} onRetry={() => void newest.refetch()} />}
      {running && <LiveRun job={running} />}
      {!running && job && <Ended job={job} />}
      {newest.isSuccess && !running && account.status === 'active' && (
        <Start onStarted={(id) => {
          setFollowed(id);
          void client.invalidateQueries({ queryKey: newestJobKey('sync') });
        }} />
      )}
      <AutoSync user={user} />
    </Panel>
  );
}

function Ended({ job }: { job: Job }) {
  const w = useSyncWords();
  const { format } = useText();
  const more = useFormats();
  const result = readResult(job.result);
  if (job.state === 'failed') {
    return <Complaint>{`${w.states.failed}: ${(job.error && w.errors[job.error.code]) ?? job.error?.message ?? ''}`}</Complaint>;
  }
  return (
    <div class="sync-ended" role="status">
      <p><b>{w.states[job.state]}</b></p>
      {result && (
        <>
          <p>{w.outcome(format.number(result.newBookmarks), format.number(result.updatedBookmarks), format.number(result.unchangedBookmarks))}</p>
          <p class="fine">
            {[result.unbookmarked > 0 && w.removed(format.number(result.unbookmarked)), w.cost(more.money(result.amount), format.number(result.requests))]
              .filter(Boolean).join(' · ')}
          </p>
        </>
      )}
    </div>
  );
}

function Start({ onStarted }: { onStarted: (jobId: string) => void }) {
  const w = useSyncWords();
  const { format, explain } = useText();
  const more = useFormats();
  const [fullSync, setFullSync] = useState(false);
  const forecast = useForecast(fullSync);
  const send = useMutation({ mutationFn: () => startSync({ fullSync }), onSuccess: onStarted });
  return (
    <div class="sync-start">
      <Check label={w.fullSync} hint={w.fullSyncHint} checked={fullSync} onChange={setFullSync} />
      {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
      <div class="actions">
        <button type="button" class="button button-main" aria-disabled={send.isPending} onClick={() => !send.isPending && send.mutate()}>
          {send.isPending ? w.starting : w.start}
        </button>
        {forecast.data && (
          <span class="fine">
            {w.forecast(format.number(forecast.data.maxRequests), more.money(forecast.data.maxAmount))}
            {forecast.data.wouldPause && <b>{` ${w.forecastPause}`}</b>}
          </span>
        )}
      </div>
    </div>
  );
}

function AutoSync({ user }: { user: User }) {
  const w = useSyncWords();
  const { explain } = useText();
  const change = useChangeSettings();
  return (
    <>
      <Check label={w.auto} checked={user.settings.autoSync} onChange={(autoSync) => change.mutate({ autoSync })} />
      {change.isError && <Complaint>{explain(asProblem(change.error))}</Complaint>}
    </>
  );
}
