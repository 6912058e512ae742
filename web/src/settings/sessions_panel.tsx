// Where the account is logged in, and the way to end that.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endOtherSessions, endSessionOf, listSessions, type Session } from '../api/account';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Panel } from '../ui/panel';
import { Complaint, Failure, Loading } from '../ui/states';
import { useToast } from '../ui/toast';
import { deviceName } from './device';
import { LogoutAll } from './logout_all';
import { useSettingsWords } from './words';

const kSessionsKey = ['sessions'] as const;

export function SessionsPanel() {
  const w = useSettingsWords();
  const { format, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const sessions = useQuery({ queryKey: kSessionsKey, queryFn: ({ signal }) => listSessions(signal) });
  const onSuccess = () => client.invalidateQueries({ queryKey: kSessionsKey });
  const end = useMutation({ mutationFn: endSessionOf, onSuccess });
  const endOthers = useMutation({
    mutationFn: endOtherSessions,
    onSuccess: (count) => {
      toast({ text: w.ended(format.number(count)), tone: 'plain' });
      return onSuccess();
    },
  });
  const failed = end.isError ? end.error : endOthers.isError ? endOthers.error : null;
  return (
    <Panel title={w.sessions} lead={w.sessionsLead}>
      {sessions.isPending && <Loading />}
      {sessions.isError && <Failure error={sessions.error} onRetry={() => void sessions.refetch()} />}
      {sessions.data && (
        <ul class="rows">{sessions.data.map((session) => <Row key={session.id} session={session} onEnd={() => end.mutate(session.id)} />)}</ul>
      )}
      {failed && <Complaint>{explain(asProblem(failed))}</Complaint>}
      {sessions.data && sessions.data.length > 1 && (
        <div class="actions">
          <button type="button" class="button" aria-disabled={endOthers.isPending} onClick={() => !endOthers.isPending && endOthers.mutate()}>{w.endOthers}</button>
        </div>
      )}
      <LogoutAll />
    </Panel>
  );
}

function Row({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const w = useSettingsWords();
  const more = useFormats();
  const device = deviceName(session.userAgent) ?? w.unknownDevice;
  return (
    <li>
      <span class="grow">
        <b>{device}</b> {session.current && <span class="badge badge-good">{w.thisSession}</span>}
        <br />
        <span class="fine">{[w.kinds[session.kind], session.ip, w.active(more.moment(session.lastActiveAt))].filter(Boolean).join(' · ')}</span>
      </span>
      {!session.current && <button type="button" class="button" aria-label={w.endSession(device)} onClick={onEnd}>{w.end}</button>}
    </li>
  );
}
