// What the owner of an account changes about it.
import { request } from './client';
import { kPlanned } from './planned';
import type { Schemas, Settings } from './schemas';
import type { User } from './types';

export const changeSettings = (body: Partial<Settings>) =>
  request<{ user: User }>('PUT', '/auth/settings', { body }).then((answer) => answer.user);

export interface PasswordChange {
  currentPassword?: string;
  newPassword: string;
  confirmPassword: string;
}

export const changePassword = (body: PasswordChange) => request<unknown>('PUT', '/auth/password', { body });

export const logoutAll = () =>
  request<{ data: { endedSessions: number } }>('POST', '/auth/logout-all').then((answer) => answer.data.endedSessions);

export type Session = Schemas['Session'];
export type ApiToken = Schemas['ApiToken'];
export type Scope = Schemas['Scope'];

/** Whether the server has an operation of the contract already. */
export const isServed = (operation: 'listSessions' | 'listTokens' | 'deleteMe') => !kPlanned.includes(operation);

export const listSessions = (signal: AbortSignal) =>
  request<{ data: { sessions: Session[] } }>('GET', '/auth/sessions', { signal }).then((answer) => answer.data.sessions);

export const endSessionOf = (id: string) => request<unknown>('DELETE', `/auth/sessions/${id}`);

export const endOtherSessions = () =>
  request<{ data: { deletedCount: number } }>('DELETE', '/auth/sessions').then((answer) => answer.data.deletedCount);

export const listTokens = (signal: AbortSignal) =>
  request<{ data: { tokens: ApiToken[] } }>('GET', '/auth/tokens', { signal }).then((answer) => answer.data.tokens);

export interface NewToken {
  name: string;
  scopes: Scope[];
  expiresAt?: string;
}

/** The token itself, which the server tells this once. */
export const createToken = (body: NewToken) =>
  request<{ data: { token: string } }>('POST', '/auth/tokens', { body }).then((answer) => answer.data.token);

export const deleteToken = (id: string) => request<unknown>('DELETE', `/auth/tokens/${id}`);

export const deleteMe = (body: { confirm: string; password?: string }) => request<unknown>('DELETE', '/auth/me', { body });
