// Imports and exports.
import { request, upload, type UploadOptions } from './client';
import type { ExportJob, ExportOptions, ImportJob, Pagination } from './schemas';

export type DuplicateStrategy = 'skip' | 'update' | 'merge' | 'create_duplicate';

export interface ImportOptions {
  source: string;
  duplicateStrategy: DuplicateStrategy;
  /** Id of a category for what comes without one; empty for none. */
  defaultCategory: string;
  createCategories: boolean;
  includeLikes: boolean;
  dryRun: boolean;
}

export function startImport(file: File, options: ImportOptions, how: UploadOptions): Promise<{ jobId: string }> {
  const form = new FormData();
  // The server streams the body: what it must know comes before the file.
  for (const [name, value] of Object.entries(options)) {
    if (value !== '') form.append(name, String(value));
  }
  form.append('file', file, file.name);
  return upload('/import', form, how);
}

export const getImport = (jobId: string, signal: AbortSignal) =>
  request<ImportJob>('GET', `/import/status/${encodeURIComponent(jobId)}`, { signal });

interface History<T> {
  history: T[];
  pagination: Pagination;
}

export const listImports = (cursor: string | null, signal: AbortSignal) =>
  request<History<ImportJob>>('GET', '/import/history', { query: { limit: 10, cursor }, signal });

export const startExport = (body: ExportOptions) => request<{ jobId: string }>('POST', '/export', { body }).then((answer) => answer.jobId);

export const getExport = (jobId: string, signal: AbortSignal) =>
  request<ExportJob>('GET', `/export/status/${encodeURIComponent(jobId)}`, { signal });

export const listExports = (cursor: string | null, signal: AbortSignal) =>
  request<History<ExportJob>>('GET', '/export/history', { query: { limit: 10, cursor }, signal });
