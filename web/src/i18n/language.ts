// Which language the page speaks, and how it writes numbers and dates.

export type Language = 'ja' | 'en';
export const kLanguages: readonly (readonly [Language, string])[] = [['ja', '日本語'], ['en', 'English']];

/** The first of the reader's languages that we have; English otherwise. */
export function pickLanguage(preferred: readonly string[]): Language {
  for (const tag of preferred) {
    const base = tag.toLowerCase().split('-')[0];
    if (base === 'ja' || base === 'en') return base;
  }
  return 'en';
}

/** The reader's own locale where it is one of `language` (British dates, say), else the language itself. */
export function pickLocale(language: Language, preferred: readonly string[]): string {
  return preferred.find((tag) => tag.toLowerCase().split('-')[0] === language) ?? language;
}

export interface Formats {
  number: (value: number) => string;
  percent: (fraction: number) => string;
  date: (iso: string) => string;
  dateTime: (iso: string) => string;
  /** Of `YYYY-MM`. */
  month: (date: string) => string;
}

/** Formatters of a locale; a date that cannot be read is shown as it came. */
export function makeFormats(locale: string): Formats {
  const number = new Intl.NumberFormat(locale);
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
  const month = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', timeZone: 'UTC' });
  const write = (format: Intl.DateTimeFormat) => (iso: string) => {
    const value = new Date(iso);
    return Number.isNaN(value.getTime()) ? iso : format.format(value);
  };
  return {
    number: (value) => number.format(value),
    percent: (fraction) => percent.format(fraction),
    date: write(date),
    dateTime: write(dateTime),
    month: (text) => write(month)(`${text}-01`),
  };
}
