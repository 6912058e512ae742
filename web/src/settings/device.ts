// A browser's own description in a few words.

const kBrowsers = [['Edg/', 'Edge'], ['OPR/', 'Opera'], ['Firefox/', 'Firefox'], ['Chrome/', 'Chrome'], ['Safari/', 'Safari']] as const;
const kSystems = [['iPhone', 'iPhone'], ['iPad', 'iPad'], ['Android', 'Android'], ['Windows', 'Windows'], ['Mac OS X', 'macOS'], ['Linux', 'Linux']] as const;
const kLengthMax = 60;

/** `Chrome, Linux`; of a program that is no browser the beginning of what it says. Null when it says nothing. */
export function deviceName(userAgent: string | null): string | null {
  if (!userAgent) return null;
  const of = (table: readonly (readonly [string, string])[]) => table.find(([sign]) => userAgent.includes(sign))?.[1];
  const names = [of(kBrowsers), of(kSystems)].filter((name) => name !== undefined);
  return names.length > 0 ? names.join(', ') : userAgent.slice(0, kLengthMax);
}
