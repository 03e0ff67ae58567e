import { getSealingKey, HoldfastError } from '@holdfast/api';
import { implement } from '../implement.ts';

export const getSealingKeyHandler = implement(getSealingKey, async ({ organization }, { db, instanceId }) => {
  const key = await db
    .selectFrom('organization_key')
    .innerJoin('signing_key', 'signing_key.id', 'organization_key.signing_key_id')
    .select(['organization_key.id', 'generation', 'organization_key.public_key', 'signature', 'signing_key.public_key as signing_key'])
    .where('organization_id', '=', organization.id)
    .where('organization_key.current', '=', true)
    .executeTakeFirst();
  if (key === undefined) throw new HoldfastError('sealing_key_pending', undefined, { extra: { retryAfterSeconds: 1 } });
  return {
    status: 200,
    body: {
      instanceId,
      organizationId: organization.id,
      keyId: key.id,
      generation: key.generation,
      publicKey: key.public_key.toString('base64url'),
      signature: key.signature.toString('base64url'),
      signingKey: key.signing_key.toString('base64url'),
    },
  };
});
