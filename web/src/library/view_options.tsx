// How the list looks: list or grid, with pictures or without.
import { useChangeSettings } from '../account/settings';
import type { Settings } from '../api/schemas';
import { allowRemoteMedia, useRemoteMedia } from '../bookmarks/remote_media';
import { useText } from '../i18n/context';
import { Check } from '../ui/check';
import { Popover } from '../ui/popover';
import { Segments } from '../ui/segments';

export function ViewOptions({ viewMode }: { viewMode: Settings['viewMode'] }) {
  const { t } = useText();
  const change = useChangeSettings();
  const media = useRemoteMedia();
  return (
    <Popover label={t.viewOptions} icon="grid">
      <div class="view-options">
        <Segments label={t.viewOptions} value={viewMode} options={[['list', t.viewModes.list], ['grid', t.viewModes.grid]]} onChange={(next) => change.mutate({ viewMode: next })} />
        <Check label={t.showMedia} hint={t.loadMediaHint} checked={media} onChange={allowRemoteMedia} />
      </div>
    </Popover>
  );
}
