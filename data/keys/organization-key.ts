import { appendAudit, DATA_PLANE, type Database, lockNamed, type Tx, transaction } from '@holdfast/db/data';
import { fingerprint, sealingKeyStatement, uuidv7 } from '@holdfast/envelope';
import { generateOrganizationKey } from '@holdfast/open';
import type { Kysely } from 'kysely';
import type { RootKey, WrapContext } from './root-key.ts';
import type { SigningKey } from './signing-key.ts';

export interface KeyMaker {
  readonly db: Kysely<Database>;
  readonly instanceId: string;
  readonly rootKey: RootKey;
  readonly signingKey: SigningKey;
}

export interface MadeKey {
  readonly id: string;
  readonly generation: number;
  readonly fingerprint: string;
}

/**
 * Makes the first key pair of an organization: wrapped, signed and on the record in one transaction. Asked a
 * second time it finds the first one and does nothing. Answers the id of the current key.
 */
export async function makeOrganizationKey(maker: KeyMaker, organizationId: string): Promise<string> {
  return withNewPair((pair) =>
    transaction(maker.db, async (tx) => {
      const current = await lockCurrentKey(tx, organizationId);
      if (current !== undefined) return current.id;
      const made = await insertCurrentKey(tx, maker, organizationId, 1, pair);
      await appendAudit(tx, organizationId, [
        {
          action: 'organization-key.create',
          actor: DATA_PLANE,
          outcome: 'success',
          target: keyTarget(made),
          detail: { fingerprint: made.fingerprint, rootKey: maker.rootKey.id },
        },
      ]);
      return made.id;
    }),
  );
}

export interface NewPair {
  /** ML-KEM-768 + X25519: 1,216 bytes. */
  readonly publicKey: Uint8Array;
  /** The seed of both: 32 bytes. */
  readonly privateKey: Uint8Array;
}

/** Makes a new pair. The private half is overwritten when `work` is done with it. */
export async function withNewPair<T>(work: (pair: NewPair) => Promise<T>): Promise<T> {
  const pair = await generateOrganizationKey();
  try {
    return await work(pair);
  } finally {
    pair.privateKey.fill(0);
  }
}

/** The current key, while nobody else makes one for the organization until the transaction ends. */
export async function lockCurrentKey(tx: Tx, organizationId: string) {
  await lockNamed(tx, 'organization key', organizationId);
  return tx
    .selectFrom('organization_key')
    .select(['id', 'generation', 'public_key'])
    .where('organization_id', '=', organizationId)
    .where('current', '=', true)
    .executeTakeFirst();
}

/**
 * Stores a pair as the current key: the public half signed, the private one wrapped. There must be no other
 * current key.
 */
export async function insertCurrentKey(
  tx: Tx,
  { instanceId, rootKey, signingKey }: KeyMaker,
  organizationId: string,
  generation: number,
  { publicKey, privateKey }: NewPair,
): Promise<MadeKey> {
  const keyId = uuidv7();
  await tx
    .insertInto('organization_key')
    .values({
      organization_id: organizationId,
      id: keyId,
      generation,
      public_key: Buffer.from(publicKey),
      signature: signingKey.sign(sealingKeyStatement({ instanceId, organizationId, keyId, generation, publicKey })),
      signing_key_id: signingKey.id,
      current: true,
    })
    .execute();
  const wrapped = await rootKey.wrap(privateKey, organizationKeyContext({ instanceId, organizationId, keyId, generation }));
  await tx
    .insertInto('organization_private_key')
    .values({ organization_id: organizationId, id: keyId, root_key_id: rootKey.id, wrapped })
    .execute();
  return { id: keyId, generation, fingerprint: await fingerprint(publicKey) };
}

/** A key as an event names it. */
export function keyTarget({ id, generation }: Pick<MadeKey, 'id' | 'generation'>) {
  return { kind: 'organization-key', id, name: `generation ${generation}` };
}

/** What a wrapped private key of an organization is bound to. */
export function organizationKeyContext(facts: Omit<WrapContext, 'purpose'>): WrapContext {
  return { ...facts, purpose: 'organization-key' };
}
