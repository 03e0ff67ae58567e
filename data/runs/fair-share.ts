import type { Database } from '@holdfast/db/data';
import type { Kysely } from 'kysely';
import { type Occupancy, type RunLimits, readOccupancy } from './claim-runs.ts';
import type { ActiveRun } from './execute-run.ts';

/** For the documents that are under way when a run gives up its slot to an organization with fewer. */
const GRACE_MILLISECONDS = 5_000;
/**
 * A run that has had its slot for so long gives it up, between two documents, when an organization with fewer
 * slots waits.
 */
const TURN_MILLISECONDS = 300_000;
/** A run that was asked to stop is waited for so long: what it has under way may never end. */
const STOP_MILLISECONDS = 600_000;

/**
 * When all slots of this process are taken and an organization waits that has fewer: asks one run to give its
 * slot up. It waits again and goes on later where it stood. Called once a second, so that slots move one by
 * one.
 */
export async function shareSlots(
  db: Kysely<Database>,
  nodeId: string,
  active: ReadonlySet<ActiveRun>,
  slots: number,
  limits: RunLimits,
): Promise<void> {
  const all = runsInShares(active, performance.now());
  // One that has little time left is about to be free.
  if (active.size < slots || all.some(({ stop }) => stop.hasDeadline())) return;
  const working = all.filter(({ stop }) => stop.reason() === undefined);
  if (working.length === 0) return;
  const occupancy = await readOccupancy(db, nodeId, [...new Set(working.map(({ organizationId }) => organizationId))], limits);
  const choice = runToYield(all, occupancy, performance.now());
  choice?.run.stop.ask('yielded', choice.graceMilliseconds);
}

/** When a run was first seen to have been asked to stop, by the monotonic clock. */
const askedSince = new WeakMap<ActiveRun, number>();

/** Without those that were asked to stop more than ten minutes ago: nobody else waits for them any more. */
export function runsInShares(active: Iterable<ActiveRun>, now: number): ActiveRun[] {
  return [...active].filter((run) => {
    if (run.stop.reason() === undefined) return true;
    const since = askedSince.get(run) ?? now;
    askedSince.set(run, since);
    return now - since <= STOP_MILLISECONDS;
  });
}

/**
 * The youngest run of the organization with the most slots, when it has at least two more than the one that
 * waits: then both have more equal shares, and the older runs of either go on. With one slot more, only the
 * run that has had its own the longest, after its time, and without ending a document: so that slots go round
 * when there are more organizations than slots. While one that was asked so ends its document, which may take
 * long, no other is asked so.
 *
 * @param all see {@link runsInShares}.
 */
export function runToYield(
  all: readonly ActiveRun[],
  { fewestOfWaiting, slots }: Occupancy,
  now: number,
): { readonly run: ActiveRun; readonly graceMilliseconds: number } | undefined {
  if (fewestOfWaiting === undefined) return undefined;
  const working = all.filter(({ stop }) => stop.reason() === undefined);
  const slotsOf = ({ organizationId }: ActiveRun) => slots.get(organizationId) ?? 0;
  const most = Math.max(...working.map(slotsOf));
  const richest = working.filter((run) => slotsOf(run) === most).toSorted((a, b) => a.since - b.since);
  const [oldest, youngest] = [richest[0], richest.at(-1)];
  if (oldest === undefined || youngest === undefined) return undefined;
  if (most >= fewestOfWaiting + 2) return { run: youngest, graceMilliseconds: GRACE_MILLISECONDS };
  if (working.length < all.length) return undefined;
  if (most > fewestOfWaiting && now - oldest.since > TURN_MILLISECONDS) return { run: oldest, graceMilliseconds: Number.POSITIVE_INFINITY };
  return undefined;
}
