// One import from file to result. It lives with the page, not with the dialog: closing the dialog stops nothing.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'preact/hooks';
import { cancelJob } from '../api/jobs';
import { asProblem, type Problem } from '../api/problem';
import type { ImportJob, Job } from '../api/schemas';
import { getImport, startImport, type ImportOptions } from '../api/transfer';
import { refreshLibrary } from '../bookmarks/queries';
import { isFinal, jobKey, useJob } from '../jobs/use_job';

export const kFileSizeMax = 1024 ** 3;

export const kImportHistoryKey = ['imports'] as const;

/** What the reader chooses; whether it is only tried is said when it starts. */
export type ImportChoices = Omit<ImportOptions, 'dryRun'>;

export const kUsualChoices: ImportChoices = {
  source: 'auto',
  duplicateStrategy: 'skip',
  defaultCategory: '',
  createCategories: true,
  includeLikes: false,
};

export type ImportPhase =
  | { at: 'idle' }
  | { at: 'chosen'; file: File; problem: Problem | null }
  | { at: 'uploading'; file: File; isTrial: boolean; fraction: number }
  | { at: 'working'; file: File; isTrial: boolean; job: Job | null; problem: Problem | null }
  | { at: 'finished'; file: File; isTrial: boolean; job: ImportJob };

export interface ImportRun {
  phase: ImportPhase;
  choices: ImportChoices;
  setChoices: (choices: ImportChoices) => void;
  choose: (file: File) => void;
  /** A trial writes nothing and tells what would happen. */
  start: (isTrial: boolean) => void;
  /** Stops the upload, or the job that the server already has. */
  cancel: () => void;
  /** From the result back to the chosen file. */
  back: () => void;
  reset: () => void;
}

type Step =
  | { at: 'idle' }
  | { at: 'chosen'; file: File; problem: Problem | null }
  | { at: 'uploading'; file: File; isTrial: boolean; fraction: number }
  | { at: 'sent'; file: File; isTrial: boolean; jobId: string };

/** `onFinished` is told of imports, not of trials. */
export function useImport(onFinished: (job: ImportJob) => void): ImportRun {
  const client = useQueryClient();
  const [step, setStep] = useState<Step>({ at: 'idle' });
  const [choices, setChoices] = useState<ImportChoices>(kUsualChoices);
  const controller = useRef<AbortController | null>(null);
  useEffect(() => () => controller.current?.abort(), []);

  const jobId = step.at === 'sent' ? step.jobId : null;
  const live = useJob(jobId, () => void client.invalidateQueries({ queryKey: kImportHistoryKey }));
  const hasEnded = live.job !== null && isFinal(live.job);
  const outcome = useQuery({
    queryKey: ['import', jobId],
    enabled: jobId !== null && hasEnded,
    queryFn: ({ signal }) => getImport(jobId ?? '', signal),
    staleTime: Infinity,
  });
  const finished = jobId !== null && outcome.data ? outcome.data : null;
  useEffect(() => {
    if (finished === null || step.at !== 'sent' || step.isTrial) return;
    refreshLibrary(client);
    onFinished(finished);
  }, [finished?.jobId]);

  const start = (isTrial: boolean) => {
    if (step.at !== 'chosen' && step.at !== 'sent') return;
    const { file } = step;
    const mine = new AbortController();
    controller.current = mine;
    setStep({ at: 'uploading', file, isTrial, fraction: 0 });
    startImport(file, { ...choices, dryRun: isTrial }, {
      signal: mine.signal,
      onProgress: (fraction) => {
        if (!mine.signal.aborted) setStep({ at: 'uploading', file, isTrial, fraction });
      },
    }).then(
      (answer) => setStep({ at: 'sent', file, isTrial, jobId: answer.jobId }),
      (error: unknown) => setStep({ at: 'chosen', file, problem: mine.signal.aborted ? null : asProblem(error) }),
    );
  };
  const failure = live.isError ? live.error : outcome.isError ? outcome.error : null;
  return {
    phase: phaseOf(step, live.job, finished, failure === null ? null : asProblem(failure)),
    choices,
    setChoices,
    choose: (file) => setStep({ at: 'chosen', file, problem: null }),
    start,
    cancel: () => {
      if (jobId === null) controller.current?.abort();
      // Refused when it has just ended, which the stream tells as well.
      else cancelJob(jobId).then((job) => client.setQueryData(jobKey(jobId), job), () => undefined);
    },
    back: () => {
      if (step.at === 'sent') setStep({ at: 'chosen', file: step.file, problem: null });
    },
    reset: () => setStep({ at: 'idle' }),
  };
}

function phaseOf(step: Step, job: Job | null, finished: ImportJob | null, problem: Problem | null): ImportPhase {
  if (step.at !== 'sent') return step;
  const { file, isTrial } = step;
  if (finished) return { at: 'finished', file, isTrial, job: finished };
  return { at: 'working', file, isTrial, job, problem };
}
