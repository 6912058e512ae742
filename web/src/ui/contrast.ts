/** Whether white is seen better than black on a colour `#rrggbb` (WCAG relative luminance; both reach 4.5 at the border). */
export function whiteOn(color: string): boolean {
  const channel = (at: number) => {
    const value = parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5) < 0.179;
}
