// Changing the password, or setting the first one of an account that came by X.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'preact/hooks';
import { Field, valueOf } from '../account/field';
import { kSessionKey } from '../account/session';
import { changePassword } from '../api/account';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { Panel } from '../ui/panel';
import { Complaint } from '../ui/states';
import { useToast } from '../ui/toast';
import { useSettingsWords } from './words';

export function PasswordPanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const form = useRef<HTMLFormElement>(null);
  const [differ, setDiffer] = useState(false);
  const send = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.current?.reset();
      void client.invalidateQueries({ queryKey: kSessionKey });
      toast({ text: w.passwordToast, tone: 'plain' });
    },
  });
  const problem = send.isError ? asProblem(send.error) : null;
  return (
    <Panel title={w.password} lead={user.hasPassword ? w.passwordLead : w.noPassword}>
      <form
        ref={form}
        class="narrow-form"
        onSubmit={(event) => {
          event.preventDefault();
          const values = new FormData(event.currentTarget);
          const newPassword = valueOf(values, 'newPassword');
          const confirmPassword = valueOf(values, 'confirmPassword');
          setDiffer(newPassword !== confirmPassword);
          if (newPassword !== confirmPassword || send.isPending) return;
          send.mutate({ newPassword, confirmPassword, ...(user.hasPassword ? { currentPassword: valueOf(values, 'currentPassword') } : {}) });
        }}
      >
        {problem && <Complaint>{problem.code === 'INVALID_CREDENTIALS' ? w.wrongPassword : explain(problem)}</Complaint>}
        <input class="visually-hidden" type="text" name="username" autoComplete="username" value={user.username} readOnly tabIndex={-1} aria-hidden="true" />
        {user.hasPassword && <Field label={w.current} name="currentPassword" type="password" autocomplete="current-password" maxLength={256} />}
        <Field label={w.next} name="newPassword" type="password" autocomplete="new-password" hint={t.passwordHint} minLength={8} maxLength={256} />
        <Field
          label={w.again}
          name="confirmPassword"
          type="password"
          autocomplete="new-password"
          complaint={differ ? t.passwordsDiffer : null}
          maxLength={256}
        />
        <div class="actions">
          <button type="submit" class="button" aria-disabled={send.isPending}>{send.isPending ? t.saving : user.hasPassword ? w.change : w.set}</button>
        </div>
      </form>
    </Panel>
  );
}
