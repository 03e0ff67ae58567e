import { listProjects } from '@holdfast/api';
import { useEffect } from 'react';
import { useEndpointPages } from './endpoint-hooks.ts';

/**
 * All projects of the organization, page after page, for a field in which one is chosen. Where they cannot
 * all be read, the field says so with `CutShort`.
 */
export function useAllProjects() {
  const projects = useEndpointPages(listProjects, { query: { limit: 200 } }, { staleTime: 60_000 });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = projects;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  return projects;
}
