import { useMutation } from '@tanstack/react-query';
import { login } from '../api/endpoints';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { Complaint } from '../ui/states';
import { Field, valueOf } from './field';
import { useBeginSession } from './session';

export function LoginForm() {
  const { t, explain } = useText();
  const begin = useBeginSession();
  const send = useMutation({
    mutationFn: (form: FormData) => login(valueOf(form, 'username').trim(), valueOf(form, 'password')),
    onSuccess: begin,
  });
  return (
    <form
      class="account-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!send.isPending) send.mutate(new FormData(event.currentTarget));
      }}
    >
      <h1>{t.loginTitle}</h1>
      <p class="lead">{t.loginLead}</p>
      {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
      <Field label={t.usernameOrEmail} name="username" autocomplete="username" maxLength={320} autofocus />
      <Field label={t.password} name="password" type="password" autocomplete="current-password" maxLength={256} />
      <button type="submit" class="button button-main" aria-disabled={send.isPending}>
        {send.isPending ? t.loggingIn : t.login}
      </button>
    </form>
  );
}
