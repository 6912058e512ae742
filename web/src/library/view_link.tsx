// A real link to a view of the library, so that it opens in a new tab as well; a plain click stays on the page.
import type { ComponentChildren } from 'preact';
import { useText } from '../i18n/context';
import { CategoryMark } from '../ui/category_mark';
import { Icon, type IconName } from '../ui/icon';
import { writeView, type View } from './view';

interface Props {
  to: View;
  onGo: () => void;
  here: boolean;
  icon?: IconName;
  /** The look of a category; without colour, of none. */
  mark?: { color: string; icon: string };
  /** Bookmarks that are dropped here get this category; empty for none. */
  fileUnder?: string;
  depth?: number;
  count?: number | undefined;
  children: ComponentChildren;
}

export function ViewLink({ to, onGo, here, icon, mark, fileUnder, depth = 0, count, children }: Props) {
  const { format } = useText();
  return (
    <li>
      <a
        href={window.location.pathname + writeView(to)}
        class="place"
        data-file-under={fileUnder}
        draggable={false}
        style={depth ? { '--depth': String(depth) } : undefined}
        aria-current={here ? 'page' : undefined}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          onGo();
        }}
      >
        {icon ? <Icon name={icon} /> : mark ? <CategoryMark {...mark} /> : <span class="hash" aria-hidden="true">#</span>}
        <span class="place-name">{children}</span>
        {count !== undefined && <span class="place-count">{format.number(count)}</span>}
      </a>
    </li>
  );
}
