// Choosing a file, trying it, watching it being read, and what came of it.
import { useText } from '../i18n/context';
import { Complaint } from '../ui/states';
import { Icon } from '../ui/icon';
import { Progress } from '../ui/progress';
import { FileChoice } from './file_choice';
import { ImportOptionFields } from './import_options';
import { ImportDiffView } from './import_diff';
import { ImportResultView } from './import_result';
import type { ImportPhase, ImportRun } from './use_import';
import { useFormats } from '../i18n/use_formats';
import { useTransferWords } from './words';

export interface ImportStepsProps {
  run: ImportRun;
  /** Without it nothing is closed, and the button for it is not there. */
  onDone?: () => void;
}

export function ImportSteps({ run, onDone }: ImportStepsProps) {
  const { phase } = run;
  if (phase.at === 'idle') return <FileChoice onFile={run.choose} />;
  if (phase.at === 'chosen') return <Chosen run={run} phase={phase} />;
  if (phase.at === 'finished') return <Finished run={run} phase={phase} onDone={onDone} />;
  return <Working phase={phase} onCancel={run.cancel} />;
}

function FileName({ file }: { file: File }) {
  const more = useFormats();
  return <p class="import-file">{file.name} <span class="fine">{more.bytes(file.size)}</span></p>;
}

function Chosen({ run, phase }: { run: ImportRun; phase: Extract<ImportPhase, { at: 'chosen' }> }) {
  const { t, explain } = useText();
  const w = useTransferWords();
  return (
    <form
      class="import-step"
      onSubmit={(event) => {
        event.preventDefault();
        run.start(false);
      }}
    >
      <FileName file={phase.file} />
      {phase.problem && <Complaint>{explain(phase.problem)}</Complaint>}
      <ImportOptionFields choices={run.choices} onChange={run.setChoices} />
      <p class="fine">{w.tryHint}</p>
      <div class="dialog-actions">
        <button type="button" class="button button-quiet" onClick={run.reset}>{w.otherFile}</button>
        <button type="button" class="button" onClick={() => run.start(true)}>{w.tryFirst}</button>
        <button type="submit" class="button button-main">{t.importStart}</button>
      </div>
    </form>
  );
}

type Busy = Extract<ImportPhase, { at: 'uploading' | 'working' }>;

/** How far it is, 0 to 1; null while nobody knows. */
function fractionOf(phase: Busy): number | null {
  if (phase.at === 'uploading') return phase.fraction;
  const { job } = phase;
  if (job === null || job.state === 'queued') return null;
  return job.progress.percentage / 100;
}

function Working({ phase, onCancel }: { phase: Busy; onCancel: () => void }) {
  const { t, format, explain } = useText();
  const w = useTransferWords();
  const fraction = fractionOf(phase);
  const percent = format.percent(fraction ?? 0);
  const running = phase.isTrial ? w.trying(percent) : t.importRunning(percent);
  const words = phase.at === 'uploading' ? t.uploading(percent) : fraction === null ? t.importQueued : running;
  const problem = phase.at === 'working' ? phase.problem : null;
  const isStopping = phase.at === 'working' && phase.job?.cancelRequested === true;
  return (
    <div class="import-step">
      <FileName file={phase.file} />
      <Progress label={words} fraction={fraction} />
      <p role="status">{isStopping ? w.cancelling : words}</p>
      {problem && <Complaint>{explain(problem)}</Complaint>}
      {phase.at === 'working' && !phase.isTrial && <p class="fine">{w.goesOn}</p>}
      <div class="dialog-actions">
        <button type="button" class="button" aria-disabled={isStopping} onClick={onCancel}>{t.cancel}</button>
      </div>
    </div>
  );
}

interface FinishedProps {
  run: ImportRun;
  phase: Extract<ImportPhase, { at: 'finished' }>;
  onDone: (() => void) | undefined;
}

function Finished({ run, phase, onDone }: FinishedProps) {
  const { t } = useText();
  const w = useTransferWords();
  if (phase.isTrial && phase.job.status === 'completed') {
    return (
      <div class="import-step">
        <FileName file={phase.file} />
        <p class="notice" role="status"><Icon name="check" /><span>{w.tried}</span></p>
        {phase.job.result && <ImportDiffView result={phase.job.result} />}
        <div class="dialog-actions">
          <button type="button" class="button" onClick={run.back}>{w.changeOptions}</button>
          <button type="button" class="button button-main" onClick={() => run.start(false)}>{t.importStart}</button>
        </div>
      </div>
    );
  }
  return (
    <div class="import-step">
      <ImportResultView job={phase.job} fileName={phase.file.name} />
      <div class="dialog-actions">
        <button type="button" class={onDone ? 'button' : 'button button-main'} onClick={run.reset}>{t.importAnother}</button>
        {onDone && <button type="button" class="button button-main" onClick={onDone}>{t.done}</button>}
      </div>
    </div>
  );
}
