import { useMutation } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { register } from '../api/endpoints';
import { asProblem, type Problem } from '../api/problem';
import { useText } from '../i18n/context';
import { Complaint } from '../ui/states';
import { Field, valueOf } from './field';
import { useBeginSession } from './session';

const namesField = (problem: Problem | null, name: string) =>
  problem !== null && problem.faults.some((fault) => fault.path[0] === name);

export function RegisterForm({ title, lead }: { title: string; lead: string }) {
  const { t, explain } = useText();
  const begin = useBeginSession();
  const [differ, setDiffer] = useState(false);
  const send = useMutation({
    mutationFn: (form: FormData) =>
      register({
        username: valueOf(form, 'username').trim(),
        password: valueOf(form, 'password'),
        confirmPassword: valueOf(form, 'confirmPassword'),
      }),
    onSuccess: begin,
  });
  const problem = send.isError ? asProblem(send.error) : null;
  return (
    <form
      class="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        const form = new FormData(event.currentTarget);
        const unequal = valueOf(form, 'password') !== valueOf(form, 'confirmPassword');
        setDiffer(unequal);
        if (!unequal && !send.isPending) send.mutate(form);
      }}
    >
      <h1>{title}</h1>
      <p class="lead">{lead}</p>
      {problem && <Complaint>{explain(problem)}</Complaint>}
      <Field
        label={t.username}
        name="username"
        autocomplete="username"
        hint={t.usernameHint}
        complaint={namesField(problem, 'username') ? t.usernameHint : null}
        pattern="\s*[A-Za-z0-9_.\-]{3,50}\s*"
        maxLength={60}
        autofocus
      />
      <Field
        label={t.password}
        name="password"
        type="password"
        autocomplete="new-password"
        hint={t.passwordHint}
        complaint={namesField(problem, 'password') ? t.passwordHint : null}
        minLength={8}
        maxLength={256}
      />
      <Field
        label={t.confirmPassword}
        name="confirmPassword"
        type="password"
        autocomplete="new-password"
        complaint={differ ? t.passwordsDiffer : null}
        maxLength={256}
      />
      <button type="submit" class="button button-main" aria-disabled={send.isPending}>
        {send.isPending ? t.creatingAccount : t.createAccount}
      </button>
    </form>
  );
}
