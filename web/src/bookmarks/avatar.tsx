// Initials instead of the author's picture: the page loads nothing from other servers.

function hueOf(text: string): number {
  let hash = 0;
  for (const char of text) hash = (hash * 31 + (char.codePointAt(0) ?? 0)) % 360;
  return hash;
}

/** The first visible letter of a name, with its combining marks. */
export function initialOf(name: string): string {
  const letter = /[\p{L}\p{N}]\p{M}*/u.exec(name.normalize('NFC'));
  return letter ? letter[0].toLocaleUpperCase() : '?';
}

export function Avatar({ name, username }: { name: string; username: string }) {
  return (
    <span class="avatar" style={{ '--hue': String(hueOf(username)) }} aria-hidden="true">
      {initialOf(name || username)}
    </span>
  );
}
