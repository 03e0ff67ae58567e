import type { Actor, Tx } from '@holdfast/db/control';
import type { RequestOrigin } from '@holdfast/endpoints';
import { type AuditEntry, recordAs } from '../audit/record.ts';

/**
 * Signing in and out concerns every organization of the account: each has it on its own chain. In the order
 * of their ids, so that two of these never wait for each other in a circle.
 */
export async function recordInEachOrganization(
  tx: Tx,
  userId: string,
  actor: Actor,
  origin: RequestOrigin,
  entry: AuditEntry,
): Promise<void> {
  const memberships = await tx
    .selectFrom('auth.member')
    .select('organizationId')
    .where('userId', '=', userId)
    .orderBy('organizationId')
    .execute();
  for (const { organizationId } of memberships) await recordAs(tx, organizationId, actor, origin, {}, [entry]);
}
