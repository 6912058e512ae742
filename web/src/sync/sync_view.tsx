// Syncs with X: the connection, a run as it goes, what it costs, what was.
import { useEffect } from 'preact/hooks';
import type { User } from '../api/types';
import { takeParameter } from '../app/route';
import { Failure, Loading } from '../ui/states';
import { Panel } from '../ui/panel';
import { useToast } from '../ui/toast';
import { AnalyticsPanel } from './analytics_panel';
import { ConnectionPanel } from './connection_panel';
import { HistoryPanel } from './history_panel';
import { useXAccount } from './queries';
import { RunPanel } from './run_panel';
import { SpendPanel } from './spend_panel';
import { useSyncWords } from './words';

export function SyncView({ user }: { user: User }) {
  const w = useSyncWords();
  const toast = useToast();
  const account = useXAccount();
  useEffect(() => {
    // X sent the browser back here.
    if (takeParameter('auth') === 'success') toast({ text: w.connectedToast, tone: 'plain' });
  }, []);
  if (account.isPending) return <Panel title={w.connection}><Loading /></Panel>;
  if (account.isError) return <Panel title={w.connection}><Failure error={account.error} onRetry={() => void account.refetch()} /></Panel>;
  return (
    <>
      <ConnectionPanel account={account.data} />
      <RunPanel user={user} account={account.data} />
      <SpendPanel />
      <HistoryPanel />
      <AnalyticsPanel />
    </>
  );
}
