import type { Database } from '@holdfast/db';
import { importOpeningKey, type OpeningKey } from '@holdfast/open';
import type { Kysely } from 'kysely';
import { KeyMismatch } from './key-mismatch.ts';
import { organizationKeyContext } from './organization-key.ts';
import type { RootKey } from './root-key.ts';

/** Organizations whose keys stay unwrapped in memory; the one unused for longest goes first. */
const KEYS_KEPT = 1_000;

export interface OpeningKeys {
  /** Throws when the organization has no such key, or when it cannot be unwrapped. */
  get(organizationId: string, keyId: string): Promise<OpeningKey>;
}

/** Unwraps each organization's key once, not for every use. */
export function createOpeningKeys(db: Kysely<Database>, instanceId: string, rootKey: RootKey): OpeningKeys {
  const kept = new Map<string, Promise<OpeningKey>>();

  async function unwrap(organizationId: string, keyId: string): Promise<OpeningKey> {
    const row = await db
      .selectFrom('organization_key')
      .innerJoin('organization_private_key', (join) =>
        join
          .onRef('organization_private_key.organization_id', '=', 'organization_key.organization_id')
          .onRef('organization_private_key.id', '=', 'organization_key.id'),
      )
      .select(['generation', 'public_key', 'wrapped'])
      .where('organization_key.organization_id', '=', organizationId)
      .where('organization_key.id', '=', keyId)
      .executeTakeFirstOrThrow();
    const context = organizationKeyContext({ instanceId, organizationId, keyId, generation: row.generation });
    const privateKey = await rootKey.unwrap(row.wrapped, context);
    try {
      const key = await importOpeningKey(privateKey);
      if (!row.public_key.equals(key.publicKey)) {
        throw new KeyMismatch(`The sealing key ${keyId} of the organization ${organizationId} does not belong to its private key.`);
      }
      return key;
    } finally {
      privateKey.fill(0);
    }
  }

  return {
    get(organizationId, keyId) {
      const name = `${organizationId} ${keyId}`;
      const key = kept.get(name) ?? unwrap(organizationId, keyId);
      kept.delete(name);
      kept.set(name, key);
      key.catch(() => kept.delete(name));
      const oldest = kept.keys().next();
      if (kept.size > KEYS_KEPT && !oldest.done) kept.delete(oldest.value);
      return key;
    },
  };
}
