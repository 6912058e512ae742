// Who is here decides what is shown.
import { LibraryPage } from '../library/library_page';
import { AccountPage } from '../account/account_page';
import { useSession } from '../account/session';
import { Failure, Loading } from '../ui/states';

export function App() {
  const session = useSession();
  if (session.isPending) return <div class="alone"><Loading /></div>;
  if (session.isError) return <div class="alone"><Failure error={session.error} onRetry={() => void session.refetch()} /></div>;
  return session.data ? <LibraryPage key={session.data.id} user={session.data} /> : <AccountPage />;
}
