// What stands where data is missing: loading, nothing, or a problem.
import type { ComponentChildren } from 'preact';
import { asProblem } from '../api/problem';
import { useText } from '../i18n/context';
import { Icon, Ribbon } from './icon';

export function Loading({ label }: { label?: string }) {
  const { t } = useText();
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      <span>{label ?? t.loading}</span>
    </div>
  );
}

export function Empty({ title, lead, children }: { title: string; lead: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Ribbon />
      <h2>{title}</h2>
      <p>{lead}</p>
      {children}
    </div>
  );
}

/** A failed load in words, with another try; the request id helps whoever reads the server's log. */
export function Failure({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t, explain } = useText();
  const problem = asProblem(error);
  return (
    <div class="failure" role="alert">
      <Icon name="alert" />
      <p>{explain(problem)}</p>
      {problem.status >= 500 && problem.requestId && <p class="fine">{t.requestId(problem.requestId)}</p>}
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          {t.retry}
        </button>
      )}
    </div>
  );
}

/** A problem beside the control that caused it. */
export function Complaint({ children }: { children: ComponentChildren }) {
  return (
    <p class="complaint" role="alert">
      <Icon name="alert" />
      <span>{children}</span>
    </p>
  );
}
