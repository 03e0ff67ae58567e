import { QueryCache, QueryClient } from '@tanstack/react-query';
import { isSignedOut, problemOf } from './problem.ts';

const RETRIED_CODES = new Set(['unavailable', 'data_plane_unavailable', 'sealing_key_pending', 'unreachable']);

/** Called when any call finds that nobody is signed in any more; the shell leads to the sign-in page. */
export const signedOutListeners = new Set<() => void>();

export const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isSignedOut(error)) for (const listener of signedOutListeners) listener();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) => failures < 2 && RETRIED_CODES.has(problemOf(error).code),
      refetchOnWindowFocus: true,
    },
    // Nothing that was sent stays in memory after it is answered. Nor is anything sent later, when nobody
    // watches: what cannot be sent now fails now, and its form stays as it is.
    mutations: { gcTime: 0, retry: false, networkMode: 'always' },
  },
});
