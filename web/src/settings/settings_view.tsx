// What the owner of the account may change.
import { isServed } from '../api/account';
import type { User } from '../api/types';
import { PlaceLink } from '../app/place_link';
import { useText } from '../i18n/context';
import { Panel } from '../ui/panel';
import { AppearancePanel } from './appearance_panel';
import { FilingPanel } from './filing_panel';
import { DeletePanel } from './delete_panel';
import { LogoutAll } from './logout_all';
import { PasswordPanel } from './password_panel';
import { SessionsPanel } from './sessions_panel';
import { TokensPanel } from './tokens_panel';
import { useSettingsWords } from './words';

export function SettingsView({ user }: { user: User }) {
  const w = useSettingsWords();
  return (
    <>
      <AppearancePanel user={user} />
      <FilingPanel user={user} />
      <Panel title={w.connection} lead={w.connectionLead}>
        <p><PlaceLink to="sync">{w.toSync}</PlaceLink></p>
      </Panel>
      <AccountPanel user={user} />
      <PasswordPanel user={user} />
      {isServed('listSessions') ? <SessionsPanel /> : <Panel title={w.sessions} lead={w.endAllLead}><LogoutAll /></Panel>}
      {isServed('listTokens') && <TokensPanel user={user} />}
      {isServed('deleteMe') && <DeletePanel user={user} />}
    </>
  );
}

function AccountPanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const { format } = useText();
  const facts = [
    [w.name, user.username],
    [w.email, user.email ?? w.noEmail],
    [w.role, w.roles[user.role]],
    [w.since, format.date(user.createdAt)],
  ] as const;
  return (
    <Panel title={w.account}>
      <dl class="pairs">{facts.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
    </Panel>
  );
}
