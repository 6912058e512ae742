// What a visitor sees: the first account of a new server, login, or registration where it is open.
import { useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Ribbon } from '../ui/icon';
import { LanguageSwitch } from '../ui/language_switch';
import { Complaint, Failure, Loading } from '../ui/states';
import { takeParameter } from '../app/route';
import { LoginForm } from './login_form';
import { RegisterForm } from './register_form';
import { useProviders } from './session';
import { XLogin } from './x_login';

export function AccountPage() {
  const { t } = useText();
  const providers = useProviders();
  // X, or the server on the way back from it, said no.
  const [xFailed] = useState(() => takeParameter('error') === 'oauth_failed');
  return (
    <main class="account-page">
      <div class="account-card">
        <p class="brand">
          <Ribbon />
          {t.appName}
        </p>
        {providers.isPending && <Loading />}
        {providers.isError && <Failure error={providers.error} onRetry={() => void providers.refetch()} />}
        {xFailed && <Complaint>{t.loginWithXFailed}</Complaint>}
        {providers.data && <Forms firstRun={providers.data.firstRun} open={providers.data.registration} />}
        {providers.data?.x && <XLogin />}
      </div>
      <LanguageSwitch />
    </main>
  );
}

function Forms({ firstRun, open }: { firstRun: boolean; open: boolean }) {
  const { t } = useText();
  const [registering, setRegistering] = useState(false);
  if (firstRun) return <RegisterForm title={t.firstRunTitle} lead={t.firstRunLead} />;
  if (registering) {
    return (
      <>
        <RegisterForm title={t.registerTitle} lead={t.registerLead} />
        <button type="button" class="link-button" onClick={() => setRegistering(false)}>{t.loginLink}</button>
      </>
    );
  }
  return (
    <>
      <LoginForm />
      {open && <button type="button" class="link-button" onClick={() => setRegistering(true)}>{t.registerLink}</button>}
    </>
  );
}
