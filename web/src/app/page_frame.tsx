// The frame of every place but the library: the way back, the places, the account.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { AccountMenu } from '../library/account_menu';
import { Icon, Ribbon } from '../ui/icon';
import { PlaceLink } from './place_link';
import type { Place } from './places';

export type SidePlace = Exclude<Place, 'library'>;
export const kSidePlaces: readonly SidePlace[] = ['sync', 'imports', 'exports', 'settings'];

interface Props {
  user: User;
  place: SidePlace;
  children: ComponentChildren;
}

export function PageFrame({ user, place, children }: Props) {
  const { t } = useText();
  const heading = useRef<HTMLHeadingElement>(null);
  const first = useRef(true);
  useEffect(() => {
    document.title = `${t.places[place]} – ${t.appName}`;
    return () => {
      document.title = t.appName;
    };
  }, [place, t]);
  useEffect(() => {
    // Whoever followed a link hears where it led; whoever opened the address starts at its beginning.
    if (!first.current) heading.current?.focus();
    first.current = false;
  }, [place]);
  return (
    <div class="library">
      <a class="skip" href="#content">{t.skipToMain}</a>
      <header class="top frame-top">
        <div class="frame-inner">
          <PlaceLink to="library" class="brand">
            <Ribbon />
            <span>{t.appName}</span>
          </PlaceLink>
          <nav class="places" aria-label={t.placesLabel}>
            <PlaceLink to="library" class="places-back"><Icon name="back" /><span>{t.places.library}</span></PlaceLink>
            {kSidePlaces.map((side) => (
              <PlaceLink key={side} to={side} here={side === place}>{t.places[side]}</PlaceLink>
            ))}
          </nav>
          <AccountMenu user={user} />
        </div>
      </header>
      <main class="frame-main" id="content" tabIndex={-1}>
        <h1 ref={heading} tabIndex={-1}>{t.places[place]}</h1>
        {children}
      </main>
    </div>
  );
}
