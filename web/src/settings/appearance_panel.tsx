// How the page looks and which language it speaks. Every choice counts at once.
import { useChangeSettings } from '../account/settings';
import { asProblem } from '../api/problem';
import type { Settings } from '../api/schemas';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { kLanguages } from '../i18n/language';
import { Panel } from '../ui/panel';
import { Segments } from '../ui/segments';
import { Complaint } from '../ui/states';
import { useSettingsWords } from './words';

const kThemes: readonly Settings['theme'][] = ['system', 'light', 'dark'];
const kViews: readonly Settings['viewMode'][] = ['list', 'grid'];

export function AppearancePanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const { language, setLanguage, explain } = useText();
  const change = useChangeSettings();
  const { theme, viewMode } = user.settings;
  return (
    <Panel title={w.appearance}>
      <Segments label={w.theme} value={theme} options={kThemes.map((key) => [key, w.themes[key]] as const)} onChange={(next) => change.mutate({ theme: next })} />
      <Segments label={w.view} value={viewMode} options={kViews.map((key) => [key, w.views[key]] as const)} onChange={(next) => change.mutate({ viewMode: next })} />
      <Segments label={w.language} value={language} options={kLanguages} onChange={setLanguage} />
      <p class="hint">{w.languageHint}</p>
      {change.isError && <Complaint>{explain(asProblem(change.error))}</Complaint>}
    </Panel>
  );
}
