// The import as a window over the library; its code comes when it is first opened.
import { lazyView } from '../app/lazy_view';
import { useText } from '../i18n/context';
import { Dialog } from '../ui/dialog';
import type { ImportStepsProps } from './import_steps';
import type { ImportRun } from './use_import';

const ImportSteps = lazyView<ImportStepsProps>(() => import('./import_steps').then((module) => module.ImportSteps));

export function ImportDialog({ run, onClose }: { run: ImportRun; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog title={t.importTitle} onClose={onClose}>
      <ImportSteps run={run} onDone={onClose} />
    </Dialog>
  );
}
