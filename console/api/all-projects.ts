import { listProjects } from '@holdfast/api';
import { useEffect } from 'react';
import { useEndpointPages } from './endpoint-hooks.ts';

/** All projects of the organization, page after page, for a field in which one is chosen. */
export function useAllProjects() {
  const { items, hasNextPage, isFetchingNextPage, fetchNextPage } = useEndpointPages(
    listProjects,
    { query: { limit: 200 } },
    { staleTime: 60_000 },
  );
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return items;
}
