import { deleteRows, SIGNING_SECRET, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { findNamedSecrets, type SecretConsumer, unusableSecret } from '../secrets/find-named-secrets.ts';

interface BoundTrigger extends SecretConsumer {
  readonly id: string;
}

/**
 * Binds a trigger to the organization secret that its requests are signed with. Throws `secret_missing` or
 * `secret_out_of_scope` when its project may not use it.
 */
export async function bindSigningSecret(tx: Tx, trigger: BoundTrigger, secretName: string): Promise<void> {
  const place = { option: SIGNING_SECRET, reference: '', secretName };
  const { found, unusable } = await findNamedSecrets(tx, trigger, [place]);
  const [refused] = unusable;
  if (refused !== undefined) throw await unusableSecret(tx, trigger, refused, 'settings.secretName');
  const { organizationId, id } = trigger;
  const former = await tx
    .selectFrom('binding')
    .select('id')
    .where('organization_id', '=', organizationId)
    .where('trigger_id', '=', id)
    .execute();
  await deleteRows(
    tx,
    'binding',
    organizationId,
    former.map((binding) => binding.id),
  );
  await tx
    .insertInto('binding')
    .values(
      found.map(({ option, reference, secretId, secretName }) => ({
        organization_id: organizationId,
        id: uuidv7(),
        consumer_kind: 'trigger' as const,
        consumer_id: id,
        option,
        reference,
        secret_id: secretId,
        secret_name: secretName,
      })),
    )
    .execute();
}
