// Jobs of every kind, and the stream on which one of them tells how it fares.
import { request } from './client';
import type { Job, JobType } from './schemas';

export const getJob = (id: string, signal: AbortSignal) =>
  request<{ data: { job: Job } }>('GET', `/jobs/${id}`, { signal }).then((answer) => answer.data.job);

/** The newest job of a kind, null before the first one. */
export const getNewestJob = (type: JobType, signal: AbortSignal) =>
  request<{ data: { jobs: Job[] } }>('GET', '/jobs', { query: { type, limit: 1 }, signal }).then((answer) => answer.data.jobs[0] ?? null);

export const cancelJob = (id: string) =>
  request<{ data: { job: Job } }>('DELETE', `/jobs/${id}`).then((answer) => answer.data.job);

export const jobEventsPath = (id: string) => `/api/jobs/${id}/events`;
