// The end of every session, for when a device is lost.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { endSession } from '../account/session';
import { logoutAll } from '../api/account';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Complaint } from '../ui/states';
import { useSettingsWords } from './words';

export function LogoutAll() {
  const w = useSettingsWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const send = useMutation({ mutationFn: logoutAll, onSuccess: () => endSession(client) });
  return (
    <>
      <div class="actions">
        <button type="button" class="button" onClick={() => setAsking(true)}>{w.endAll}</button>
      </div>
      {asking && (
        <Dialog title={w.endAll} onClose={() => setAsking(false)}>
          <p>{w.endAllLead}</p>
          {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
          <div class="dialog-actions">
            <button type="button" class="button" onClick={() => setAsking(false)}>{t.cancel}</button>
            <button type="button" class="button button-danger" aria-disabled={send.isPending} onClick={() => !send.isPending && send.mutate()}>{w.endAll}</button>
          </div>
        </Dialog>
      )}
    </>
  );
}
