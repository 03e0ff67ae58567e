import { appendAudit, DATA_PLANE, locking, transaction } from '@holdfast/db/data';
import { fingerprint } from '@holdfast/envelope';
import { sql } from 'kysely';
import { insertCurrentKey, type KeyMaker, keyTarget, lockCurrentKey, withNewPair } from './organization-key.ts';

/**
 * Makes the next key of an organization, as an owner has asked: from its commit on, new values are sealed for
 * it. Everything is in one transaction, with what the record says of it. Asked again for the same rotation,
 * it does nothing.
 *
 * @param rotationId of a row of `key_rotation`.
 */
export async function rotateKey(maker: KeyMaker, organizationId: string, rotationId: string): Promise<void> {
  await withNewPair((pair) =>
    transaction(maker.db, async (tx) => {
      const former = await lockCurrentKey(tx, organizationId);
      locking(tx, 'key rotation');
      const rotation = await tx
        .selectFrom('key_rotation')
        .select('started_at')
        .where('organization_id', '=', organizationId)
        .where('id', '=', rotationId)
        .forUpdate()
        .executeTakeFirst();
      // The first key is still to be made; then there is something to rotate.
      if (former === undefined || rotation === undefined || rotation.started_at !== null) return;
      const newest = await tx
        .selectFrom('organization_key')
        .select((of) => of.fn.max('generation').as('generation'))
        .where('organization_id', '=', organizationId)
        .executeTakeFirstOrThrow();
      await tx
        .updateTable('organization_key')
        .set({ current: false, retired_at: sql`now()` })
        .where('organization_id', '=', organizationId)
        .where('id', '=', former.id)
        .execute();
      const made = await insertCurrentKey(tx, maker, organizationId, newest.generation + 1, pair);
      const { values } = await tx
        .selectFrom('secret_version')
        .select((of) => of.fn.countAll<number>().as('values'))
        .where('organization_id', '=', organizationId)
        .where('state', '!=', 'superseded')
        .where('key_id', '!=', made.id)
        .executeTakeFirstOrThrow();
      await tx
        .updateTable('key_rotation')
        .set({ from_key_id: former.id, to_key_id: made.id, started_at: sql`now()`, values_total: values })
        .where('organization_id', '=', organizationId)
        .where('id', '=', rotationId)
        .execute();
      await appendAudit(tx, organizationId, [
        {
          action: 'organization-key.rotate',
          actor: DATA_PLANE,
          outcome: 'success',
          target: keyTarget(made),
          detail: {
            rotation: rotationId,
            fingerprint: made.fingerprint,
            formerFingerprint: await fingerprint(former.public_key),
            formerGeneration: former.generation,
            rootKey: maker.rootKey.id,
            values,
          },
        },
      ]);
    }),
  );
}
