// Choosing a file, watching it being read, and what came of it.
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import { Complaint } from '../ui/states';
import { FileChoice } from './file_choice';
import { ImportResultView } from './import_result';
import type { ImportPhase, ImportRun } from './use_import';

export function ImportDialog({ run, onClose }: { run: ImportRun; onClose: () => void }) {
  const { t } = useText();
  const { phase } = run;
  return (
    <Dialog title={t.importTitle} onClose={onClose}>
      {phase.at === 'idle' && <FileChoice problem={phase.problem} onFile={run.start} />}
      {(phase.at === 'uploading' || phase.at === 'working') && <Progress phase={phase} onCancel={run.cancelUpload} />}
      {phase.at === 'finished' && (
        <>
          <ImportResultView job={phase.job} fileName={phase.fileName} />
          <div class="dialog-actions">
            <button type="button" class="button" onClick={run.reset}>{t.importAnother}</button>
            <button type="button" class="button button-main" onClick={onClose}>{t.done}</button>
          </div>
        </>
      )}
    </Dialog>
  );
}

type Busy = Extract<ImportPhase, { at: 'uploading' | 'working' }>;

/** How far it is, 0 to 1; null while nobody knows. */
function fractionOf(phase: Busy): number | null {
  if (phase.at === 'uploading') return phase.fraction;
  const job = phase.job;
  if (job === null || job.status === 'pending') return null;
  return Math.min(1, Math.max(0, job.progress.percentage / 100));
}

function Progress({ phase, onCancel }: { phase: Busy; onCancel: () => void }) {
  const { t, format, explain } = useText();
  const fraction = fractionOf(phase);
  const percent = format.percent(fraction ?? 0);
  const words = phase.at === 'uploading' ? t.uploading(percent) : fraction === null ? t.importQueued : t.importRunning(percent);
  const problem = phase.at === 'working' ? phase.problem : null;
  return (
    <div class="import-progress">
      <p class="import-file">{phase.fileName}</p>
      <progress aria-label={words} max={1} {...(fraction === null ? {} : { value: fraction })} />
      <p role="status">{words}</p>
      {problem && <Complaint>{explain(problem)}</Complaint>}
      <p class="fine">{t.importGoesOn}</p>
      {phase.at === 'uploading' && (
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onCancel}>{t.cancel}</button>
        </div>
      )}
    </div>
  );
}
