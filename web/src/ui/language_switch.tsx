import { useText } from '../i18n/context';
import { kLanguages } from '../i18n/language';

export function LanguageSwitch() {
  const { t, language, setLanguage } = useText();
  return (
    <div class="switch" role="group" aria-label={t.language}>
      {kLanguages.map(([code, name]) => (
        <button key={code} type="button" lang={code} aria-pressed={language === code} onClick={() => setLanguage(code)}>
          {name}
        </button>
      ))}
    </div>
  );
}
