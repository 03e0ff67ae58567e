import type { Database } from '@holdfast/db/data';
import { importOpeningKey, type OpeningKey } from '@holdfast/open';
import { type Kysely, sql } from 'kysely';
import { KeyMismatch } from './key-mismatch.ts';
import { organizationKeyContext } from './organization-key.ts';
import type { RootKey } from './root-key.ts';

/** Organizations whose keys stay unwrapped in memory; the one unused for longest goes first. */
const KEYS_KEPT = 1_000;

/** There is no such private key: it was destroyed after a rotation, or never was. */
export class OpeningKeyGone extends Error {
  override readonly name = 'OpeningKeyGone';
}

export interface OpeningKeys {
  /** Throws OpeningKeyGone when the organization has no such key, RootKeyError or KeyMismatch when it cannot be used. */
  get(organizationId: string, keyId: string): Promise<OpeningKey>;
  /** Forgets the keys whose private half is gone from the database, whichever process has destroyed it. */
  forgetDestroyed(): Promise<void>;
}

/**
 * Unwraps each key once, not for every use: the 1,000 used last stay in memory, as WebCrypto keys that cannot be exported. One that falls
 * out is unwrapped again when it is asked for.
 */
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
      .executeTakeFirst();
    if (row === undefined) throw new OpeningKeyGone(`The organization ${organizationId} has no private key ${keyId}.`);
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
    async forgetDestroyed() {
      if (kept.size === 0) return;
      const names = [...kept.keys()];
      const pairs = names.map((name) => name.split(' '));
      const { rows } = await sql<{ name: string }>`
        select k.organization_id || ' ' || k.id as name from organization_private_key k
        join unnest(${pairs.map(([organizationId]) => organizationId)}::uuid[], ${pairs.map(([, id]) => id)}::uuid[]) as kept (organization_id, id)
          on kept.organization_id = k.organization_id and kept.id = k.id`.execute(db);
      const there = new Set(rows.map(({ name }) => name));
      for (const name of names) if (!there.has(name)) kept.delete(name);
    },
  };
}
