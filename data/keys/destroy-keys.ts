import { appendAudit, DATA_PLANE, type Database, FORMER_KEY_ENDED, locking, transaction } from '@holdfast/db/data';
import { fingerprint } from '@holdfast/envelope';
import { type Kysely, sql } from 'kysely';
import { keyTarget } from './organization-key.ts';

/**
 * Destroys the private half of each former key of an organization that nothing is sealed under any more, with
 * the time for late clients over. Locking the key waits for a value that is just being stored under it (see
 * refuse_destroyed_key), so that the count is true when it is taken; a value that comes later is refused.
 *
 * @returns the ids of the keys that were destroyed, each on the record in its own transaction.
 */
export async function destroyUnusedKeys(db: Kysely<Database>, organizationId: string): Promise<string[]> {
  const due = await db
    .selectFrom('organization_key')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('retired_at', 'is not', null)
    .where('destroyed_at', 'is', null)
    .where(FORMER_KEY_ENDED)
    .execute();
  const destroyed: string[] = [];
  for (const { id } of due) if (await destroyKey(db, organizationId, id)) destroyed.push(id);
  return destroyed;
}

async function destroyKey(db: Kysely<Database>, organizationId: string, keyId: string): Promise<boolean> {
  return transaction(db, async (tx) => {
    locking(tx, 'sealing key');
    const key = await tx
      .selectFrom('organization_key')
      .select(['id', 'generation', 'public_key'])
      .where('organization_id', '=', organizationId)
      .where('id', '=', keyId)
      .where('current', '=', false)
      .where('destroyed_at', 'is', null)
      .forUpdate()
      .executeTakeFirst();
    if (key === undefined) return false;
    const used = await tx
      .selectFrom('secret_version')
      .select('id')
      .where('organization_id', '=', organizationId)
      .where('key_id', '=', keyId)
      .where('state', '!=', 'superseded')
      .limit(1)
      .executeTakeFirst();
    if (used !== undefined) return false;
    await tx.deleteFrom('organization_private_key').where('organization_id', '=', organizationId).where('id', '=', keyId).execute();
    await tx
      .updateTable('organization_key')
      .set({ destroyed_at: sql`now()` })
      .where('organization_id', '=', organizationId)
      .where('id', '=', keyId)
      .execute();
    await appendAudit(tx, organizationId, [
      {
        action: 'organization-key.destroy',
        actor: DATA_PLANE,
        outcome: 'success',
        target: keyTarget(key),
        detail: { fingerprint: await fingerprint(key.public_key) },
      },
    ]);
    return true;
  });
}
