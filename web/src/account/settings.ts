// The account's settings: read from the session, written at once and taken back when the server refuses.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { changeSettings } from '../api/account';
import type { Settings } from '../api/schemas';
import type { User } from '../api/types';
import { kSessionKey } from './session';

export function useChangeSettings() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: changeSettings,
    onMutate: (part: Partial<Settings>) => {
      const before = client.getQueryData<User | null>(kSessionKey);
      if (before) {
        const settings: Settings = { ...before.settings, ...part };
        const next: User = { ...before, settings };
        client.setQueryData<User | null>(kSessionKey, next);
      }
      return before;
    },
    onSuccess: (user) => client.setQueryData<User | null>(kSessionKey, user),
    onError: (_error, _part, before) => {
      if (before) client.setQueryData<User | null>(kSessionKey, before);
    },
  });
}
