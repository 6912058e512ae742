// The connection with X, syncs, and what they cost.
import { request } from './client';
import type { Schemas } from './schemas';
import type { paths } from './schema';

export type XAccount = paths['/api/auth/x/account']['get']['responses']['200']['content']['application/json']['data'];
export type SyncHistory = Schemas['SyncHistory'];
export type SyncRecord = SyncHistory['history'][number];
export type SyncAnalytics = Schemas['SyncAnalytics']['analytics'];
export type Spend = Schemas['SyncSpend']['spend'];
export type Budget = Schemas['Budget'];
export type Forecast = Schemas['SyncForecast']['forecast'];

export const getXAccount = (signal: AbortSignal) =>
  request<{ data: XAccount }>('GET', '/auth/x/account', { signal }).then((answer) => answer.data);

/** Where X asks the reader for leave; `redirect` is the path of this page to come back to. */
export const beginXLogin = (redirect: string, link: boolean) =>
  request<{ authUrl: string }>('GET', '/auth/x/oauth', { query: { redirect, ...(link ? { link } : {}) } }).then((answer) => answer.authUrl);

export const disconnectX = () => request<unknown>('DELETE', '/auth/x/account');

export interface XApp {
  clientId: string;
  /** Without one it is a public client. */
  clientSecret?: string;
}

export const setXApp = (body: XApp) => request<unknown>('PUT', '/auth/x/app', { body });
export const deleteXApp = () => request<unknown>('DELETE', '/auth/x/app');

export const startSync = (body: Schemas['SyncOptions']) =>
  request<Schemas['SyncStarted']>('POST', '/sync', { body }).then((answer) => answer.jobId);

export const listSyncs = (cursor: string | null, signal: AbortSignal) =>
  request<SyncHistory>('GET', '/sync/history', { query: { limit: 10, cursor }, signal });

/** Removes the records of syncs that ended more than `days` days ago and answers how many. */
export const removeOldSyncs = (days: number) =>
  request<{ deletedCount: number }>('DELETE', '/sync/history/cleanup', { query: { days } }).then((answer) => answer.deletedCount);

export const getSyncAnalytics = (days: number, signal: AbortSignal) =>
  request<Schemas['SyncAnalytics']>('GET', '/sync/analytics', { query: { days }, signal }).then((answer) => answer.analytics);

export const getSpend = (days: number, signal: AbortSignal) =>
  request<Schemas['SyncSpend']>('GET', '/sync/spend', { query: { days }, signal }).then((answer) => answer.spend);

export const getForecast = (fullSync: boolean, signal: AbortSignal) =>
  request<Schemas['SyncForecast']>('GET', '/sync/forecast', { query: { fullSync }, signal }).then((answer) => answer.forecast);

export const setBudget = (body: Budget) =>
  request<{ budget: Budget }>('PUT', '/sync/budget', { body }).then((answer) => answer.budget);
