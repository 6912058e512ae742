// The one place that talks HTTP: JSON in and out, the CSRF header, problems as thrown `Problem`.
import { asProblem, Problem, readProblem } from './problem';

export type QueryValue = string | number | boolean | string[] | null | undefined;

/** The CSRF cookie of the session, or null when nobody is logged in. It is no secret of ours: the server sets it readable. */
export function csrfToken(): string | null {
  for (const pair of document.cookie.split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === 'csrfToken' && value) return decodeURIComponent(value);
  }
  return null;
}

/** `path` with a query string; empty values are left out, arrays repeat their key. */
export function withQuery(path: string, query: Record<string, QueryValue>): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value === null || value === undefined || value === '') continue;
    for (const item of Array.isArray(value) ? value : [value]) params.append(key, String(item));
  }
  const text = params.toString();
  return text ? `${path}?${text}` : path;
}

export interface RequestOptions {
  query?: Record<string, QueryValue>;
  body?: unknown;
  signal?: AbortSignal;
  /** Only if the resource still has this version; else 412. */
  ifVersion?: number | undefined;
}

/** Sends a request to `/api` + `path` and answers the parsed body. Throws `Problem`; an abort is rethrown as it is. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const headers = new Headers({ Accept: 'application/json' });
  if (options.body !== undefined) headers.set('Content-Type', 'application/json');
  // Of an entity tag only the version before the point is compared.
  if (options.ifVersion !== undefined) headers.set('If-Match', `"${options.ifVersion}.0"`);
  const token = method === 'GET' ? null : csrfToken();
  if (token) headers.set('X-CSRF-Token', token);
  let response: Response;
  let text: string;
  try {
    response = await fetch(withQuery(`/api${path}`, options.query ?? {}), {
      method,
      headers,
      credentials: 'same-origin',
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.signal ? { signal: options.signal } : {}),
    });
    text = await response.text();
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw asProblem(error);
  }
  if (!response.ok) throw readProblem(response.status, text, response.headers.get('Retry-After'));
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Problem({ status: response.status, code: 'UNREADABLE_ANSWER' });
  }
}

export interface UploadOptions {
  /** Called with the part of the body that has left, 0 to 1. */
  onProgress: (fraction: number) => void;
  signal: AbortSignal;
}

/** Posts a form with progress, which `fetch` cannot report. Rejects with `Problem`, or `AbortError` after `signal`. */
export function upload<T>(path: string, form: FormData, { onProgress, signal }: UploadOptions): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open('POST', `/api${path}`);
    xhr.setRequestHeader('Accept', 'application/json');
    const token = csrfToken();
    if (token) xhr.setRequestHeader('X-CSRF-Token', token);
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onProgress(event.loaded / event.total);
    };
    xhr.onerror = () => reject(new Problem({ status: 0, code: 'NETWORK_ERROR' }));
    xhr.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    xhr.onload = () => {
      if (xhr.status < 200 || xhr.status > 299) {
        reject(readProblem(xhr.status, xhr.responseText, xhr.getResponseHeader('Retry-After')));
        return;
      }
      try {
        resolve(JSON.parse(xhr.responseText) as T);
      } catch {
        reject(new Problem({ status: xhr.status, code: 'UNREADABLE_ANSWER' }));
      }
    };
    signal.addEventListener('abort', () => xhr.abort(), { once: true });
    xhr.send(form);
  });
}
