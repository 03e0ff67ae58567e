import type { Database } from '@holdfast/db/data';
import { discardOpeningKey, importOpeningKey, type OpeningKey } from '@holdfast/open';
import { type Kysely, sql } from 'kysely';
import { LRUCache } from 'lru-cache';
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
  /**
   * A key to open with at once: one that is dropped meanwhile opens nothing once other work has run.
   *
   * Throws OpeningKeyGone when the organization has no such key, RootKeyError or KeyMismatch when it cannot
   * be used.
   */
  get(organizationId: string, keyId: string): Promise<OpeningKey>;
  /** Of a key that `get` has given: what its private half is bound to, whatever its row says by now. */
  generationOf(key: OpeningKey): number;
  /** Forgets the keys whose private half is gone from the database, whichever process has destroyed it. */
  forgetDestroyed(): Promise<void>;
}

/**
 * Unwraps each organization's key once, not for every use. A key that falls out, or whose private half is
 * gone from the database, is discarded: what it was unwrapped to is freed, and the next use unwraps it again.
 *
 * @param options.maximum how many keys stay unwrapped.
 * @throws nothing by itself: `get` rejects with OpeningKeyGone, RootKeyError or KeyMismatch, and with what
 *   the database says; `generationOf` throws a TypeError for a key that `get` has not given.
 */
export function createOpeningKeys(
  db: Kysely<Database>,
  instanceId: string,
  rootKey: RootKey,
  { maximum = KEYS_KEPT }: { readonly maximum?: number } = {},
): OpeningKeys {
  const generations = new WeakMap<OpeningKey, number>();
  const kept = new LRUCache<string, Promise<OpeningKey>>({
    max: maximum,
    dispose: (dropped) => {
      // After those that have been given it: they open with it as soon as they have it.
      dropped.then(
        (key) => setImmediate(discardOpeningKey, key),
        () => undefined,
      );
    },
  });

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
      generations.set(key, row.generation);
      return key;
    } finally {
      privateKey.fill(0);
    }
  }

  return {
    get(organizationId, keyId) {
      const name = `${organizationId} ${keyId}`;
      const known = kept.get(name);
      if (known !== undefined) return known;
      const key = unwrap(organizationId, keyId);
      kept.set(name, key);
      key.catch(() => {
        if (kept.peek(name) === key) kept.delete(name);
      });
      return key;
    },
    generationOf(key) {
      const generation = generations.get(key);
      if (generation === undefined) throw new TypeError('A key that was not unwrapped here has no generation.');
      return generation;
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
