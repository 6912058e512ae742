import { PlaceLink } from '../app/place_link';
import type { SidePlace } from '../app/page_frame';
import { useLogout } from '../account/session';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { Icon, type IconName } from '../ui/icon';
import { LanguageSwitch } from '../ui/language_switch';
import { Popover } from '../ui/popover';
import { Complaint } from '../ui/states';

const kLinks: readonly (readonly [SidePlace, IconName])[] = [['sync', 'sync'], ['imports', 'upload'], ['exports', 'download'], ['settings', 'settings']];

export function AccountMenu({ user }: { user: User }) {
  const { t, explain } = useText();
  const logout = useLogout();
  return (
    <Popover label={t.accountMenu} icon="user">
      <div class="account-menu">
        <p class="fine">{t.signedInAs(user.displayName || user.username)}</p>
        <ul>
          {kLinks.map(([place, icon]) => (
            <li key={place}><PlaceLink to={place} class="place"><Icon name={icon} />{t.places[place]}</PlaceLink></li>
          ))}
        </ul>
        <LanguageSwitch />
        {logout.isError && <Complaint>{explain(asProblem(logout.error))}</Complaint>}
        <button type="button" class="button" aria-disabled={logout.isPending} onClick={() => !logout.isPending && logout.mutate()}>
          <Icon name="logout" />
          {t.logout}
        </button>
      </div>
    </Popover>
  );
}
