// A real link to a place of the page, so that it opens in a new tab as well; a plain click stays on the page.
import type { ComponentChildren } from 'preact';
import { kPaths, type Place } from './places';
import { go } from './route';

interface Props {
  to: Place;
  class?: string;
  here?: boolean;
  onGo?: () => void;
  children: ComponentChildren;
}

export function PlaceLink({ to, here, onGo, children, ...rest }: Props) {
  return (
    <a
      {...rest}
      href={kPaths[to]}
      aria-current={here ? 'page' : undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        onGo?.();
        go(to);
      }}
    >
      {children}
    </a>
  );
}
