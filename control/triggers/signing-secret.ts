import { parseTemplate, referenceTo } from '@holdfast/configuration';
import { deleteRows, SIGNING_SECRET, type Tx } from '@holdfast/db/control';
import { uuidv7 } from '@holdfast/envelope';
import { findNamedSecrets } from '../components/fill-sensitive-options.ts';

interface BoundTrigger {
  readonly organizationId: string;
  readonly id: string;
  readonly projectId: string;
  /** See FilledComponent. */
  readonly seesAllSecrets: boolean;
}

/**
 * Binds a trigger to the organization secret that its requests are signed with. Throws `secret_missing` or
 * `secret_out_of_scope` when its project may not use it.
 */
export async function bindSigningSecret(tx: Tx, trigger: BoundTrigger, secretName: string): Promise<void> {
  const inputs = new Map([[SIGNING_SECRET, { kind: 'template', template: parseTemplate(referenceTo(secretName)) } as const]]);
  const [secret] = (await findNamedSecrets(tx, trigger, inputs, undefined, () => 'settings.secretName')).get(SIGNING_SECRET) ?? [];
  if (secret === undefined) throw new Error('A name of a secret is one reference.');
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
    .values({
      organization_id: organizationId,
      id: uuidv7(),
      consumer_kind: 'trigger',
      consumer_id: id,
      option: SIGNING_SECRET,
      reference: '',
      secret_id: secret.secretId,
      secret_name: secret.secretName,
    })
    .execute();
}
