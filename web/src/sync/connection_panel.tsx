// The connection with X: whose it is, whether X still accepts it, and the app that it goes through.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { useProviders } from '../account/session';
import { asProblem } from '../api/problem';
import { beginXLogin, disconnectX, type XAccount } from '../api/sync';
import { kPaths } from '../app/places';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Panel } from '../ui/panel';
import { Complaint } from '../ui/states';
import { useToast } from '../ui/toast';
import { OwnApp } from './own_app';
import { kAccountKey } from './queries';
import { useSyncWords } from './words';

export function ConnectionPanel({ account }: { account: XAccount }) {
  const w = useSyncWords();
  const { explain } = useText();
  const providers = useProviders();
  const [leaving, setLeaving] = useState(false);
  const begin = useMutation({
    mutationFn: () => beginXLogin(kPaths.sync, true),
    onSuccess: (address) => window.location.assign(address),
  });
  const canConnect = account.app === 'own' || (providers.data?.x ?? true);
  const isGoing = begin.isPending || begin.isSuccess;
  const leave = account.connected && <button type="button" class="button" onClick={() => setLeaving(true)}>{w.disconnect}</button>;
  return (
    <Panel title={w.connection} aside={leave}>
      <State account={account} canConnect={canConnect} />
      {begin.isError && <Complaint>{explain(asProblem(begin.error))}</Complaint>}
      {canConnect && account.status !== 'active' && (
        <div class="actions">
          <button type="button" class="button button-main" aria-disabled={isGoing} onClick={() => !isGoing && begin.mutate()}>
            {isGoing ? w.connecting : account.status === 'none' ? w.connect : w.reconnect}
          </button>
        </div>
      )}
      <details class="more" open={!canConnect}>
        <summary>{w.ownApp}</summary>
        <OwnApp account={account} />
      </details>
      {leaving && <DisconnectDialog onClose={() => setLeaving(false)} />}
    </Panel>
  );
}

function State({ account, canConnect }: { account: XAccount; canConnect: boolean }) {
  const w = useSyncWords();
  const { format } = useText();
  const more = useFormats();
  if (account.status === 'none') return <p>{canConnect ? w.none : w.noApp}</p>;
  return (
    <>
      <p class="x-account">
        <Icon name={account.status === 'active' ? 'check' : 'alert'} />
        <b>{w.connectedAs(account.username ?? account.xUserId ?? '?')}</b>
        {account.connectedAt && <span class="fine">{w.connectedSince(format.date(account.connectedAt))}</span>}
        <span class="fine">{account.lastSyncAt ? w.lastSync(more.moment(account.lastSyncAt)) : w.neverSynced}</span>
      </p>
      {account.status === 'needs_reauth' && <Complaint>{w.needsReauth}</Complaint>}
      {account.status === 'not_enrolled' && <Complaint>{w.notEnrolled}</Complaint>}
    </>
  );
}

function DisconnectDialog({ onClose }: { onClose: () => void }) {
  const w = useSyncWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const send = useMutation({
    mutationFn: disconnectX,
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: kAccountKey });
      toast({ text: w.disconnectedToast, tone: 'plain' });
      onClose();
    },
  });
  return (
    <Dialog title={w.disconnectTitle} onClose={onClose}>
      <p>{w.disconnectLead}</p>
      {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
      <div class="dialog-actions">
        <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
        <button type="button" class="button button-danger" aria-disabled={send.isPending} onClick={() => !send.isPending && send.mutate()}>
          {w.disconnect}
        </button>
      </div>
    </Dialog>
  );
}
