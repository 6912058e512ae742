// Line icons on a 24 unit grid, drawn for this page. They are decoration: the control that holds one carries the label.

const paths = {
  menu: 'M4 7h16M4 12h16M4 17h16',
  search: 'M11 5a6 6 0 1 0 0 12a6 6 0 0 0 0-12M15.5 15.5L20 20',
  close: 'M6 6l12 12M18 6L6 18',
  help: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M9.6 9.4a2.4 2.4 0 1 1 3.6 2.2c-.8.5-1.2 1-1.2 1.9M12 16.4v.2',
  external: 'M14 5h5v5M19 5l-8 8M11 6H6.5A1.5 1.5 0 0 0 5 7.5V17.5A1.5 1.5 0 0 0 6.5 19H16.5A1.5 1.5 0 0 0 18 17.5V13',
  edit: 'M5 19l1-4L15.5 5.5a1.8 1.8 0 0 1 2.6 0l.4.4a1.8 1.8 0 0 1 0 2.6L9 18zM13.5 7.5l3 3',
  archive: 'M4 5h16v4H4zM5.5 9v10h13V9M10 13h4',
  restore: 'M4 5h16v4H4zM5.5 9v10h13V9M12 17v-5M9.5 14L12 11.5L14.5 14',
  trash: 'M5 7h14M10 7V5h4v2M7 7l1 12.5h8L17 7M10.5 11v5M13.5 11v5',
  upload: 'M12 15V4.5M8 8.5l4-4l4 4M5 15v4h14v-4',
  image: 'M4.5 5.5h15v13h-15zM5 16l4-4l3.5 3.5l2.5-2.5l4.5 4.5M15 9.5v.2',
  user: 'M12 4.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 0 0 0-7M5 19.5c.8-3.5 3.5-5 7-5s6.2 1.5 7 5',
  filter: 'M4 6h16M7 12h10M10 18h4',
  globe: 'M12 3.5a8.5 8.5 0 1 0 0 17a8.5 8.5 0 0 0 0-17M3.5 12h17M12 3.5c3 2.5 3.5 6 3.5 8.5s-.5 6-3.5 8.5c-3-2.5-3.5-6-3.5-8.5s.5-6 3.5-8.5',
  logout: 'M10 5H5.5v14H10M14 8l4 4l-4 4M18 12H9.5',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  alert: 'M12 4L21 19.5H3zM12 10v4.5M12 17v.2',
  back: 'M11 6l-6 6l6 6M5 12h14',
  sync: 'M5 10a7.2 7.2 0 0 1 13-2.5M18.5 4v4h-4M19 14a7.2 7.2 0 0 1-13 2.5M5.5 20v-4h4',
  download: 'M12 4.5V15M8 11l4 4l4-4M5 15v4h14v-4',
  settings: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4M9 14.8a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4',
  pause: 'M9 6v12M15 6v12',
  plus: 'M12 5v14M5 12h14',
  history: 'M12 4.5a7.5 7.5 0 1 1-7.2 5.4M4.5 5v5h5M12 8v4.4l3 1.8',
  star: 'M12 4l2.4 5.1l5.6.7l-4.1 3.9l1 5.5L12 16.5l-4.9 2.7l1-5.5L4 9.8l5.6-.7z',
  up: 'M12 19V6M6.5 11L12 5.5l5.5 5.5',
  down: 'M12 5v13M6.5 13l5.5 5.5l5.5-5.5',
  grid: 'M4.5 4.5h6v6h-6zM13.5 4.5h6v6h-6zM4.5 13.5h6v6h-6zM13.5 13.5h6v6h-6z',
  play: 'M8.5 5.5v13l10-6.5z',
  grip: 'M9 6v.1M15 6v.1M9 12v.1M15 12v.1M9 18v.1M15 18v.1',
  folder: 'M4 6h6l2 2.5h8V18.5H4z',
  tag: 'M4.5 5h7.5l7.5 7.5l-7 7L5 12zM8.5 8.8v.2',
  keyboard: 'M3.5 7h17v10h-17zM7 10.2v.1M10.4 10.2v.1M13.8 10.2v.1M17.2 10.2v.1M8 13.8h8',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}

/** The ribbon of the product. */
export function Ribbon() {
  return (
    <svg class="ribbon" viewBox="0 0 16 22" preserveAspectRatio="none" aria-hidden="true" focusable="false">
      <path d="M0 0h16v22l-8-6-8 6z" />
    </svg>
  );
}
