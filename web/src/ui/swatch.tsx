// The colour of a category. The server promises `#` and six digits; anything else falls back to the border's colour.
// Set through the style object, which the Content-Security-Policy allows (no style attribute in HTML).

export function Swatch({ color }: { color: string }) {
  const known = /^#[0-9a-f]{6}$/i.test(color);
  return <span class={known ? 'swatch' : 'swatch swatch-none'} style={known ? { '--swatch': color } : undefined} aria-hidden="true" />;
}
