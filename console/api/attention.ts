import { useOrganization } from './organization.ts';
import { useOverview } from './overview.ts';

interface Attention {
  count: number;
  /** Follows the number for screen readers and on hover: "2 have expired or are due". */
  says: string;
}

const REFRESH_MILLISECONDS = 60_000;

/** What the navigation puts a number on: only what somebody should look at. */
export function useNumbersThatNeedAttention(): Partial<
  Record<'secrets' | 'projects' | 'runs' | 'destinations' | 'secretRequests', Attention>
> {
  const { may } = useOrganization();
  const { data } = useOverview({ staleTime: 15_000, refetchInterval: REFRESH_MILLISECONDS });
  if (data === undefined) return {};
  return {
    ...(data.secrets === null
      ? {}
      : { secrets: attention(data.secrets.expired + data.secrets.rotationDue, 'has expired or is due', 'have expired or are due') }),
    ...(may('components:read') ? { projects: attention(data.components.broken, 'component is broken', 'components are broken') } : {}),
    ...(data.destinations === null
      ? {}
      : { destinations: attention(data.destinations.requested, 'destination waits for an answer', 'destinations wait for an answer') }),
    ...(data.secretRequests === null
      ? {}
      : { secretRequests: attention(data.secretRequests.waiting, 'request waits for an answer', 'requests wait for an answer') }),
    runs: attention(data.runs.failedToday, 'run failed today', 'runs failed today'),
  };
}

function attention(count: number, one: string, several: string): Attention {
  return { count, says: count === 1 ? one : several };
}
