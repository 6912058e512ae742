// A file by button or by dropping it.
import { useId, useState } from 'preact/hooks';
import { useText } from '../i18n/context';
import { Icon } from '../ui/icon';
import { Complaint } from '../ui/states';
import { kFileSizeMax } from './use_import';

const kAccepted = '.json,.jsonl,.ndjson,.csv,.html,.htm,.js,.zip,.txt,.gz';

export function FileChoice({ onFile }: { onFile: (file: File) => void }) {
  const { t } = useText();
  const id = useId();
  const [over, setOver] = useState(false);
  const [tooLarge, setTooLarge] = useState(false);
  const take = (file: File | undefined) => {
    if (!file) return;
    const large = file.size > kFileSizeMax;
    setTooLarge(large);
    if (!large) onFile(file);
  };
  return (
    <>
      <p id={`${id}-lead`}>{t.importLead}</p>
      {tooLarge && <Complaint>{t.fileTooLarge}</Complaint>}
      <div
        class={over ? 'drop drop-over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take(event.dataTransfer?.files[0]);
        }}
      >
        <Icon name="upload" />
        <input
          id={id}
          class="visually-hidden"
          type="file"
          accept={kAccepted}
          aria-describedby={`${id}-lead`}
          onChange={(event) => take(event.currentTarget.files?.[0])}
        />
        <label for={id} class="button button-main">{t.chooseFile}</label>
        <span class="fine">{t.dropHere}</span>
      </div>
    </>
  );
}
