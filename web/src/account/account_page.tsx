// What a visitor sees: the first account of a new server, login, or registration where it is open.
import { useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Ribbon } from '../ui/icon';
import { LanguageSwitch } from '../ui/language_switch';
import { Failure, Loading } from '../ui/states';
import { LoginForm } from './login_form';
import { RegisterForm } from './register_form';
import { useProviders } from './session';

export function AccountPage() {
  const { t } = useText();
  const providers = useProviders();
  return (
    <div class="account-page">
      <main class="account-card">
        <p class="brand">
          <Ribbon />
          {t.appName}
        </p>
        {providers.isPending && <Loading />}
        {providers.isError && <Failure error={providers.error} onRetry={() => void providers.refetch()} />}
        {providers.data && <Forms firstRun={providers.data.firstRun} open={providers.data.registration} />}
      </main>
      <LanguageSwitch />
    </div>
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
