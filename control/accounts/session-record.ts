import { type Actor, recordingOrganizations, type Tx } from '@holdfast/db/control';
import type { RequestOrigin } from '@holdfast/endpoints';
import { type AuditEntry, recordAs } from '../audit/record.ts';

/**
 * Signing in and out concerns every organization of the account: each has it on its own chain.
 */
export async function recordInEachOrganization(
  tx: Tx,
  userId: string,
  actor: Actor,
  origin: RequestOrigin,
  entry: AuditEntry,
): Promise<void> {
  for (const organizationId of await recordingOrganizations(tx, userId)) {
    await recordAs(tx, organizationId, actor, origin, {}, [entry]);
  }
}
