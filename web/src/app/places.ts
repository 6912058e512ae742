// The places of the page and their addresses.

export type Place = 'library' | 'sync' | 'imports' | 'exports' | 'settings';

export const kPaths: Record<Place, string> = {
  library: '/',
  sync: '/sync',
  imports: '/imports',
  exports: '/exports',
  settings: '/settings',
};

/** The place of a path; whatever is unknown is the library. */
export function placeOf(path: string): Place {
  const bare = path.toLowerCase().replace(/\/$/, '') || '/';
  const known = (Object.keys(kPaths) as Place[]).find((place) => kPaths[place] === bare);
  return known ?? 'library';
}
