// The last month of syncs in numbers.
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Bars } from '../ui/bars';
import { Panel } from '../ui/panel';
import { Failure, Loading } from '../ui/states';
import type { SyncAnalytics } from '../api/sync';
import { lastDays } from './days';
import { useAnalytics } from './queries';
import { useSyncWords } from './words';

export function AnalyticsPanel() {
  const w = useSyncWords();
  const analytics = useAnalytics();
  if (analytics.data?.summary.total_syncs === 0) return null;
  return (
    <Panel title={w.analytics}>
      {analytics.isPending && <Loading />}
      {analytics.isError && <Failure error={analytics.error} onRetry={() => void analytics.refetch()} />}
      {analytics.data && <Numbers analytics={analytics.data} />}
    </Panel>
  );
}

function Numbers({ analytics }: { analytics: SyncAnalytics }) {
  const w = useSyncWords();
  const { format } = useText();
  const more = useFormats();
  const { summary, dailyStats, errorAnalysis } = analytics;
  const perDay = new Map(dailyStats.map((day) => [day.sync_date.slice(0, 10), day.total_items_synced]));
  const bars = lastDays().map((day) => ({ label: more.day(day), value: perDay.get(day) ?? 0, text: format.number(perDay.get(day) ?? 0) }));
  const facts = [
    [w.syncs, summary.total_syncs],
    [w.successful, summary.successful_syncs],
    [w.failed, summary.failed_syncs],
    [w.average, Math.round(summary.avg_items_per_sync ?? 0)],
  ] as const;
  return (
    <>
      <dl class="facts">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{format.number(value)}</dd></div>)}</dl>
      <Bars title={w.itemsChart} columns={[w.day, w.itemsColumn]} bars={bars} />
      {errorAnalysis.length > 0 && (
        <details class="more">
          <summary>{w.frequentErrors}</summary>
          <ul class="rows">
            {errorAnalysis.map((item) => (
              <li key={item.error_message}>
                <span class="grow">{item.error_message}</span>
                <span class="fine">{`${w.times(format.number(item.occurrence_count), item.occurrence_count)} · ${more.moment(item.last_occurrence)}`}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
