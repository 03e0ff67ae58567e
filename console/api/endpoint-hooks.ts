import type { Answer, BodyInput, Endpoint, HeadersOf, PathParameters, QueryInput } from '@holdfast/api';
import {
  type InfiniteData,
  keepPreviousData,
  type QueryKey,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { useMemo } from 'react';
import { client } from './client.ts';
import { useOrganizationSlug } from './organization.ts';
import { isConnectionProblem } from './problem.ts';

/**
 * The console talks to the control plane through these hooks alone. `organization` is filled in from the
 * address of the page; everything else that the endpoint declares is typed from packages/api.
 */

type OwnParameters<E extends Endpoint> = Omit<PathParameters<E>, 'organization'>;
type WithParameters<E extends Endpoint> = keyof OwnParameters<E> extends never ? { params?: undefined } : { params: OwnParameters<E> };
export type Request<E extends Endpoint> = WithParameters<E> & { query?: QueryInput<E> };
export type Command<E extends Endpoint> = WithParameters<E> &
  (QueryInput<E> extends undefined ? { query?: undefined } : { query?: QueryInput<E> }) &
  (BodyInput<E> extends undefined ? { body?: undefined } : { body: BodyInput<E> }) & {
    headers?: Partial<HeadersOf<E>>;
    signal?: AbortSignal;
  };

interface Watching<Data> {
  enabled?: boolean;
  /**
   * Asks again after this many milliseconds; `false` not at all. A function decides by what was answered
   * last.
   */
  refetchInterval?: number | false | ((data: Data | undefined) => number | false);
  staleTime?: number;
  /** Shows the answer to the former question until the new one has come. */
  keepPrevious?: boolean;
}

function keyOf(endpoint: Endpoint, organization: string | undefined, request: { params?: unknown; query?: unknown } | undefined): QueryKey {
  return [endpoint.id, organization ?? null, request?.params ?? null, request?.query ?? null];
}

// The client's own types are per endpoint; within these hooks the endpoint is a type parameter that cannot be
// resolved.
async function callEndpoint<E extends Endpoint>(
  endpoint: E,
  organization: string | undefined,
  request: { params?: unknown; query?: unknown; body?: unknown; headers?: unknown } | undefined,
  signal?: AbortSignal,
): Promise<Answer<E>> {
  const params = { ...(organization === undefined ? {} : { organization }), ...(request?.params as object | undefined) };
  const call = client.call as (endpoint: Endpoint, request: object) => Promise<unknown>;
  return (await call(endpoint, { params, query: request?.query, body: request?.body, headers: request?.headers, signal })) as Answer<E>;
}

/** While the server is away, what was read before is shown on; it is read again when the server is back. */
async function orKept<T>(answer: Promise<T>, kept: () => T | undefined): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    const former = isConnectionProblem(error) ? kept() : undefined;
    if (former === undefined) throw error;
    return former;
  }
}

/** Reads an endpoint and keeps the answer in the cache. */
export function useEndpoint<E extends Endpoint>(endpoint: E, request?: Request<E>, watching: Watching<Answer<E>> = {}) {
  const organization = useOrganizationSlug();
  const { refetchInterval } = watching;
  return useQuery<Answer<E>, Error>({
    queryKey: keyOf(endpoint, organization, request),
    queryFn: ({ signal, client, queryKey }) =>
      orKept(callEndpoint(endpoint, organization, request, signal), () => client.getQueryData<Answer<E>>(queryKey)),
    enabled: watching.enabled ?? true,
    refetchInterval: typeof refetchInterval === 'function' ? (query) => refetchInterval(query.state.data) : (refetchInterval ?? false),
    ...(watching.staleTime === undefined ? {} : { staleTime: watching.staleTime }),
    ...(watching.keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
}

type ItemOf<E extends Endpoint> = Answer<E> extends { items: (infer Item)[] } ? Item : never;

/**
 * Reads a list page by page: `items` are all that were fetched so far, `fetchNextPage` brings more. Where a
 * page of it could not be read, `isCutShort` says that more of it is to come.
 */
export function useEndpointPages<E extends Endpoint>(endpoint: E, request?: Request<E>, watching: Watching<Answer<E>[]> = {}) {
  const organization = useOrganizationSlug();
  const { refetchInterval } = watching;
  const pages = useInfiniteQuery({
    queryKey: [...keyOf(endpoint, organization, request), 'pages'],
    queryFn: ({ signal, pageParam, client, queryKey }) =>
      orKept(
        callEndpoint(
          endpoint,
          organization,
          {
            params: request?.params,
            query: { ...(request?.query as object | undefined), ...(pageParam === null ? {} : { cursor: pageParam }) },
          },
          signal,
        ),
        () => {
          const kept = client.getQueryData<InfiniteData<Answer<E>, string | null>>(queryKey);
          return kept?.pages[kept.pageParams.indexOf(pageParam)];
        },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last as { nextCursor: string | null }).nextCursor,
    enabled: watching.enabled ?? true,
    refetchInterval:
      typeof refetchInterval === 'function' ? (query) => refetchInterval(query.state.data?.pages) : (refetchInterval ?? false),
    ...(watching.staleTime === undefined ? {} : { staleTime: watching.staleTime }),
    ...(watching.keepPrevious ? { placeholderData: keepPreviousData } : {}),
  });
  const first = pages.data?.pages[0] as Answer<E> | undefined;
  const { data } = pages;
  // The same array while nothing was read, for what is drawn from it.
  const items = useMemo(() => (data?.pages ?? []).flatMap((page) => (page as { items: ItemOf<E>[] }).items), [data]);
  const { isError, hasNextPage } = pages;
  // A page that could not be read is asked for again when its reader says so, not by each drawing.
  return { ...pages, hasNextPage: hasNextPage && !isError, isCutShort: isError && (hasNextPage || data === undefined), items, first };
}

/**
 * Sends a command. `changes` names the reads that are no longer true afterwards (by endpoint); nor may they
 * be true when it is aborted, since the server may have done it by then. A mutation that carries a password
 * must not use this: call `client.call` directly, so that no cache ever holds it.
 */
export function useCommand<E extends Endpoint>(endpoint: E, changes: readonly Endpoint[] = []) {
  const organization = useOrganizationSlug();
  const queries = useQueryClient();
  const readAgain = () => Promise.all(changes.map((changed) => queries.invalidateQueries({ queryKey: [changed.id] })));
  return useMutation({
    mutationFn: (command: Command<E>) => callEndpoint(endpoint, organization, command, command.signal),
    onSuccess: readAgain,
    onError: (_error, { signal }) => {
      if (signal?.aborted) void readAgain();
    },
  });
}
