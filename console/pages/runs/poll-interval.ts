import type { Run } from '@holdfast/api';
import { isActive } from './run-status.tsx';

const POLL_MILLISECONDS = 2_000;
/** While nothing runs: a schedule, a hook or somebody else may start a run. */
const QUIET_POLL_MILLISECONDS = 15_000;

/**
 * After how long a list of runs is read again: more often while something moves; less often the more pages
 * there are to ask for.
 */
export function pollInterval(pages: readonly { items: readonly Run[] }[] | undefined): number {
  const active = pages?.some(({ items }) => items.some((run) => isActive(run.status))) ?? false;
  return active ? POLL_MILLISECONDS * (pages?.length ?? 1) : QUIET_POLL_MILLISECONDS;
}
