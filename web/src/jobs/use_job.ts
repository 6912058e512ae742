// A job as it changes. The browser's own EventSource does the work: it sends the session's cookie, connects again by itself and
// then names the last event it saw. When a stream is refused altogether (too many of them, say), asking now and then takes over.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'preact/hooks';
import { getJob, getNewestJob, jobEventsPath } from '../api/jobs';
import type { Job, JobType } from '../api/schemas';

const kAskMs = 2_000;
const kNewestMs = 30_000;
const kEvents = ['state', 'progress', 'end'] as const;

export const isFinal = (job: Job) => job.state === 'completed' || job.state === 'failed' || job.state === 'cancelled';

export const jobKey = (id: string | null) => ['job', id] as const;
export const newestJobKey = (type: JobType) => ['newestJob', type] as const;

function readJob(event: Event): Job | null {
  try {
    return JSON.parse((event as MessageEvent<string>).data) as Job;
  } catch {
    return null; // cut short; the next event has all of it again
  }
}

/** The job `id`, live until it has ended, which `onEnd` is told once: it may have ended before we could look. */
export function useJob(id: string | null, onEnd: (job: Job) => void) {
  const client = useQueryClient();
  const [refused, setRefused] = useState(false);
  const query = useQuery({
    queryKey: jobKey(id),
    enabled: id !== null,
    queryFn: ({ signal }) => getJob(id ?? '', signal),
    refetchInterval: ({ state }) => (refused && !(state.data && isFinal(state.data)) ? kAskMs : false),
    staleTime: 0,
  });
  const job = id !== null && query.data ? query.data : null;
  const isLive = job !== null && !isFinal(job);

  useEffect(() => {
    if (id === null || !isLive) return;
    setRefused(false);
    const stream = new EventSource(jobEventsPath(id));
    const take = (event: Event) => {
      const next = readJob(event);
      if (next) client.setQueryData(jobKey(id), next);
      if (event.type === 'end') stream.close();
    };
    for (const name of kEvents) stream.addEventListener(name, take);
    stream.onerror = () => {
      if (stream.readyState === EventSource.CLOSED) setRefused(true);
    };
    return () => stream.close();
  }, [id, isLive, client]);

  const told = useRef<string | null>(null);
  useEffect(() => {
    if (job === null || isLive || told.current === job.id) return;
    told.current = job.id;
    onEnd(job);
  }, [job?.id, isLive]);
  return { ...query, job };
}

/** The newest job of a kind: one that somebody else began (the schedule, another window) shows up as well. */
export function useNewestJob(type: JobType) {
  return useQuery({
    queryKey: newestJobKey(type),
    queryFn: ({ signal }) => getNewestJob(type, signal),
    refetchInterval: kNewestMs,
  });
}
