// Who is logged in. The session itself is an HttpOnly cookie that the page never sees.
import { useMutation, useQuery, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { csrfToken } from '../api/client';
import { getMe, getProviders, logout } from '../api/endpoints';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';

export const kSessionKey = ['session'] as const;
const kProvidersKey = ['providers'] as const;

/** The logged-in user, null when nobody is. */
export function useSession() {
  return useQuery<User | null>({
    queryKey: kSessionKey,
    queryFn: async ({ signal }) => {
      // Login and /auth/me set this cookie with the session's: without it the answer would be a certain 401.
      if (csrfToken() === null) return null;
      try {
        return await getMe(signal);
      } catch (error) {
        if (asProblem(error).status === 401) return null;
        throw error;
      }
    },
    staleTime: Infinity,
  });
}

export function useProviders() {
  return useQuery({ queryKey: kProvidersKey, queryFn: ({ signal }) => getProviders(signal), staleTime: 60_000 });
}

/** Everything cached belongs to a user: it goes when the user does. */
export function endSession(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== kSessionKey[0] });
  client.setQueryData(kSessionKey, null);
}

export function useBeginSession() {
  const client = useQueryClient();
  return (user: User) => {
    client.removeQueries({ queryKey: kProvidersKey });
    client.setQueryData(kSessionKey, user);
  };
}

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: logout,
    onSuccess: () => endSession(client),
    // A session that is gone already is a logout too.
    onError: (error) => {
      if (asProblem(error).status === 401) endSession(client);
    },
  });
}
