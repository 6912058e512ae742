// A category's icon on its colour. The colour is the reader's own and may be anything: the icon is black or white, whichever is seen.
import { whiteOn } from './contrast';

const icons: Record<string, string> = {
  folder: 'M4 6h6l2 2.5h8V18.5H4z',
  cpu: 'M7 7h10v10H7zM10 10h4v4h-4zM9.5 4v3M14.5 4v3M9.5 17v3M14.5 17v3M4 9.5h3M4 14.5h3M17 9.5h3M17 14.5h3',
  'gamepad-2': 'M7.5 7h9a4 4 0 0 1 4 4l.5 4.5a2.3 2.3 0 0 1-4.3 1L15.5 15h-7l-1.2 1.5a2.3 2.3 0 0 1-4.3-1L3.5 11a4 4 0 0 1 4-4zM8.5 9.5v3M7 11h3M15 10v.1M17 12v.1',
  'chef-hat': 'M7 19.5h10M7 16.5h10M7 16.5V12a3.5 3.5 0 1 1 1.5-6.6a4 4 0 0 1 7 0A3.5 3.5 0 1 1 17 12v4.5',
  'book-open': 'M12 7c-2-1.6-4.5-2-8-2v13c3.5 0 6 .4 8 2c2-1.6 4.5-2 8-2V5c-3.5 0-6 .4-8 2zM12 7v13',
  star: 'M12 4l2.4 5.1l5.6.7l-4.1 3.9l1 5.5L12 16.5l-4.9 2.7l1-5.5L4 9.8l5.6-.7z',
  heart: 'M12 19.5C6 15.5 4 12.5 4 9.5A4 4 0 0 1 12 8a4 4 0 0 1 8 1.5c0 3-2 6-8 10z',
  music: 'M9 17.5V5.5l10-2v12M9 17.5a2.5 2.5 0 1 1-5 0a2.5 2.5 0 0 1 5 0zM19 15.5a2.5 2.5 0 1 1-5 0a2.5 2.5 0 0 1 5 0z',
  camera: 'M4 8h4l1.5-2.5h5L16 8h4v11H4zM12 10a3.2 3.2 0 1 0 0 6.4a3.2 3.2 0 0 0 0-6.4',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.5h4M4 14.5h4M16 9.5h4M16 14.5h4',
  briefcase: 'M4 8h16v11H4zM9 8V5h6v3M4 13h16',
  globe: 'M12 4a8 8 0 1 0 0 16a8 8 0 0 0 0-16M4 12h16M12 4c3 2.5 3 13.5 0 16c-3-2.5-3-13.5 0-16',
  code: 'M8.5 7L4 12l4.5 5M15.5 7L20 12l-4.5 5M13.5 5l-3 14',
  home: 'M4 11l8-6.5L20 11v8.5h-5.5v-5h-5v5H4z',
  lightbulb: 'M9 18.5h6M10 21h4M9 15.5c-2-1.5-3-3.3-3-5.5a6 6 0 0 1 12 0c0 2.2-1 4-3 5.5v1.5H9z',
  'shopping-bag': 'M5.5 8h13l1 12h-15zM9 10V7a3 3 0 0 1 6 0v3',
};

export const kIconNames = Object.keys(icons);

export function CategoryMark({ color, icon }: { color: string; icon: string }) {
  const known = /^#[0-9a-f]{6}$/i.test(color);
  return (
    <span
      class={known ? 'mark' : 'mark mark-none'}
      style={known ? { '--swatch': color, '--mark-icon': whiteOn(color) ? '#fff' : '#000' } : undefined}
      aria-hidden="true"
    >
      {known && (
        <svg class="icon" viewBox="0 0 24 24" focusable="false">
          <path d={icons[icon] ?? icons['folder']} />
        </svg>
      )}
    </span>
  );
}
