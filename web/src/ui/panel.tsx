// A titled part of a page.
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Props {
  title: string;
  lead?: string | undefined;
  /** Beside the title. */
  aside?: ComponentChildren;
  children: ComponentChildren;
}

export function Panel({ title, lead, aside, children }: Props) {
  const id = useId();
  return (
    <section class="panel" aria-labelledby={id}>
      <header class="panel-head">
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {lead && <p class="panel-lead">{lead}</p>}
      {children}
    </section>
  );
}
