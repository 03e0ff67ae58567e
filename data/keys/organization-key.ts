import { appendAudit, type Database, transaction } from '@holdfast/db';
import { fingerprint, sealingKeyStatement, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey } from '@holdfast/open';
import { type Kysely, sql } from 'kysely';
import type { RootKey, WrapContext } from './root-key.ts';
import type { SigningKey } from './signing-key.ts';

export interface KeyMaker {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly rootKey: RootKey;
  readonly signingKey: SigningKey;
}

/**
 * Makes the first key pair of an organization: wrapped, signed and on the record in one transaction. Asked a second time
 * it finds the first one and does nothing. Answers the id of the current key.
 */
export async function makeOrganizationKey({ db, instanceId, rootKey, signingKey }: KeyMaker, organizationId: string): Promise<string> {
  const pair = await generateOrganizationKey();
  try {
    return await transaction(db, async (tx) => {
      await sql`select pg_advisory_xact_lock(hashtextextended(${`organization-key ${organizationId}`}, 0))`.execute(tx);
      const current = await tx
        .selectFrom('organization_key')
        .select('id')
        .where('organization_id', '=', organizationId)
        .where('current', '=', true)
        .executeTakeFirst();
      if (current !== undefined) return current.id;

      const keyId = uuidv7();
      const generation = 1;
      const statement = sealingKeyStatement({ instanceId, organizationId, keyId, generation, publicKey: pair.publicKey });
      await tx
        .insertInto('organization_key')
        .values({
          organization_id: organizationId,
          id: keyId,
          generation,
          public_key: Buffer.from(pair.publicKey),
          signature: signingKey.sign(statement),
          signing_key_id: signingKey.id,
          current: true,
        })
        .execute();
      const wrapped = await rootKey.wrap(pair.privateKey, organizationKeyContext({ instanceId, organizationId, keyId, generation }));
      await tx
        .insertInto('organization_private_key')
        .values({ organization_id: organizationId, id: keyId, root_key_id: rootKey.id, wrapped })
        .execute();
      await appendAudit(tx, organizationId, [
        {
          action: 'organization-key.create',
          actor: { kind: 'system', id: null, name: 'data plane' },
          outcome: 'success',
          target: { kind: 'organization-key', id: keyId, name: `generation ${generation}` },
          detail: { fingerprint: await fingerprint(pair.publicKey), rootKey: rootKey.id },
        },
      ]);
      return keyId;
    });
  } finally {
    pair.privateKey.fill(0);
  }
}

export function organizationKeyContext(facts: Omit<WrapContext, 'purpose'>): WrapContext {
  return { ...facts, purpose: 'organization-key' };
}
