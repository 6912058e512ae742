// The query cache: the page's only store of what the server said.
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { endSession } from '../account/session';
import { asProblem } from '../api/problem';

const kRetries = 2;

// What a second try cannot mend is not tried again: refusals, and limits that ask us to wait.
function worthRetrying(failures: number, error: unknown): boolean {
  const { status } = asProblem(error);
  return failures < kRetries && (status === 0 || status === 502 || status === 503 || status === 504);
}

export function makeQueryClient(): QueryClient {
  // Only answers about a session count: a refused login is a 401 too.
  const onError = (error: unknown) => {
    const problem = asProblem(error);
    if (problem.status === 401 && problem.code !== 'INVALID_CREDENTIALS') endSession(client);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: { queries: { retry: worthRetrying }, mutations: { retry: false } },
  });
  return client;
}
