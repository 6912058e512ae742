// Failures of a request, as values that the page can put into words (see i18n/problems.ts).

/** One item of `details[]` of a validation problem. */
export interface Fault {
  path: (string | number)[];
  code: string;
  message: string;
}

/**
 * A refused or failed request. `code` is the contract's upper-case code, or one of ours when no problem document came:
 * `NETWORK_ERROR` (no answer at all) and `UNREADABLE_ANSWER` (an answer that is not ours, such as a proxy's page).
 */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly faults: Fault[];
  /** Seconds until another try makes sense; only on 429 and 503. */
  readonly retryAfter: number | null;
  readonly requestId: string | null;

  constructor(init: { status: number; code: string; detail?: string; faults?: Fault[]; retryAfter?: number | null; requestId?: string | null }) {
    super(init.detail ?? init.code);
    this.name = 'Problem';
    this.status = init.status;
    this.code = init.code;
    this.faults = init.faults ?? [];
    this.retryAfter = init.retryAfter ?? null;
    this.requestId = init.requestId ?? null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readFaults(value: unknown): Fault[] {
  if (!Array.isArray(value)) return [];
  return value.filter(isObject).map((item) => ({
    path: Array.isArray(item['path']) ? (item['path'] as (string | number)[]) : [],
    code: String(item['code'] ?? ''),
    message: String(item['message'] ?? ''),
  }));
}

/** The problem that an answer with an error status carries. `text` is its body, `retryAfter` its header in seconds. */
export function readProblem(status: number, text: string, retryAfter: string | null): Problem {
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    // Not a problem document: a proxy or a cut connection; the status is all there is.
  }
  const seconds = Number(retryAfter ?? (isObject(body) ? body['retryAfter'] : null) ?? NaN);
  const wait = Number.isFinite(seconds) && seconds > 0 ? Math.ceil(seconds) : null;
  if (!isObject(body) || typeof body['code'] !== 'string') {
    return new Problem({ status, code: 'UNREADABLE_ANSWER', retryAfter: wait });
  }
  return new Problem({
    status,
    code: body['code'],
    detail: String(body['detail'] ?? body['error'] ?? body['code']),
    faults: readFaults(body['details']),
    retryAfter: wait,
    requestId: typeof body['requestId'] === 'string' ? body['requestId'] : null,
  });
}

/** Anything thrown by a request as a Problem. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem({ status: 0, code: 'NETWORK_ERROR', detail: error instanceof Error ? error.message : String(error) });
}
