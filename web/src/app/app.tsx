// Who is here, and the address, decide what is shown.
import { AccountPage } from '../account/account_page';
import { useSession } from '../account/session';
import { useTheme } from '../account/theme';
import type { User } from '../api/types';
import { LibraryPage } from '../library/library_page';
import { Failure, Loading } from '../ui/states';
import { lazyView } from './lazy_view';
import { PageFrame } from './page_frame';
import type { Place } from './places';
import { usePlace } from './route';

interface ViewProps {
  user: User;
}

const views: Record<Exclude<Place, 'library'>, ReturnType<typeof lazyView<ViewProps>>> = {
  sync: lazyView<ViewProps>(() => import('../sync/sync_view').then((module) => module.SyncView)),
  imports: lazyView<ViewProps>(() => import('../imports/imports_view').then((module) => module.ImportsView)),
  exports: lazyView<ViewProps>(() => import('../exports/exports_view').then((module) => module.ExportsView)),
  settings: lazyView<ViewProps>(() => import('../settings/settings_view').then((module) => module.SettingsView)),
};

export function App() {
  const session = useSession();
  useTheme(session.data ?? null);
  if (session.isPending) return <div class="alone"><Loading /></div>;
  if (session.isError) return <div class="alone"><Failure error={session.error} onRetry={() => void session.refetch()} /></div>;
  return session.data ? <Inside key={session.data.id} user={session.data} /> : <AccountPage />;
}

function Inside({ user }: ViewProps) {
  const place = usePlace();
  if (place === 'library') return <LibraryPage user={user} />;
  const View = views[place];
  return (
    <PageFrame user={user} place={place}>
      <View key={place} user={user} />
    </PageFrame>
  );
}
