import { HoldfastError } from '@holdfast/api';
import type { Tx } from '@holdfast/db/control';

/**
 * Of one organization, so that what its lists and searches read is bounded. Made side by side they may be a
 * few more.
 */
const LIMITS = { project: 1_000, component: 10_000, workflow: 10_000 } as const;

/** Throws `quota_exceeded` when the organization has as many as it may have. */
export async function requireRoomFor(tx: Tx, organizationId: string, kind: keyof typeof LIMITS): Promise<void> {
  const { count } = await tx
    .selectFrom(kind)
    .select((select) => select.fn.countAll<number>().as('count'))
    .where('organization_id', '=', organizationId)
    .executeTakeFirstOrThrow();
  if (count >= LIMITS[kind]) throw new HoldfastError('quota_exceeded', `The organization has ${count} ${kind}s, which is the limit.`);
}
