import { getOverview } from '@holdfast/api';
import { useEndpoint } from './endpoint-hooks.ts';

interface Attention {
  count: number;
  /** Follows the number for screen readers and on hover: "2 need rotation or have expired". */
  says: string;
}

const REFRESH_MILLISECONDS = 60_000;

/** What the navigation puts a number on: only what somebody should look at. */
export function useNumbersThatNeedAttention(): { secrets?: Attention; projects?: Attention; runs?: Attention } {
  const { data } = useEndpoint(getOverview, undefined, { staleTime: 15_000, refetchInterval: REFRESH_MILLISECONDS });
  if (data === undefined) return {};
  return {
    ...(data.secrets === null
      ? {}
      : { secrets: { count: data.secrets.expired + data.secrets.rotationDue, says: 'have expired or are due for rotation' } }),
    projects: { count: data.components.broken, says: 'components are broken' },
    runs: { count: data.runs.failedToday, says: 'runs failed today' },
  };
}
