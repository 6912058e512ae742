// Formats that only some views need: money, sizes, times of day.

export interface MoreFormats {
  /** US dollars with as many digits as prices of a tenth of a cent need. */
  money: (amount: number) => string;
  bytes: (size: number) => string;
  /** `14:05`; with the day in front when that is not today's. */
  moment: (iso: string) => string;
  /** A short day, for axes. */
  day: (date: string) => string;
}

const kUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;

export function makeMoreFormats(locale: string, now: () => Date = () => new Date()): MoreFormats {
  const money = new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', minimumFractionDigits: 2, maximumFractionDigits: 3 });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const dayAndTime = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', hour: 'numeric', minute: '2-digit' });
  const full = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' });
  return {
    money: (amount) => money.format(amount),
    bytes: (size) => {
      const step = Math.min(kUnits.length - 1, size < 1000 ? 0 : Math.floor(Math.log10(size) / 3));
      const unit = kUnits[step] ?? 'byte';
      return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: step === 0 ? 'long' : 'short', maximumFractionDigits: 1 })
        .format(size / 1000 ** step);
    },
    moment: (iso) => {
      const value = new Date(iso);
      if (Number.isNaN(value.getTime())) return iso;
      const today = now();
      if (value.toDateString() === today.toDateString()) return time.format(value);
      return value.getFullYear() === today.getFullYear() ? dayAndTime.format(value) : full.format(value);
    },
    day: (date) => {
      const value = new Date(`${date.slice(0, 10)}T00:00:00Z`);
      return Number.isNaN(value.getTime()) ? date : day.format(value);
    },
  };
}
