// One import from file to result. It lives with the page, not with the dialog: closing the dialog stops nothing.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'preact/hooks';
import { getImport, startImport } from '../api/endpoints';
import { asProblem, type Problem } from '../api/problem';
import type { ImportJob, ImportStatus } from '../api/types';
import { refreshLibrary } from '../bookmarks/queries';

export const kFileSizeMax = 1024 ** 3;
const kPollMs = 700;
const kFinal: readonly ImportStatus[] = ['completed', 'failed'];

export type ImportPhase =
  | { at: 'idle'; problem: Problem | null }
  | { at: 'uploading'; fileName: string; fraction: number }
  | { at: 'working'; fileName: string; job: ImportJob | null; problem: Problem | null }
  | { at: 'finished'; fileName: string; job: ImportJob };

export interface ImportRun {
  phase: ImportPhase;
  start: (file: File) => void;
  /** Stops the upload; a job that the server has is not touched. */
  cancelUpload: () => void;
  reset: () => void;
}

type Upload =
  | { at: 'idle'; problem: Problem | null }
  | { at: 'uploading'; fileName: string; fraction: number }
  | { at: 'sent'; fileName: string; jobId: string };

export const isFinal = (status: ImportStatus) => kFinal.includes(status);

export function useImport(onFinished: (job: ImportJob) => void): ImportRun {
  const client = useQueryClient();
  const [upload, setUpload] = useState<Upload>({ at: 'idle', problem: null });
  const controller = useRef<AbortController | null>(null);
  const jobId = upload.at === 'sent' ? upload.jobId : null;

  const status = useQuery({
    queryKey: ['import', jobId],
    enabled: jobId !== null,
    queryFn: ({ signal }) => getImport(jobId ?? '', signal),
    refetchInterval: (query) => (query.state.data && isFinal(query.state.data.status) ? false : kPollMs),
    refetchIntervalInBackground: true,
    staleTime: 0,
  });
  const job = jobId !== null && status.data ? status.data : null;
  const finishedId = job && isFinal(job.status) ? job.jobId : null;
  useEffect(() => {
    if (finishedId === null || job === null) return;
    refreshLibrary(client);
    onFinished(job);
  }, [finishedId]);
  useEffect(() => () => controller.current?.abort(), []);

  const start = (file: File) => {
    const mine = new AbortController();
    controller.current = mine;
    setUpload({ at: 'uploading', fileName: file.name, fraction: 0 });
    startImport(file, {
      signal: mine.signal,
      onProgress: (fraction) => {
        if (!mine.signal.aborted) setUpload({ at: 'uploading', fileName: file.name, fraction });
      },
    }).then(
      (answer) => setUpload({ at: 'sent', fileName: file.name, jobId: answer.jobId }),
      (error: unknown) => setUpload({ at: 'idle', problem: mine.signal.aborted ? null : asProblem(error) }),
    );
  };
  return {
    phase: phaseOf(upload, job, status.isError ? asProblem(status.error) : null),
    start,
    cancelUpload: () => controller.current?.abort(),
    reset: () => setUpload({ at: 'idle', problem: null }),
  };
}

function phaseOf(upload: Upload, job: ImportJob | null, problem: Problem | null): ImportPhase {
  if (upload.at !== 'sent') return upload;
  if (job && isFinal(job.status)) return { at: 'finished', fileName: upload.fileName, job };
  return { at: 'working', fileName: upload.fileName, job, problem };
}
