import { getAuditRecord } from '@holdfast/api';
import { useEndpoint } from './endpoint-hooks.ts';

const LOOK_MILLISECONDS = 30_000;

/**
 * How the organization's record stands; asked again while a page is open, because an alarm must not wait for
 * a reload.
 */
export function useRecordState(mayRead: boolean) {
  return useEndpoint(getAuditRecord, undefined, { enabled: mayRead, refetchInterval: LOOK_MILLISECONDS, staleTime: LOOK_MILLISECONDS / 2 });
}
