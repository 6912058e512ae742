/** What the reader typed as US dollars: null is none, undefined no amount. A comma is a point. */
export function readAmount(text: string): number | null | undefined {
  const plain = text.trim().replace(',', '.');
  if (plain === '') return null;
  return /^(\d+(\.\d+)?|\.\d+)$/.test(plain) ? Number(plain) : undefined;
}
