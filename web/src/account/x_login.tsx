// Login with X: the server begins it, X asks, and the browser comes back logged in.
import { useMutation } from '@tanstack/react-query';
import { asProblem } from '../api/problem';
import { beginXLogin } from '../api/sync';
import { useText } from '../i18n/context';
import { Complaint } from '../ui/states';

export function XLogin() {
  const { t, explain } = useText();
  const begin = useMutation({ mutationFn: () => beginXLogin('/', false), onSuccess: (address) => window.location.assign(address) });
  const isGoing = begin.isPending || begin.isSuccess;
  return (
    <div class="x-login">
      <p class="x-login-or">{t.or}</p>
      {begin.isError && <Complaint>{explain(asProblem(begin.error))}</Complaint>}
      <button type="button" class="button" aria-disabled={isGoing} onClick={() => !isGoing && begin.mutate()}>
        {isGoing ? t.goingToX : t.loginWithX}
      </button>
    </div>
  );
}
