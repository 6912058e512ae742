// The language for all components: words, formats and the switch, all from `useText`.
import { createContext, type ComponentChildren } from 'preact';
import { useContext, useEffect, useMemo, useState } from 'preact/hooks';
import type { Problem } from '../api/problem';
import { makeFormats, pickLanguage, pickLocale, type Formats, type Language } from './language';
import { en, type Messages } from './messages_en';
import { ja } from './messages_ja';
import { problemText } from './problems';

export interface Speech {
  language: Language;
  setLanguage: (language: Language) => void;
  /** The reader's locale, for formats of one's own. */
  locale: string;
  t: Messages;
  format: Formats;
  /** A problem in words. */
  explain: (problem: Problem) => string;
}

const kStorageKey = 'xbm.language';
const SpeechContext = createContext<Speech | null>(null);

// Storage may be switched off in the browser; the choice then lasts as long as the page.
function storedLanguage(): Language | null {
  try {
    const value = localStorage.getItem(kStorageKey);
    return value === 'ja' || value === 'en' ? value : null;
  } catch {
    return null;
  }
}

function storeLanguage(language: Language): void {
  try {
    localStorage.setItem(kStorageKey, language);
  } catch {
    // As above.
  }
}

export function LanguageProvider({ children }: { children: ComponentChildren }) {
  const [language, choose] = useState<Language>(() => storedLanguage() ?? pickLanguage(navigator.languages));
  const speech = useMemo<Speech>(
    () => ({
      language,
      setLanguage: (next) => {
        storeLanguage(next);
        choose(next);
      },
      locale: pickLocale(language, navigator.languages),
      t: language === 'ja' ? ja : en,
      format: makeFormats(pickLocale(language, navigator.languages)),
      explain: (problem) => problemText(problem, language),
    }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return <SpeechContext.Provider value={speech}>{children}</SpeechContext.Provider>;
}

export function useText(): Speech {
  const speech = useContext(SpeechContext);
  if (!speech) throw new Error('useText outside of LanguageProvider');
  return speech;
}
