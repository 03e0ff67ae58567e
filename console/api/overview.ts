import { getOverview } from '@holdfast/api';
import { useEndpoint } from './endpoint-hooks.ts';
import { readersZone } from './readers-zone.ts';

/** What there is and what needs somebody; days are those of the reader. */
export function useOverview(watching: Parameters<typeof useEndpoint<typeof getOverview>>[2] = {}) {
  return useEndpoint(getOverview, { query: { zone: readersZone() } }, watching);
}
