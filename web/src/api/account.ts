// What the owner of an account changes about it.
import { request } from './client';
import type { Settings } from './schemas';
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
