// The end of the account. It asks for the name, and the password where there is one.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { Field, valueOf } from '../account/field';
import { endSession } from '../account/session';
import { deleteMe } from '../api/account';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Panel } from '../ui/panel';
import { Complaint } from '../ui/states';
import { TextField } from '../ui/text_field';
import { useSettingsWords } from './words';

export function DeletePanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const [asking, setAsking] = useState(false);
  return (
    <Panel title={w.danger} lead={w.dangerLead}>
      <div class="actions">
        <button type="button" class="button button-danger" onClick={() => setAsking(true)}>{w.deleteAccount}</button>
      </div>
      {asking && <DeleteDialog user={user} onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function DeleteDialog({ user, onClose }: { user: User; onClose: () => void }) {
  const w = useSettingsWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const send = useMutation({ mutationFn: deleteMe, onSuccess: () => endSession(client) });
  const problem = send.isError ? asProblem(send.error) : null;
  return (
    <Dialog title={w.dangerTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const confirm = valueOf(form, 'confirm').trim();
          if (!send.isPending) send.mutate({ confirm, ...(user.hasPassword ? { password: valueOf(form, 'password') } : {}) });
        }}
      >
        <p>{w.dangerLead}</p>
        {problem && <Complaint>{problem.code === 'INVALID_CREDENTIALS' ? w.wrongPassword : explain(problem)}</Complaint>}
        <TextField label={w.confirmName(user.username)} name="confirm" maxLength={50} required />
        {user.hasPassword && <Field label={t.password} name="password" type="password" autocomplete="current-password" maxLength={256} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
          <button type="submit" class="button button-danger" aria-disabled={send.isPending}>{w.deleteAccount}</button>
        </div>
      </form>
    </Dialog>
  );
}
