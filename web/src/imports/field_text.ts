const kTextMax = 160;

/** A value of a bookmark's field in one short line. */
export function fieldText(value: unknown): string {
  if (value === null || value === undefined || value === '') return '–';
  if (Array.isArray(value)) return value.length === 0 ? '–' : cut(value.map(fieldText).join(', '));
  return cut(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function cut(text: string): string {
  const points = [...text];
  return points.length > kTextMax ? `${points.slice(0, kTextMax).join('')}…` : text;
}
