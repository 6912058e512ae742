// Syncs of the past, newest first.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { asProblem } from '../api/problem';
import { removeOldSyncs, type SyncRecord } from '../api/sync';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Panel } from '../ui/panel';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { refreshHistory, useSyncHistory } from './queries';
import { readResult } from './result';
import { useSyncWords } from './words';

export function HistoryPanel() {
  const w = useSyncWords();
  const history = useSyncHistory();
  const records = history.data?.pages.flatMap((page) => page.history) ?? [];
  return (
    <Panel title={w.history} aside={records.length > 0 && <Cleanup />}>
      {history.isPending && <Loading />}
      {history.isError && <Failure error={history.error} onRetry={() => void history.refetch()} />}
      {history.isSuccess && records.length === 0 && <p class="fine">{w.noHistory}</p>}
      {records.length > 0 && <ul class="rows">{records.map((record) => <Row key={record.id} record={record} />)}</ul>}
      {history.hasNextPage && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={history.isFetchingNextPage} onClick={() => !history.isFetchingNextPage && void history.fetchNextPage()}>
            {w.more}
          </button>
        </div>
      )}
    </Panel>
  );
}

const kKeptDays = 90;

function Cleanup() {
  const w = useSyncWords();
  const { format, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const send = useMutation({
    mutationFn: () => removeOldSyncs(kKeptDays),
    onSuccess: (count) => {
      toast({ text: w.cleaned(format.number(count)), tone: 'plain' });
      return refreshHistory(client);
    },
  });
  return (
    <>
      <button type="button" class="button" title={w.cleanupHint} aria-disabled={send.isPending} onClick={() => !send.isPending && send.mutate()}>
        {w.cleanup}
      </button>
      {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
    </>
  );
}

const tones: Record<string, string> = { completed: 'badge badge-good', failed: 'badge badge-bad' };

function Row({ record }: { record: SyncRecord }) {
  const w = useSyncWords();
  const { format } = useText();
  const more = useFormats();
  const result = readResult(record.result);
  const n = format.number;
  const words = result
    ? [w.outcome(n(result.newBookmarks), n(result.updatedBookmarks), n(result.unchangedBookmarks)), w.cost(more.money(result.amount), n(result.requests))]
    : [w.items(n(record.processed_items))];
  return (
    <li>
      <span class={tones[record.status] ?? 'badge'}>{w.status[record.status] ?? record.status}</span>
      <time dateTime={record.created_at} title={format.dateTime(record.created_at)}>{more.moment(record.created_at)}</time>
      <span class="grow fine">{words.join(' · ')}</span>
      {record.status === 'failed' && record.error_message && <span class="hint-bad">{record.error_message}</span>}
    </li>
  );
}
