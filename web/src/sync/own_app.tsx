// An X app of the reader's own. The secret goes to the server and is never shown again.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { valueOf } from '../account/field';
import { asProblem } from '../api/problem';
import { deleteXApp, setXApp, type XAccount, type XApp } from '../api/sync';
import { useText } from '../i18n/context';
import { Complaint } from '../ui/states';
import { TextField } from '../ui/text_field';
import { useToast } from '../ui/toast';
import { kAccountKey } from './queries';
import { useSyncWords } from './words';

export function OwnApp({ account }: { account: XAccount }) {
  const w = useSyncWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const onSuccess = () => {
    void client.invalidateQueries({ queryKey: kAccountKey });
    toast({ text: w.appToast, tone: 'plain' });
  };
  const save = useMutation({ mutationFn: setXApp, onSuccess });
  const remove = useMutation({ mutationFn: deleteXApp, onSuccess });
  const failed = save.isError ? save.error : remove.isError ? remove.error : null;
  return (
    <form
      class="own-app"
      onSubmit={(event) => {
        event.preventDefault();
        if (save.isPending) return;
        const form = new FormData(event.currentTarget);
        const secret = valueOf(form, 'clientSecret').trim();
        const app: XApp = { clientId: valueOf(form, 'clientId').trim(), ...(secret ? { clientSecret: secret } : {}) };
        save.mutate(app);
      }}
    >
      <p>{account.app === 'own' ? w.ownAppActive : w.sharedAppActive} {w.ownAppLead}</p>
      <div class="form-row">
        <TextField label={w.clientId} name="clientId" maxLength={255} required />
        <TextField label={w.clientSecret} name="clientSecret" type="password" hint={w.clientSecretHint} maxLength={255} />
      </div>
      <p class="fine">{w.callback(`${window.location.origin}/api/auth/x/callback`)}</p>
      {failed && <Complaint>{explain(asProblem(failed))}</Complaint>}
      <div class="actions">
        <button type="submit" class="button" aria-disabled={save.isPending}>{save.isPending ? t.saving : w.saveApp}</button>
        {account.app === 'own' && (
          <button type="button" class="button button-quiet" aria-disabled={remove.isPending} onClick={() => !remove.isPending && remove.mutate()}>
            {w.removeApp}
          </button>
        )}
      </div>
    </form>
  );
}
